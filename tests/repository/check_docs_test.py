"""The document checker, shown to fail on a stale quote and a dead link and to pass without."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKER = ROOT / "cmake" / "check_docs.py"
SOURCE = "int main() {\n  // [part]\n  if (x) {\n    run();\n  }\n  // [part]\n}\n"
MARK = "<!-- from a.cc [part] -->\n"


class CheckDocs(unittest.TestCase):
    def run_on(self, text):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            (root / "a.cc").write_text(SOURCE, encoding="utf-8")
            (root / "README.md").write_text("# A title\n" + text, encoding="utf-8")
            return subprocess.run([sys.executable, CHECKER, root], capture_output=True, text=True)

    def test_a_true_quote_and_a_live_link_pass(self):
        done = self.run_on(MARK + "```cpp\nif (x) {\n  run();\n}\n```\n[code](a.cc#L1) "
                           "[web](https://example.org)\n```\n[in code](nowhere)\n```\n")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("1 quotes compared, 0 problems", done.stdout)

    def test_each_fault_is_found(self):
        faults = [
            (MARK + "```cpp\nif (x) {\n  walk();\n}\n```\n", "differs from a.cc"),
            (MARK + "```cpp\nif (x) {\n```\n", "differs from a.cc"),
            (MARK.replace("part", "other") + "```cpp\nx\n```\n", "no region [other]"),
            (MARK.replace("a.cc", "b.cc") + "```cpp\nx\n```\n", "no region [part]"),
            (MARK + "\n```cpp\nif (x) {\n  run();\n}\n```\n", "mark without a code block"),
            ("[gone](docs/gone.md)\n", "leads nowhere"),
        ]
        for text, problem in faults:
            with self.subTest(text=text):
                done = self.run_on(text)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn("README.md:2: ", done.stdout)
                self.assertIn(problem, done.stdout)

    def test_this_repository_passes_and_its_readme_quotes_code(self):
        done = subprocess.run([sys.executable, CHECKER, ROOT], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("<!-- from examples/verify_github.cc [verify] -->",
                      (ROOT / "README.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
