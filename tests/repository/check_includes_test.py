"""The include checker, shown to fail on each kind of violation and to pass without one."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKER = ROOT / "cmake" / "check_includes.py"

CLEAN = {
    "include/coefficient/core/result.h": '#include <string>\n#include "coefficient/version.h"\n',
    "src/core/hash.cc": '#include <openssl/evp.h>\n#include "coefficient/core/result.h"\n',
    "src/webhook/verifier.cc": '#include "core/hash.h"\n#include <sys/mman.h>\n',
    "examples/host.cc": '#include <boost/beast.hpp>\n#include "coefficient/core/result.h"\n',
    "examples/gateway/sign.cc": '#include "core/hash.h"\n#include <openssl/ssl.h>\n',
    "src/core/hash.h": "#include <span>\n",
    "src/webhook/key.h": "#include <span>\n",
}
# What is planted, where, and what the checker must say of it.
VIOLATIONS = [
    ("src/webhook/a.cc", '#include "coefficient/diff/parser.h"', "may not include diff"),
    ("src/diff/a.cc", '#include "webhook/key.h"', "may not include webhook"),
    ("src/core/a.cc", '#include "coefficient/webhook/verifier.h"', "may not include webhook"),
    ("src/http/a.cc", '  #  include "coefficient/github/client.h"', "may not include github"),
    ("include/coefficient/webhook/a.h", "#include <openssl/evp.h>", "third-party"),
    ("include/coefficient/core/a.h", "#include <nlohmann/json.hpp>", "third-party"),
    ("include/coefficient/core/a.h", '#include "core/json.h"', "private one"),
    ("include/coefficient/core/a.h", "#include <sys/mman.h>", "system header"),
    ("src/webhook/a.cc", "#include <openssl/hmac.h>", "may not use 'openssl'"),
    ("src/diff/a.cc", "#include <curl/curl.h>", "may not use 'curl'"),
    ("src/core/a.cc", "#include <boost/asio.hpp>", "neither a module"),
    ("src/core/a.cc", '#include "coefficient/unheard_of/a.h"', "unknown module"),
    ("src/unheard_of/a.cc", "#include <string>", "unknown module"),
    ("examples/a.cc", '#include "core/hash.h"', "private header"),
    ("examples/gateway/a.cc", '#include "webhook/key.h"', "private header"),
    ("examples/a.cc", '#include "coefficient/core/no_such.h"', "no such public header"),
]


def run_on(files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, CHECKER, root], capture_output=True, text=True)


class CheckIncludes(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        done = run_on(CLEAN)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("7 files, 0 violations", done.stdout)

    def test_each_violation_is_found_where_it_is(self):
        for path, line, reason in VIOLATIONS:
            with self.subTest(path=path, line=line):
                done = run_on({**CLEAN, path: "// A comment.\n" + line + "\n"})
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(path, done.stdout)
                self.assertIn(reason, done.stdout)
                self.assertIn("8 files, 1 violations", done.stdout)

    def test_nothing_to_check_is_an_error(self):
        self.assertEqual(run_on({"README.md": "empty"}).returncode, 2)

    def test_this_repository_passes(self):
        done = subprocess.run([sys.executable, CHECKER, ROOT], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
