"""The machine-path checker, shown to fail on a planted path and to pass without one."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKER = ROOT / "cmake" / "check_paths.py"
HOME = "/" + "home"  # in two pieces, since this file is checked too


class CheckPaths(unittest.TestCase):
    def run_on(self, text):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory).resolve() / "checkout"
            root.mkdir()
            (root / "binary.bin").write_bytes(b"\xff\xfe\x00")
            (root / "notes.md").write_text(text.replace("@root@", str(root)), encoding="utf-8")
            return subprocess.run([sys.executable, CHECKER, root], capture_output=True, text=True)

    def test_paths_of_the_machine_are_found(self):
        for text in ("see @root@/src", "see '@root@'", f"in {HOME}/jane/x", f"HOME={HOME}/jane"):
            with self.subTest(text=text):
                done = self.run_on("first line\n" + text + "\n")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn("notes.md:2", done.stdout)

    def test_paths_of_every_system_pass(self):
        for text in ("/usr/include and /etc/ssl", "docs/home/index.md", "https://example.org/home/x",
                     "/tmp/x.sock", "${prefix}/home/x"):
            with self.subTest(text=text):
                done = self.run_on(text + "\n")
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_this_repository_passes(self):
        done = subprocess.run([sys.executable, CHECKER, ROOT], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
