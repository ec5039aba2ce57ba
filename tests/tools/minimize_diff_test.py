#!/usr/bin/env python3
"""Runs the minimize_diff tool: what --explain prints of hostile names, and mails against git apply.

usage: minimize_diff_test.py TOOL
"""
import json
import random
import shutil
import subprocess
import sys
import unittest

TOOL = ""
SEED = 4242

MAIL = ("From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
        "From: A B <a@b.example>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\nSubject: [PATCH] x\n\n")
STAT = " x | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"


def run(text, *arguments):
    return subprocess.run([TOOL, *arguments], input=text.encode(), capture_output=True, check=False)


def file_of(name, body="@@ -1 +1 @@\n-a\n+b\n", git=True):
    head = f"diff --git a/{name} b/{name}\nindex 1..2 100644\n" if git else ""
    return f"{head}--- a/{name}\n+++ b/{name}\n{body}"


class Explain(unittest.TestCase):
    def test_a_path_cannot_forge_a_row(self):
        policy = json.loads(run("", "--show-policy").stdout)
        self.assertIs(policy["escape_invisible"], True)
        for name in ("x\\n  evil  row", "x\\r  evil", "x\\033[2Jevil", "x\\302\\233evil",
                     "x\\342\\200\\256evil"):
            text = f'diff --git "a/{name}" "b/{name}"\nold mode 100644\nnew mode 100755\n'
            done = run(text, "--explain")
            self.assertEqual(done.returncode, 0, done.stderr)
            table = done.stderr.decode()
            self.assertEqual(len(table.splitlines()), 3, table)
            self.assertTrue(all(" " <= c <= "~" or c == "\n" for c in table), table)


class Mails(unittest.TestCase):
    """Behind the message, what git apply takes for files are files here, or the mail is refused."""

    def pieces(self, choice, number):
        name = f"f{number}"
        trap = choice(["---\n 1 file changed, 1 insertion(+)\n\n last\n",
                       "---\n x | 2 +-\n 1 file changed, 1 insertion(+)\n\n",
                       "---\n x | 2 +-\n 1 file changed, 1 insertion(+)\n \n"])
        old = trap.count("\n") + 2
        hunk = f"@@ -1,{old} +1,{old - 1} @@\n-one\n+two\n k\n{trap}"
        return choice([
            file_of(name), file_of(name, git=False), file_of(name, hunk),
            file_of(name, hunk, git=False), "\n", "text\n", "-- \n2.39.5\n", "-- \nA B\n",
            "@@ -10 +10 @@\n-c\n+d\n", "Index: x\n====\n", STAT, STAT + "\n", "---\n",
            f"diff --git a/{name} b/{name}\nold mode 100644\nnew mode 100755\n",
            f"diff --git a/{name} b/{name}\nnew file mode 100644\nindex 0000000..1\n",
        ])

    def test_no_file_that_git_apply_sees_is_missing(self):
        if not shutil.which("git"):
            self.skipTest("needs git")
        maker = random.Random(SEED)
        accepted = 0
        for _ in range(600):
            start = maker.choice(["---\n", "---\nv2: fixed\n\n", "---\n\nNotes:\n    a\n\n", ""])
            text = MAIL + maker.choice(["", "words\n"]) + start
            text += maker.choice([STAT + "\n", STAT, "", " a | 1 +\n" + STAT + "\n"])
            text += "".join(self.pieces(maker.choice, i) for i in range(maker.randrange(1, 6)))
            git = subprocess.run(["git", "apply", "--numstat", "-"], input=text.encode(),
                                 capture_output=True, check=False, cwd="/")
            ours = run(text, "--format", "mbox")
            if ours.returncode != 0:
                continue
            accepted += 1
            if git.returncode != 0:  # nothing to read, or what only the tool reads
                self.assertIn(b"No valid patches", git.stderr, text)
                continue
            files = json.loads(ours.stdout)["files"]
            seen = [f"{f['added']}\t{f['removed']}\t{(f['new'] or f['old'])['path']}"
                    for f in files]
            self.assertEqual(seen, git.stdout.decode().splitlines(), text)
        self.assertGreater(accepted, 150)


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main()
