#!/usr/bin/env python3
"""Drives the vault tool through what machines do to it: calls that fail, processes that are killed
between two of them, files that are lost.

usage: vault_faults_test.py TOOL
"""
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest

import vault_test
from vault_test import SECRET, key_text


RENAME = "rename,renameat,renameat2"


def can_trace():
    try:
        done = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


@unittest.skipUnless(can_trace(), "strace is not installed, or may not trace here")
class Calls(vault_test.Tool):
    def inject(self, path, fault, *args, body=b"", directory=None):
        """Runs a command in which the first call on `path` named by `fault` fails, or kills it."""
        only = ["-P", path] if path else []
        return subprocess.run(
            ["strace", "-f", "-o", "/dev/null", *only, "-e", "trace=" + fault.split(":")[0],
             "-e", "inject=" + fault, vault_test.TOOL, directory or self.dir, *args],
            input=body, capture_output=True, check=False, timeout=120)

    def synced(self, *args):
        """Runs a command and returns the names of the files it syncs, in that order."""
        trace = self.path("trace")
        done = subprocess.run(
            ["strace", "-f", "-y", "-o", trace, "-e", "trace=fsync,fdatasync", vault_test.TOOL,
             self.dir, *args], capture_output=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(trace, encoding="utf-8") as file:
            return re.findall(r"sync\(\d+<([^>]*)>\) += 0", file.read())

    def test_a_key_is_durable_before_anything_is_under_it(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        new = self.path("new.kek")
        for fault in ("fsync", "link"):  # the first is of the key; the ledger is not read before
            done = self.inject("", fault + ":signal=KILL:when=1", "rewrap", "--to-kek-file", new)
            self.assertEqual(done.returncode, -9 if done.returncode < 0 else 137, done.stderr)
            self.assertFalse(os.path.exists(new), "half a key")
        self.assertEqual(self.get("t", "k", "n"), (0, SECRET))
        with open(new, "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(key_text("other", os.urandom(32)))
        files = self.synced("rewrap", "--to-kek-file", new)
        self.assertEqual(files[:2], [new, self.root], "before vault.json and the database")
        self.assertEqual(self.get("t", "k", "n"), (0, SECRET))

    def test_killed_calls_leave_one_file_at_most(self):
        self.call("init")
        new = self.path("new.kek")
        self.call("rewrap", "--to-kek-file", new)
        for number in range(3):
            done = self.inject("", RENAME + ":signal=KILL:when=1", "rewrap", "--to-kek-file",
                               self.path(f"{number}.kek"))
            self.assertIn(done.returncode, (-9, 137), done.stderr)
            self.assertEqual({n for n in os.listdir(self.dir) if n.startswith("vault.json")},
                             {"vault.json", "vault.json.new"})
        done = self.inject("", RENAME + ":error=EIO:when=1", "rewrap", "--to-kek-file", new)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertNotIn("vault.json.new", os.listdir(self.dir))
        self.call("rewrap", "--to-kek-file", new)
        self.assertEqual([n for n in os.listdir(self.dir) if n.endswith(".new")], [])

    def test_a_new_vault_builds_on_what_is_durable(self):
        done = self.inject("", RENAME + ":signal=KILL:when=1", "init")
        self.assertIn(done.returncode, (-9, 137), done.stderr)
        shutil.rmtree(self.dir)
        files = self.synced("init")
        self.assertEqual(files[:5], [self.root, self.dir + ".ledger", self.root,
                                     self.dir + ".kek", self.root])

    def test_a_shred_is_acknowledged_once_its_entry_is_durable(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        ledger = self.dir + ".ledger"
        before = os.path.getsize(ledger)
        # It is read, and synced, when it is opened, by the vault and by shred(); then it is written.
        done = self.inject(ledger, "fsync:error=EIO:when=4", "shred", "t", "--yes")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(b"may not be durable", done.stderr)
        self.assertEqual(os.path.getsize(ledger), before)
        self.assertEqual(self.get("t", "k", "n"), (0, SECRET))
        done = self.inject(ledger, "fsync:signal=KILL:when=4", "shred", "t", "--yes")
        self.assertIn(done.returncode, (-9, 137), done.stderr)
        self.assertGreater(os.path.getsize(ledger), before)
        files = self.synced("shred", "t", "--yes")
        self.assertEqual(files[0], ledger)
        self.assertEqual(self.get("t", "k", "n"), (1, b""))

    def on_a_full_disk(self, *args):
        return self.inject(self.dir + "/vault.db-wal", "pwrite64:error=ENOSPC", *args)

    def test_a_shred_on_a_full_disk_is_pending(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        self.call("put", "u", "k", "n", body=b"x")
        self.assertEqual(self.on_a_full_disk("shred", "u", "--yes").returncode, 2)
        for tenant, want in (("t", (0, SECRET)), ("u", (1, b""))):
            done = self.on_a_full_disk("get", tenant, "k", "n")
            self.assertEqual((done.returncode, done.stdout), want, done.stderr)
        done = self.on_a_full_disk("doctor")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"failed shred: shred pending", done.stdout)
        con = sqlite3.connect(self.dir + "/vault.db")
        wraps = "select count(*) from data_key_wrap natural join data_key where tenant = 'u'"
        self.assertEqual(con.execute(wraps).fetchone(), (1,))
        self.assertEqual(self.get("t", "k", "n"), (0, SECRET))
        self.assertEqual(con.execute(wraps).fetchone(), (0,))
        con.close()
        self.assertNotIn("shred", self.checks())

    def test_a_rewrap_on_a_full_disk_leaves_a_vault_that_opens(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        new = self.path("new.kek")
        self.assertEqual(self.on_a_full_disk("rewrap", "--to-kek-file", new).returncode, 2)
        done = self.on_a_full_disk("get", "t", "k", "n")
        self.assertEqual((done.returncode, done.stdout), (0, SECRET), done.stderr)
        self.assertEqual(self.call("rewrap", "--to-kek-file", new)["rewrapped"], 1)
        self.assertEqual(self.get("t", "k", "n"), (0, SECRET))

    def test_no_plain_text_is_left_by_an_error(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        out = self.path("out")
        os.mkdir(out)
        for path, fault in (("", "link"), (out, "fsync")):
            done = self.inject(path, fault + ":error=EIO:when=1", "get", "t", "k", "n", "--out",
                               out + "/secret")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(os.listdir(out), [], fault)
        self.assertEqual(self.run_tool(self.dir, "get", "t", "k", "n", "--out",
                                       out + "/secret").returncode, 0)
        self.assertEqual(os.listdir(out), ["secret"])

    def test_the_first_backup_is_interrupted(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        done = self.inject("", RENAME + ":signal=KILL:when=1", "backup")
        self.assertIn(done.returncode, (-9, 137), done.stderr)
        self.assertFalse(self.call("verify", code=1)["archive"]["intact"])
        self.assertTrue(self.call("backup")["base"])
        self.assertTrue(self.call("verify")["archive"]["intact"])
        self.call("restore", self.path("r"))
        self.assertEqual(self.get("t", "k", "n", directory=self.path("r")), (0, SECRET))

    def test_a_restore_is_killed_and_called_again(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        self.call("backup")
        into = self.path("r")
        done = self.inject("", RENAME + ":signal=KILL:when=1", "restore", into)
        self.assertIn(done.returncode, (-9, 137), done.stderr)
        self.assertEqual(os.listdir(into), ["vault.db.restoring"])
        self.call("restore", into)
        self.assertEqual(self.get("t", "k", "n", directory=into), (0, SECRET))

    def test_a_restore_that_cannot_shred_again_says_so(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        self.call("backup")
        self.call("shred", "t", "--yes")
        into = self.path("r")
        done = self.inject(into + "/vault.db-wal", "pwrite64:error=ENOSPC", "restore", into)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"shredded tenants are still in it", done.stderr)
        self.assertEqual(self.get("t", "k", "n", directory=into), (1, b""))


class Losses(vault_test.Tool):
    def backed_up(self, times=4):
        self.call("init", "--kek-id", "a")
        for i in range(times):
            self.call("put", "t", "k", f"n{i}", body=b"x")
            self.call("backup")

    def missing(self):
        report = self.call("verify", code=1)
        self.assertFalse(report["archive"]["intact"])
        return [f for f in report["archive"]["findings"] if f["kind"] == "missing"]

    def test_newest_files_of_the_archive(self):
        self.backed_up()
        names = sorted(n for n in os.listdir(self.dir + "/archive") if n.endswith(".changes"))
        for name in names[-2:]:
            os.remove(self.dir + "/archive/" + name)
        self.assertIn("the newest files are missing", self.missing()[-1]["what"])

    def test_whole_archive(self):
        self.backed_up()
        os.rename(self.dir + "/archive", self.path("lost"))
        self.assertIn("is not there", self.missing()[0]["what"])
        done = self.run_tool(self.dir, "backup")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"backup --base", done.stderr)
        self.assertTrue(self.call("backup", "--base")["base"])
        self.call("put", "t", "k", "later", body=b"y")
        self.call("backup")
        self.assertTrue(self.call("verify")["archive"]["intact"])
        self.call("restore", self.path("r"))
        self.assertEqual(self.get("t", "k", "later", directory=self.path("r")), (0, b"y"))
        self.assertEqual(self.get("t", "k", "n0", directory=self.path("r")), (0, b"x"))

    def test_a_destroyed_key_is_refused_before_it_is_named(self):
        self.backed_up(1)
        self.call("rewrap", "--to-kek-file", self.path("b.kek"), "--kek-id", "b")
        self.call("destroy-kek", "a")
        for path in (self.path("again.kek"), self.dir + ".kek"):
            done = self.run_tool(self.dir, "rewrap", "--to-kek-file", path, "--kek-id", "a")
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(self.get("t", "k", "n0"), (0, b"x"))
        # Of another key with the id of the one in use, its canary says that it is not the one.
        done = self.run_tool(self.dir, "rewrap", "--to-kek-file", self.path("c.kek"), "--kek-id",
                             "b")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.get("t", "k", "n0"), (0, b"x"))

    def test_settings_while_two_keys_are_in_use(self):
        self.backed_up(1)
        new = self.path("b.kek")
        self.call("rewrap", "--to-kek-file", new)
        os.remove(self.dir + "/vault.json")
        self.assertEqual(self.run_tool(self.dir, "init", "--kek-file", new).returncode, 2)
        self.call("init", "--kek-file", new, "--kek-file", self.dir + ".kek")
        self.assertEqual(self.get("t", "k", "n0"), (0, b"x"))
        self.call("destroy-kek", "a")
        fresh = self.run_tool(self.path("w"), "init", "--kek-file", self.path("1"), "--kek-file",
                              self.path("2"))
        self.assertEqual(fresh.returncode, 2, fresh.stderr)

    def test_directory_whose_key_is_in_the_environment(self):
        key = key_text("from-env", os.urandom(32))
        env = dict(os.environ, COEFFICIENT_VAULT_KEK=key)
        archive = self.path("elsewhere")
        self.call("init", "--kek-environment", "--archive", archive, env=env)
        self.call("put", "t", "k", "n", body=SECRET, env=env)
        self.call("backup", env=env)
        shutil.rmtree(self.dir)
        into = self.path("r")
        self.call("restore", "--archive", archive, "--ledger", self.dir + ".ledger",
                  "--kek-environment", into, env=env)
        got = self.run_tool(into, "get", "t", "k", "n", env=env)
        self.assertEqual(got.stdout, SECRET)
        done = self.run_tool(self.path("w"), "init", "--kek-environment=" + key)
        self.assertEqual(done.returncode, 2)
        self.assertNotIn(key.encode(), done.stderr + done.stdout)
        self.assertNotIn(key.split(":")[1].encode(), done.stderr + done.stdout)

    def test_errors_with_names_from_a_hostile_database(self):
        self.call("init")
        con = sqlite3.connect(self.dir + "/vault.db")
        con.execute("insert into kek select ?, kek_id, version, state, algorithm, kcv, canary "
                    "from kek", ("\x1b]0;owned\x07\x1b[2J\x9b",))
        con.commit()
        con.close()
        for command in (["get", "t", "k", "n"], ["doctor"], ["verify"]):
            done = self.run_tool(self.dir, *command)
            self.assertNotEqual(done.returncode, 0)
            shown = (done.stderr + done.stdout).replace(b"\n", b"")
            self.assertTrue(all(32 <= b < 127 for b in shown), shown)
            self.assertIn(b"owned", shown)


if __name__ == "__main__":
    vault_test.TOOL = sys.argv.pop(1)
    unittest.main(verbosity=2)
