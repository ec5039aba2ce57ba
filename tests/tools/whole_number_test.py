#!/usr/bin/env python3
"""Checks that no option of the tools that takes an unsigned number takes anything else.

usage: whole_number_test.py TOOL...
"""
import os
import subprocess
import sys
import unittest

# The command lines, by the tool's name; the option comes last, its value is added.
OPTIONS = {
    "minimize_diff": [["--announced-files"], ["--announced-additions"], ["--announced-deletions"],
                      ["--budget-bytes"], ["--budget-tokens"]],
    "verify_webhook": [["--scheme", "github", "--secret-file", "/nonexistent", option]
                       for option in ("--now", "--tolerance", "--max-body")],
    "audit": [["/nonexistent", "tail", "-n"],
              ["/nonexistent", "search", "--begin"],
              ["/nonexistent", "search", "--limit"],
              ["/nonexistent", "prove", "--since"]],
    "ratelimit": [["load", "--policy", "none", option]
                  for option in ("--max-keys", "--threads", "--checks", "--keys")],
    "jwt": [*(["verify", "--secret-file", "/nonexistent", option]
              for option in ("--now", "--leeway", "--max-age")),
            ["sign", "--secret-file", "/nonexistent", "--expires-in"],
            ["sign", "--secret-file", "/nonexistent", "--now"],
            ["keygen", "--alg", "nope", "--bits"]],
    "vault": [["/nonexistent", "put", "t", "k", "n", "--expect"],
              ["/nonexistent", "restore", "/nonexistent/r", "--seq"],
              ["/nonexistent", "prune", "--keep-seq"],
              ["/nonexistent", "doctor", "--max-archive-age"]],
    "gateway": [["init", "/nonexistent/g", "--port"],
                ["inbox", "/nonexistent", "--requeue"],
                ["receipts", "/nonexistent", "--id"],
                ["restore", "/nonexistent/b", "/nonexistent/r", "--seq"]],
}
REFUSED = ["-1", "-18446744073709551615", "18446744073709551616", "9999999999999999999", "+1",
           "010", "0x10", "1e3", "1.0", " 1", "1 ", "one", "1,2", "٣"]
COMPLAINT = b"not a whole number"


class WholeNumbers(unittest.TestCase):
    def test_options(self):
        for tool in TOOLS:
            for args in OPTIONS[os.path.basename(tool)]:
                for last in ([args[-1], "-1"], *([f"{args[-1]}={value}"] for value in REFUSED)):
                    done = self.run_tool([tool, *args[:-1], *last])
                    self.assertEqual((done.returncode, done.stdout), (2, b""), done)
                    self.assertIn(COMPLAINT, done.stderr, done.args)
                # That it is the value that was refused.
                self.assertNotIn(COMPLAINT, self.run_tool([tool, *args, "1"]).stderr)

    @staticmethod
    def run_tool(command):
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                              check=False)


if __name__ == "__main__":
    TOOLS = sys.argv[1:]
    assert TOOLS
    unittest.main(argv=sys.argv[:1], verbosity=2)
