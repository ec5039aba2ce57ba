#!/usr/bin/env python3
"""Drives the vault tool: all commands, hostile arguments, damage, several processes at once.

usage: vault_test.py TOOL
"""
import base64
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

TOOL = ""
SECRET = b"s3cr3t-\x00\xff-that-must-not-show\n"


def pae(*parts):
    return struct.pack("<Q", len(parts)) + b"".join(struct.pack("<Q", len(p)) + p for p in parts)


def key_text(ident, key):
    check = hashlib.sha256(b"coefficient.vault.key-text.v1" + pae(ident.encode(), key)).hexdigest()
    return f"{ident}:{base64.urlsafe_b64encode(key).decode().rstrip('=')}:{check[:8]}"


class Tool(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.root = self.temp.name
        self.dir = os.path.join(self.root, "v")

    def tearDown(self):
        self.temp.cleanup()

    def path(self, name):
        return os.path.join(self.root, name)

    def start(self, *args, env=None):
        return subprocess.Popen([TOOL, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=env)

    def run_tool(self, *args, body=b"", env=None):
        done = subprocess.run([TOOL, *args], input=body, capture_output=True, check=False, env=env,
                              timeout=120)
        self.assertNotIn(b"s3cr3t", done.stderr)
        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
        if done.returncode != 0 and not done.stdout:
            self.assertNotEqual(done.stderr, b"")
        return done

    def call(self, command, *args, body=b"", code=0, env=None, directory=None):
        """Runs a command with --json on self.dir; returns what it printed, parsed."""
        done = self.run_tool(directory or self.dir, command, "--json", *args, body=body, env=env)
        self.assertEqual(done.returncode, code, (command, args, done.stdout, done.stderr))
        return json.loads(done.stdout) if done.stdout else None

    def get(self, *ref, directory=None):
        done = self.run_tool(directory or self.dir, "get", *ref)
        return done.returncode, done.stdout

    def sql(self, *statements):
        """Changes the database past the vault."""
        con = sqlite3.connect(self.dir + "/vault.db")
        for statement in statements:
            con.execute(statement)
        con.commit()
        con.close()

    def checks(self, code=0, directory=None, args=()):
        report = self.call("doctor", *args, code=code, directory=directory)
        return {c["name"]: c for c in report["checks"]}


class Records(Tool):
    def test_put_get_list_rm(self):
        made = self.call("init", "--kek-id", "first")
        self.assertEqual(made, {"kek_id": "first", "kek": "file:" + self.dir + ".kek",
                                "kek_made": True, "ledger": self.dir + ".ledger",
                                "archive": self.dir + "/archive"})
        self.assertEqual(stat.S_IMODE(os.stat(self.dir).st_mode), 0o700)
        for name in (self.dir + ".kek", self.dir + ".ledger", self.dir + "/vault.db",
                     self.dir + "/vault.json"):
            self.assertEqual(stat.S_IMODE(os.stat(name).st_mode), 0o600, name)
        self.assertEqual(self.call("put", "org", "token", "github", body=SECRET), {"version": 1})
        self.assertEqual(self.get("org", "token", "github"), (0, SECRET))
        source = self.path("in")
        with open(source, "wb") as out:
            out.write(b"second\r\n")
        self.assertEqual(self.call("put", "org", "token", "github", "--in", source,
                                   "--strip-newline"), {"version": 2})
        target = self.path("out")
        self.assertEqual(self.call("get", "org", "token", "github", "--out", target)["bytes"], 6)
        self.assertEqual(stat.S_IMODE(os.stat(target).st_mode), 0o600)
        with open(target, "rb") as file:
            self.assertEqual(file.read(), b"second")
        # An existing file, or a link, is never written over.
        os.symlink(self.path("elsewhere"), self.path("link"))
        for there in (target, self.path("link")):
            self.assertEqual(self.run_tool(self.dir, "get", "org", "token", "github", "--out",
                                           there).returncode, 2)
        self.assertFalse(os.path.exists(self.path("elsewhere")))
        self.call("put", "other", "key", "k", body=b"x")
        row = self.call("list", "org")
        self.assertEqual((row["kind"], row["name"], row["version"], row["removed"]),
                         ("token", "github", 2, False))
        tenants = self.run_tool(self.dir, "list")
        self.assertEqual(tenants.stdout, b"org\nother\n")
        self.assertEqual(self.call("rm", "org", "token", "github"),
                         {"version": 3, "removed": True})
        self.assertEqual(self.get("org", "token", "github"), (1, b""))
        self.assertEqual(self.run_tool(self.dir, "list", "org").stdout, b"")
        self.assertIn(b"removed", self.run_tool(self.dir, "list", "org", "--all").stdout)
        self.assertEqual(self.run_tool(self.dir, "rm", "org", "token", "github").returncode, 1)

    def test_compare_and_swap(self):
        self.call("init")
        self.assertEqual(self.call("put", "t", "k", "n", "--expect", "0", body=b"a")["version"], 1)
        self.call("put", "t", "k", "n", "--expect", "0", body=b"b", code=1)
        self.call("rm", "t", "k", "n", "--expect", "2", code=1)
        self.assertEqual(self.get("t", "k", "n"), (0, b"a"))
        self.assertEqual(self.call("put", "t", "k", "n", "--expect", "1", body=b"b")["version"], 2)

    def test_sizes(self):
        self.call("init")
        whole = os.urandom(16 << 20)
        self.assertEqual(self.call("put", "t", "k", "big", body=whole)["version"], 1)
        self.assertEqual(self.get("t", "k", "big"), (0, whole))
        self.call("put", "t", "k", "big", body=whole + b"x", code=1)
        self.call("put", "t", "k", "none", body=b"", code=2)
        self.call("put", "t", "k", "none", "--strip-newline", body=b"\n", code=2)

    def test_many_pages(self):
        self.call("init")
        # A list believes the rows and verify does not, so rows that nobody sealed will do.
        self.call("put", "t", "k", "n0000", body=b"x")
        con = sqlite3.connect(self.dir + "/vault.db")
        row = con.execute("select * from record").fetchone()
        con.executemany("insert into record values (?, ?, ?, ?, ?, ?, ?, ?)",
                        [(*row[:2], f"n{i:04}", *row[3:]) for i in range(1, 1200)])
        con.commit()
        con.close()
        listed = [json.loads(line)["name"] for line in
                  self.run_tool(self.dir, "list", "t", "--json").stdout.splitlines()]
        self.assertEqual(listed, [f"n{i:04}" for i in range(1200)])
        report = self.call("verify", code=1)
        self.assertEqual((report["records"], report["failed"], len(report["failures"])),
                         (1, 1199, 100))

    def test_environment_key(self):
        key = os.urandom(32)
        env = dict(os.environ, COEFFICIENT_VAULT_KEK=key_text("from-env", key))
        self.assertEqual(self.call("init", "--kek-environment", env=env)["kek_id"], "from-env")
        self.call("put", "t", "k", "n", body=SECRET, env=env)
        self.assertEqual(self.run_tool(self.dir, "get", "t", "k", "n", env=env).stdout, SECRET)
        self.assertEqual(self.get("t", "k", "n"), (2, b""))  # not set
        other = dict(os.environ, COEFFICIENT_VAULT_KEK=key_text("from-env", os.urandom(32)))
        done = self.run_tool(self.dir, "get", "t", "k", "n", env=other)
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        # To a file, after which the variable is not needed.
        report = self.call("rewrap", "--to-kek-file", self.path("new.kek"), env=env)
        self.assertEqual((report["rewrapped"], report["pending"], report["kek_made"]), (1, 0, True))
        self.call("destroy-kek", "from-env", env=env)
        self.assertEqual(self.get("t", "k", "n"), (0, SECRET))


class Hostile(Tool):
    def test_usage(self):
        self.call("init")
        for args in ([], [self.dir], [self.dir, "nothing"], ["put", self.dir, "t", "k", "n"],
                     [self.dir, "put"], [self.dir, "put", "t"], [self.dir, "put", "t", "k"],
                     [self.dir, "put", "t", "k", "n", "s3cr3t"],
                     [self.dir, "put", "t", "k", "n", "--expect", "-1"],
                     [self.dir, "put", "t", "k", "n", "--expect", "x"],
                     [self.dir, "put", "t", "k", "n", "--expect", "99999999999999999999"],
                     [self.dir, "get", "t", "k", "n", "--json"],
                     [self.dir, "get", "t", "k", "n", "list"],
                     [self.dir, "put", "t", "k", "n", "--in", self.path("missing")],
                     [self.dir, "put", "t", "k", "n", "--in", self.root],
                     [self.dir, "shred", "t"], [self.dir, "destroy-kek"],
                     [self.dir, "rewrap", "--to-kek-file", self.path("a"), "--to-kek-environment"],
                     [self.dir, "rewrap", "--to-kek-file", ""],
                     [self.dir, "rewrap", "--to-kek-file", self.path("b"), "--kek-id", "a b"],
                     [self.dir, "restore"], [self.dir, "restore", "--seq", "1", "--to",
                                             "2026-01-01T00:00:00Z", self.path("r")],
                     [self.dir, "restore", "--to", "yesterday", self.path("r")],
                     [self.dir, "restore", "--to", "2026-02-30T00:00:00Z", self.path("r")],
                     [self.dir, "restore", "--to", "2026-01-01T00:00:00.Z", self.path("r")],
                     [self.dir, "prune"], [self.dir, "prune", "--keep-seq", "1"],  # no archive yet
                     [self.dir, "prune", "--keep-since", "yesterday"],
                     [self.dir, "prune", "--keep-seq", "1", "--keep-since", "2026-01-01T00:00:00Z"],
                     [self.path("missing"), "list"], [self.dir + "/vault.db", "list"],
                     [self.path("missing"), "restore", self.path("r")]):
            done = self.run_tool(*args, body=b"x")
            self.assertEqual((done.returncode, done.stdout), (2, b""), args)
        self.assertEqual(self.get("t", "k", "n"), (1, b""))

    def test_help(self):
        self.assertIn(b"Usage", self.run_tool("--help").stdout)
        for command in ("init", "put", "get", "list", "rm", "rotate", "rewrap", "shred",
                        "destroy-kek", "backup", "restore", "prune", "verify", "doctor"):
            done = self.run_tool("d", command, "--help")
            self.assertEqual(done.returncode, 0, command)
            self.assertIn(command.encode(), done.stdout)

    def test_names(self):
        self.call("init")
        good = ["../../etc/passwd", "%s%n", "a b", "'; drop table record;--", "put", "é\u202e",
                "\\", "\"", "{}", "x" * 255, "*", "$(id)", "[a,b]", "a=b", "~"]
        for name in good:
            self.call("put", name, name, name, body=name.encode())
            self.assertEqual(self.get(name, name, name), (0, name.encode()), name)
        for name in ("-x", "--json", "--"):  # after "--" nothing is an option
            done = self.run_tool(self.dir, "put", "--", name, "k", name, body=b"dash")
            self.assertEqual(done.returncode, 0, (name, done.stderr))
            done = self.run_tool(self.dir, "get", "--", name, "k", name)
            self.assertEqual((done.returncode, done.stdout), (0, b"dash"), name)
        for name in ("", "x" * 256, "a\nb", "\x1b[2J", "\x9b2J", b"\xff\xfe", b"\xc0\xaf"):
            for ref in ((name, "k", "n"), ("t", name, "n"), ("t", "k", name)):
                done = self.run_tool(self.dir, "put", *ref, body=b"x")
                self.assertEqual((done.returncode, done.stdout), (2, b""), ref)
        # A text for people has one line a tenant, and nothing that moves the cursor.
        shown = self.run_tool(self.dir, "list").stdout
        self.assertEqual(len(shown.splitlines()), len(good) + 3)
        self.assertTrue(all(32 <= b < 127 or b == 10 for b in shown))

    def test_names_from_a_hostile_database(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        con = sqlite3.connect(self.dir + "/vault.db")
        con.execute("update record set name = ?", ("\x1b]0;owned\x07\u202e",))
        con.commit()
        con.close()
        shown = self.run_tool(self.dir, "list", "t")
        self.assertTrue(all(32 <= b < 127 or b == 10 for b in shown.stdout), shown)
        self.assertEqual(self.run_tool(self.dir, "verify").returncode, 1)

    def test_stdout_gone(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=os.urandom(1 << 20))
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([TOOL, self.dir, "get", "t", "k", "n"], stdout=write, check=False,
                              stderr=subprocess.PIPE)
        os.close(write)
        self.assertEqual(done.returncode, 2)
        with open("/dev/full", "wb") as full:
            for args in (["get", "t", "k", "n"], ["list", "t"], ["put", "t", "k", "m"]):
                done = subprocess.run([TOOL, self.dir, *args], stdout=full, check=False,
                                      input=b"x", stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 2, args)

    def test_settings(self):
        self.call("init")
        for text in ("", "{", "[]", "{}", "null", '{"keks":[],"ledger":"/l","archive":"/a"}',
                     '{"keks":["file:rel"],"ledger":"/l","archive":"/a"}',
                     '{"keks":[1],"ledger":"/l","archive":"/a"}',
                     '{"keks":"file:/k","ledger":"/l","archive":"/a"}',
                     '{"keks":["environment:HOME"],"ledger":"/l","archive":"/a"}',
                     '{"keks":["file:/k"],"ledger":"/l","archive":"/a","x":1}', "[" * 60000,
                     " " * 70000):
            with open(self.dir + "/vault.json", "w", encoding="utf-8") as out:
                out.write(text)
            self.assertEqual(self.run_tool(self.dir, "list").returncode, 2, text[:60])

    def test_init_again(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        self.call("init", code=1)
        # vault.json lost: init writes it anew, but makes no new key for an old database.
        os.remove(self.dir + "/vault.json")
        os.rename(self.dir + ".kek", self.path("moved.kek"))
        self.assertEqual(self.run_tool(self.dir, "init").returncode, 2)
        self.assertFalse(os.path.exists(self.dir + ".kek"))
        self.assertFalse(self.call("init", "--kek-file", self.path("moved.kek"))["kek_made"])
        self.assertEqual(self.get("t", "k", "n"), (0, SECRET))
        full = self.path("full")
        os.mkdir(full)
        with open(full + "/file", "wb"):
            pass
        self.assertEqual(self.run_tool(full, "init").returncode, 1)
        self.assertEqual(os.listdir(full), ["file"])

    def test_key_inside(self):
        done = self.run_tool(self.dir, "init", "--kek-file", self.dir + "/kek", "--ledger",
                             self.dir + "/ledger")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr.count(b"warning"), 2, done.stderr)
        checks = self.checks()
        self.assertEqual(checks["key file:" + self.dir + "/kek"]["status"], "warning")
        self.assertEqual(checks["ledger"]["status"], "warning")


class Keys(Tool):
    def test_rotate_and_shred(self):
        self.call("init")
        self.call("put", "t", "k", "old", body=b"old")
        self.call("put", "u", "k", "n", body=b"kept")
        first = self.call("rotate", "t")["dek_id"]
        self.assertEqual(len(first), 32)
        self.assertNotEqual(self.call("rotate", "t")["dek_id"], first)
        self.call("put", "t", "k", "new", body=b"new")
        self.assertEqual(self.get("t", "k", "old"), (0, b"old"))
        self.assertEqual(self.get("t", "k", "new"), (0, b"new"))
        self.call("rotate", "nobody", code=1)
        self.assertEqual(self.call("shred", "t", "--yes"), {"shredded": "t"})
        self.call("shred", "t", "--yes")  # again is no error
        self.assertEqual(self.get("t", "k", "new"), (1, b""))
        self.call("put", "t", "k", "n", body=b"x", code=1)
        self.assertEqual(self.get("u", "k", "n"), (0, b"kept"))
        self.assertEqual(self.checks()["ledger"]["detail"], "1 shredded tenants")

    def test_rewrap_killed_and_resumed(self):
        self.call("init", "--kek-id", "a")
        tenants = [f"t{i:03}" for i in range(40)]
        for tenant in tenants:
            self.call("put", tenant, "k", "n", body=tenant.encode())
        new = self.path("b.kek")
        args = ["rewrap", "--to-kek-file", new, "--kek-id", "b"]
        child = self.start(self.dir, *args)
        line = child.stderr.readline()  # one data key is done
        self.assertIn(b"rewrapped 1 of 40 data keys", line)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        left = self.checks()["older key a"]
        self.assertEqual(left["status"], "warning")
        if child.returncode == -signal.SIGKILL:  # or it was done before the signal came
            self.call("destroy-kek", "b", code=1)
        for tenant in (tenants[0], tenants[-1]):
            self.assertEqual(self.get(tenant, "k", "n"), (0, tenant.encode()))
        report = self.call("rewrap")
        self.assertEqual((report["kek_id"], report["pending"], report["kek_made"]), ("b", 0, False))
        self.assertEqual(self.call("rewrap", *args[1:3])["rewrapped"], 0)
        self.call("destroy-kek", "nothing", code=1)
        gone = self.call("destroy-kek", "a")
        self.assertEqual(gone["kek"], "file:" + self.dir + ".kek")
        os.remove(self.dir + ".kek")
        for tenant in tenants[::10]:
            self.assertEqual(self.get(tenant, "k", "n"), (0, tenant.encode()))
        self.call("destroy-kek", "b", code=1)
        self.assertEqual(self.checks()["rewrap"]["status"], "ok")

    def test_rewrap_with_a_damaged_wrap(self):
        self.call("init", "--kek-id", "a")
        for i in range(6):
            self.call("put", f"t{i}", "k", "n", body=b"x")
        con = sqlite3.connect(self.dir + "/vault.db")
        select = "select dek_id, tenant from data_key order by dek_id"
        ident, tenant = con.execute(select).fetchone()
        con.execute("update data_key_wrap set wrapped = zeroblob(length(wrapped)) where dek_id = ?",
                    (ident,))
        con.commit()
        con.close()
        report = self.call("rewrap", "--to-kek-file", self.path("b.kek"), code=1)
        self.assertEqual((report["rewrapped"], report["pending"], report["failed"]), (5, 1, 1))
        (failure,) = report["failures"]
        self.assertEqual((failure["dek_id"], failure["tenant"]), (ident.hex(), tenant))
        done = self.run_tool(self.dir, "rewrap")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"failed: {ident.hex()} {tenant}: ".encode(), done.stdout)
        self.call("destroy-kek", "a", code=1)
        self.call("shred", tenant, "--yes")
        self.assertEqual(self.call("rewrap")["pending"], 0)
        self.call("destroy-kek", "a")

    def test_destroy_needs_rewrap(self):
        self.call("init", "--kek-id", "a")
        self.call("put", "t", "k", "n", body=b"x")
        with open(self.dir + "/vault.json", encoding="utf-8") as file:
            settings = json.load(file)
        new = self.path("b.kek")
        with open(os.open(new, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as out:
            out.write(key_text("b", os.urandom(32)) + "\n")
        settings["keks"].insert(0, "file:" + new)
        with open(self.dir + "/vault.json", "w", encoding="utf-8") as out:
            json.dump(settings, out)
        self.call("destroy-kek", "a", code=1)
        self.assertEqual(self.call("rewrap")["rewrapped"], 1)
        self.call("destroy-kek", "a")

    def test_bad_key_files(self):
        self.call("init", "--kek-id", "a")
        key = self.dir + ".kek"
        with open(key, encoding="ascii") as file:
            text = file.read()
        for bad in ("", text[:-2], " " + text, text.replace("a:", "b:"),
                    key_text("a", bytes(32)), key_text("a", os.urandom(32))):
            with open(key, "w", encoding="ascii") as out:
                out.write(bad)
            done = self.run_tool(self.dir, "list")
            self.assertEqual((done.returncode, done.stdout), (2, b""), bad)
            self.assertEqual(self.run_tool(self.dir, "doctor").returncode, 1)
        with open(key, "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(key, 0o666)
        self.assertEqual(self.run_tool(self.dir, "list").returncode, 2)
        os.chmod(key, 0o600)
        # A second key with the id of the first would make the recorded ids ambiguous.
        twin = self.path("twin.kek")
        self.assertEqual(self.run_tool(self.dir, "rewrap", "--to-kek-file", twin, "--kek-id",
                                       "a").returncode, 2)
        self.assertEqual(self.run_tool(self.dir, "list").returncode, 0)

    def test_nothing_leaks(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=SECRET)
        self.call("backup")
        self.call("put", "t", "k", "n", body=SECRET)
        self.call("backup")
        with open(self.dir + ".kek", "rb") as file:
            key = file.read().split(b":")[1]
        for folder, _, names in os.walk(self.dir):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                self.assertNotIn(b"s3cr3t", content, name)
                self.assertNotIn(key, content, name)
                self.assertNotIn(base64.urlsafe_b64decode(key + b"="), content, name)


class Backups(Tool):
    def test_point_in_time(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=b"one")
        base = self.call("backup")
        self.assertTrue(base["base"])
        self.call("put", "t", "k", "n", body=b"two")
        second = self.call("backup")
        self.assertEqual((second["base"], second["transactions"]), (False, 1))
        self.call("put", "t", "k", "n", body=b"three")
        self.call("backup", "--base")
        self.call("rm", "t", "k", "n")
        last = self.call("backup")
        for i, (args, want) in enumerate([
                (["--seq", str(base["last"]["seq"])], (0, b"one")),
                (["--to", second["last"]["time"]], (0, b"two")),
                (["--seq", str(second["last"]["seq"])], (0, b"two")),
                (["--seq", str(second["last"]["seq"] + 1)], (0, b"three")),
                ([], (1, b""))]):
            into = self.path(f"r{i}")
            report = self.call("restore", *args, into)
            self.assertEqual(self.get("t", "k", "n", directory=into), want, args)
            self.call("verify", directory=into)
            # It has an archive of its own.
            self.assertTrue(self.call("backup", directory=into)["base"])
        self.assertEqual(report["reached"]["seq"], last["last"]["seq"])
        self.call("restore", "--seq", "999", self.path("no"), code=1)
        for time in ("2001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"):
            self.call("restore", "--to", time, self.path("no" + time), code=1)
            self.assertFalse(os.path.exists(self.path("no" + time)), time)
        self.call("restore", self.path("r0"), code=1)  # not empty

    def test_prune(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=b"one")
        first = self.call("backup")["last"]
        self.call("put", "t", "k", "n", body=b"two")
        second = self.call("backup", "--base")["last"]
        self.call("put", "t", "k", "n", body=b"three")
        third = self.call("backup")["last"]
        archive = self.dir + "/archive"
        before = sorted(os.listdir(archive))
        keep = ("--keep-since", third["time"])
        said = self.call("prune", *keep, "--dry-run")
        self.assertEqual((said["dry_run"], said["first"]), (True, second))
        self.assertEqual(said["bytes"],
                         sum(os.path.getsize(archive + "/" + name) for name in said["files"]))
        self.assertEqual(sorted(os.listdir(archive)), before)
        done = self.call("prune", *keep)
        self.assertEqual(done, {**said, "dry_run": False})
        left = set(os.listdir(archive))
        self.assertEqual(left & set(done["files"]), set())
        self.assertEqual(left - set(before), {f"{second['seq']:019}.start"})
        self.assertEqual(self.call("verify")["archive"]["first"], second)
        for point, want in ((second, b"two"), (third, b"three")):
            into = self.path(f"r{point['seq']}")
            self.call("restore", "--seq", str(point["seq"]), into)
            self.assertEqual(self.get("t", "k", "n", directory=into), (0, want))
        gone = self.run_tool(self.dir, "restore", "--seq", str(first["seq"]), self.path("no"))
        self.assertEqual(gone.returncode, 1)
        self.assertIn(b"was pruned", gone.stderr)
        # Nothing more to remove, nothing that is kept, not yet.
        self.assertEqual(self.call("prune", "--keep-seq", str(first["seq"]))["files"], [])
        self.call("prune", "--keep-seq", str(third["seq"] + 1), code=1)
        self.call("prune", "--keep-since", "2199-01-01T00:00:00Z", code=2)
        self.assertEqual(set(os.listdir(archive)), left)
        # The tamper-evident beginning.
        os.unlink(f"{archive}/{second['seq']:019}.start")
        self.assertFalse(self.call("verify", code=1)["archive"]["intact"])
        self.call("prune", "--keep-seq", str(third["seq"]), code=1)

    def test_shred_survives_restore(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=b"x")
        self.call("put", "u", "k", "n", body=b"y")
        self.call("backup")
        self.call("shred", "t", "--yes")
        into = self.path("r")
        self.call("restore", into)
        self.assertEqual(self.get("t", "k", "n", directory=into), (1, b""))
        self.assertEqual(self.get("u", "k", "n", directory=into), (0, b"y"))

    def test_ledger_cut(self):
        self.call("init")
        for tenant in ("a", "b", "c"):
            self.call("put", tenant, "k", "n", body=b"x")
        for tenant in ("a", "b"):
            self.call("shred", tenant, "--yes")
        self.assertTrue(self.call("verify")["ok"])
        checks = self.checks()
        self.assertEqual((checks["shredded"]["status"], checks["ledger"]["status"]), ("ok", "ok"))
        with open(self.dir + ".ledger", "rb") as file:
            whole = file.read()
        # To its header, within the last line, and without the newline, which loses nothing.
        for text, gone, ledger in ((whole[:5], ["a", "b"], "ok"), (whole[:-20], ["b"], "warning"),
                                   (whole[:-1], [], "warning"), (whole, [], "ok")):
            with open(self.dir + ".ledger", "wb") as file:
                file.write(text)
            report = self.call("verify", code=1 if gone else 0)
            self.assertEqual([f["tenant"] for f in report["failures"]], gone)
            checks = self.checks(code=1 if gone else 0)
            self.assertEqual(checks["ledger"]["status"], ledger)
            self.assertEqual(checks["shredded"]["status"], "failed" if gone else "ok")
            if gone:
                self.assertTrue(checks["shredded"]["detail"].endswith(": " + ", ".join(gone)))
        # Who has no copy can have the entries written anew.
        with open(self.dir + ".ledger", "wb") as file:
            file.write(whole[:-20])
        self.call("shred", "b", "--yes")
        self.assertTrue(self.call("verify")["ok"])
        self.assertEqual(self.checks()["ledger"]["detail"], "2 shredded tenants")

    def test_restore_before_rewrap(self):
        self.call("init", "--kek-id", "a")
        self.call("put", "t", "k", "n", body=b"x")
        self.call("backup")
        self.call("rewrap", "--to-kek-file", self.path("b.kek"))
        self.call("destroy-kek", "a")
        self.assertEqual(self.run_tool(self.dir, "restore", self.path("r")).returncode, 1)
        into = self.path("s")
        self.call("restore", "--kek-file", self.dir + ".kek", into)
        self.assertEqual(self.get("t", "k", "n", directory=into), (0, b"x"))
        self.assertEqual(self.call("rewrap", directory=into)["rewrapped"], 1)

    def test_directory_lost(self):
        archive = self.path("elsewhere")
        self.call("init", "--archive", archive)
        self.call("put", "t", "k", "n", body=b"x")
        self.call("backup")
        shutil.rmtree(self.dir)
        into = self.path("r")
        self.assertEqual(self.run_tool(self.dir, "restore", into).returncode, 2)
        self.call("restore", "--archive", archive, "--ledger", self.dir + ".ledger",
                  "--kek-file", self.dir + ".kek", into)
        self.assertEqual(self.get("t", "k", "n", directory=into), (0, b"x"))

    def test_damaged_archive(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=b"x")
        self.call("backup")
        self.call("put", "t", "k", "n", body=b"y")
        self.call("backup")
        self.assertTrue(self.call("verify")["archive"]["intact"])
        name = next(n for n in os.listdir(self.dir + "/archive") if n.endswith(".changes"))
        with open(self.dir + "/archive/" + name, "r+b") as file:
            file.seek(-10, os.SEEK_END)
            byte = file.read(1)
            file.seek(-10, os.SEEK_END)
            file.write(bytes([byte[0] ^ 1]))
        report = self.call("verify", code=1)
        self.assertFalse(report["archive"]["intact"])
        self.assertEqual(report["archive"]["findings"][0]["file"], name)
        self.assertEqual(report["failed"], 0)
        self.call("restore", self.path("r"), code=1)

    def wrong_archive(self, message):
        """Verify and doctor fail with this message about the archive, and about nothing else."""
        report = self.call("verify", code=1)
        self.assertFalse(report["archive"]["intact"])
        self.assertEqual(report["failed"], 0)
        self.assertEqual(len(report["archive"]["findings"]), 1)
        self.assertIn(message, report["archive"]["findings"][0]["what"])
        failed = {n: c for n, c in self.checks(code=1).items() if c["status"] == "failed"}
        self.assertEqual(set(failed), {"archive"})
        self.assertIn(message, failed["archive"]["detail"])
        self.assertNotEqual(failed["archive"]["fix"], "")

    def test_archive_of_another_vault(self):
        other = self.path("w")
        for directory in (self.dir, other):
            self.call("init", directory=directory)
            for _ in range(3):
                self.call("put", "t", "k", "n", body=b"x", directory=directory)
                self.call("backup", directory=directory)
            self.assertTrue(self.call("verify", directory=directory)["ok"])
        shutil.rmtree(self.dir + "/archive")
        shutil.copytree(other + "/archive", self.dir + "/archive")
        self.wrong_archive("of another store")

    def test_database_put_back(self):
        self.call("init")
        database = self.dir + "/vault.db"
        self.call("put", "t", "k", "n", body=b"x")
        shutil.copy(database, self.path("unrecorded"))
        self.call("backup")
        self.call("put", "t", "k", "n", body=b"y")
        shutil.copy(database, self.path("old"))
        for _ in range(3):
            self.call("put", "t", "k", "n", body=b"z")
        self.call("backup")
        shutil.copy(database, self.path("new"))
        shutil.copy(self.path("old"), database)
        self.wrong_archive("the store is older than its archive")
        for _ in range(5):  # beyond the archive's end, by another way
            self.call("put", "t", "k", "n", body=b"w")
        self.wrong_archive("is not the one at which its archive ends")
        shutil.copy(self.path("unrecorded"), database)
        self.wrong_archive("of another store or history")
        shutil.copy(self.path("new"), database)
        self.assertTrue(self.call("verify")["ok"])
        self.assertEqual(self.checks()["archive"]["status"], "ok")

    def test_newest_backup_lost(self):
        self.call("init")
        for _ in range(2):
            self.call("put", "t", "k", "n", body=b"x")
            self.call("backup")
        newest = max(n for n in os.listdir(self.dir + "/archive") if n.endswith(".changes"))
        os.remove(self.dir + "/archive/" + newest)
        self.wrong_archive("the newest files are missing")
        shutil.rmtree(self.dir + "/archive")
        self.wrong_archive("is not there")

    def test_damaged_record(self):
        self.call("init")
        for name in ("a", "b", "c"):
            self.call("put", "t", "k", name, body=b"x")
        self.call("rm", "t", "k", "c")
        report = self.call("verify")
        self.assertEqual((report["records"], report["tombstones"], report["failed"],
                          report["archive"]), (2, 1, 0, None))
        self.assertIn("not_looked_at", report)
        con = sqlite3.connect(self.dir + "/vault.db")
        (blob,) = con.execute("select blob from record where name = 'b'").fetchone()
        con.execute("update record set blob = ? where name = 'b'",
                    (blob[:-1] + bytes([blob[-1] ^ 1]),))
        con.commit()
        con.close()
        report = self.call("verify", code=1)
        self.assertEqual([(f["name"]) for f in report["failures"]], ["b"])
        self.assertEqual(report["records"], 1)
        self.assertEqual(self.get("t", "k", "b"), (1, b""))
        self.assertEqual(self.get("t", "k", "a"), (0, b"x"))


class Deleted(Tool):
    """Rows that somebody deleted past the vault."""

    def fails(self, *want):
        """Verify fails for these (tenant, part of the message), sorted; doctor names them."""
        report = self.call("verify", code=1)
        self.assertFalse(report["ok"])
        got = sorted((f["tenant"], f["error"]) for f in report["failures"])
        self.assertEqual(len(got), len(want), got)
        for (tenant, error), (want_tenant, part) in zip(got, want):
            self.assertEqual(tenant, want_tenant, got)
            self.assertIn(part, error)
        self.assertIn(b"FAILED", self.run_tool(self.dir, "verify").stdout)
        rows = self.checks(code=1)["rows"]
        self.assertEqual(rows["status"], "failed")
        for tenant, _ in want:
            self.assertIn(f"tenant {tenant}: ", rows["detail"])

    def test_wraps(self):
        self.call("init", "--kek-id", "a")
        for tenant in ("t", "u"):
            self.call("put", tenant, "k", "n", body=b"x")
        self.assertEqual(self.checks()["rows"]["status"], "ok")
        self.sql("delete from data_key_wrap where dek_id in"
                 " (select dek_id from data_key where tenant = 't')")
        self.fails(("t", "no wrap"), ("t", "no wrap"))
        self.assertEqual(self.run_tool(self.dir, "list").stdout, b"t\nu\n")
        # Nothing says that a key may be destroyed: its wraps may be in a backup.
        self.assertNotEqual(self.checks(code=1)["rewrap"]["status"], "ok")
        report = self.call("rewrap", "--to-kek-file", self.path("b.kek"), code=1)
        self.assertEqual((report["rewrapped"], report["pending"], report["rows_missing"]),
                         (1, 0, True))
        self.assertNotIn(b"destroy-kek", self.run_tool(self.dir, "rewrap").stdout)
        self.assertNotIn(b"destroy-kek", self.run_tool(self.dir, "doctor").stdout)
        self.sql("delete from data_key_wrap")
        self.fails(("t", "no wrap"), ("t", "no wrap"), ("u", "no wrap"), ("u", "no wrap"))
        # A tenant that is given up is shredded, and then all is as it should be.
        for tenant in ("t", "u"):
            self.call("shred", tenant, "--yes")
        self.assertTrue(self.call("verify")["ok"])
        self.assertIn(b"nothing needs a: ", self.run_tool(self.dir, "rewrap").stdout)

    def test_data_keys(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=b"x")
        self.sql("delete from data_key_wrap", "delete from data_key")
        self.fails(("t", "no data key"))
        self.assertEqual(self.checks(code=1)["rewrap"]["status"], "warning")

    def test_records(self):
        self.call("init")
        for name in ("a", "b"):
            self.call("put", "t", "k", name, body=b"x")
        self.call("put", "u", "k", "n", body=b"x")
        self.sql("delete from record where name <> 'b'")
        self.assertEqual(self.get("t", "k", "a"), (1, b""))
        self.fails(("t", "high-water"), ("u", "high-water"))
        self.assertEqual(self.get("t", "k", "b"), (0, b"x"))


class Doctor(Tool):
    def test_healthy(self):
        self.call("init")
        checks = self.checks()
        self.assertEqual(checks["archive"]["fix"], "vault DIR backup")
        self.call("put", "t", "k", "n", body=b"x")
        self.call("backup")
        checks = self.checks()
        bad = {n: c for n, c in checks.items() if c["status"] != "ok" and n != "memory"}
        self.assertEqual(bad, {})
        self.assertEqual(set(checks), {"directory", "memory", "database", "settings",
                                       "key file:" + self.dir + ".kek", "ledger", "vault",
                                       "shredded", "rows", "rewrap", "archive", "log"})

    def test_findings(self):
        self.call("init", "--kek-id", "a")
        self.call("put", "t", "k", "n", body=b"x")
        self.call("backup")
        key = "key file:" + self.dir + ".kek"

        def expect(name, status, code):
            check = self.checks(code=code)[name]
            self.assertEqual(check["status"], status, check)
            self.assertNotEqual(check["fix"], "")

        os.chmod(self.dir + ".kek", 0o640)
        expect(key, "failed", 1)
        os.chmod(self.dir + ".kek", 0o600)
        os.rename(self.dir + ".kek", self.path("gone"))
        expect(key, "failed", 1)
        os.rename(self.path("gone"), self.dir + ".kek")
        os.rename(self.dir + ".ledger", self.path("gone"))
        expect("ledger", "failed", 1)
        expect("vault", "failed", 1)
        os.rename(self.path("gone"), self.dir + ".ledger")
        for name, check in ((".ledger", "ledger"), ("/vault.json", "settings")):
            os.chmod(self.dir + name, 0o620)
            expect(check, "failed", 1)
            self.assertEqual(self.get("t", "k", "n"), (2, b""))
            os.chmod(self.dir + name, 0o600)
        os.chmod(self.dir, 0o755)
        expect("directory", "warning", 0)
        os.chmod(self.dir, 0o777)
        expect("directory", "failed", 1)
        os.chmod(self.dir, 0o700)
        self.call("put", "t", "k", "n", body=b"y")
        late = self.checks(args=("--max-archive-age", "0"))["archive"]
        self.assertEqual(late["status"], "warning")
        os.rename(self.dir + "/archive", self.path("gone"))
        expect("archive", "failed", 1)
        os.rename(self.path("gone"), self.dir + "/archive")
        con = sqlite3.connect(self.dir + "/vault.db")
        con.execute("pragma application_id = 7")
        con.close()
        expect("database", "failed", 1)
        os.remove(self.dir + "/vault.db")
        expect("database", "failed", 1)
        self.assertEqual(self.run_tool(self.path("nowhere"), "doctor").returncode, 1)

    def test_log_left(self):
        self.call("init")
        self.call("put", "t", "k", "n", body=b"x")
        self.assertEqual(self.checks()["log"]["detail"], "none left")
        con = sqlite3.connect(self.dir + "/vault.db")
        con.execute("begin immediate")
        con.execute("pragma user_version").fetchone()
        con.execute("create table t (x)")
        con.rollback()
        con.execute("select count(*) from sqlite_master").fetchone()
        child = self.start(self.dir, "put", "t", "k", "m")
        child.communicate(b"y")
        self.assertEqual(child.returncode, 0)
        self.assertIn("another process", self.checks()["log"]["detail"])
        con.close()


class Together(Tool):
    def test_two_writers_of_one_record(self):
        self.call("init")
        versions = []
        for _ in range(6):
            pair = [self.start(self.dir, "put", "--json", "t", "k", "n") for _ in range(2)]
            for child in pair:
                child.stdin.write(b"x")
                child.stdin.close()
            for child in pair:
                out = child.stdout.read()
                self.assertEqual(child.wait(60), 0, child.stderr.read())
                versions.append(json.loads(out)["version"])
                child.stdout.close()
                child.stderr.close()
        self.assertEqual(sorted(versions), list(range(1, 13)))

    def test_two_inits(self):
        pair = [self.start(self.dir, "init") for _ in range(2)]
        for child in pair:
            child.communicate(timeout=60)
        self.assertEqual(sorted(child.returncode for child in pair), [0, 1])
        self.call("put", "t", "k", "n", body=b"x")
        self.assertEqual(self.get("t", "k", "n"), (0, b"x"))

    def test_rewrap_while_others_work(self):
        self.call("init", "--kek-id", "a")
        for i in range(10):
            self.call("put", f"t{i}", "k", "n", body=b"x")
        children = [self.start(self.dir, "rewrap", "--to-kek-file", self.path("b.kek"), "--kek-id",
                               "b") for _ in range(2)]
        children += [self.start(self.dir, "get", f"t{i}", "k", "n") for i in range(10)]
        children += [self.start(self.dir, "put", f"u{i}", "k", "n") for i in range(5)]
        for child in children:
            child.communicate(b"y", timeout=120)
            self.assertEqual(child.returncode, 0)
        self.assertEqual(self.call("rewrap")["pending"], 0)
        self.call("destroy-kek", "a")
        report = self.call("verify")
        self.assertEqual((report["records"], report["failed"]), (15, 0))

    def test_backup_while_others_work(self):
        self.call("init")
        self.call("put", "t", "k", "first", body=b"x")
        self.call("backup")
        writers = [self.start(self.dir, "put", "t", "k", f"n{i}") for i in range(6)]
        backups = [self.start(self.dir, "backup") for _ in range(2)]
        for child in writers:
            child.communicate(b"y", timeout=120)
            self.assertEqual(child.returncode, 0)
        for child in backups:
            child.communicate(timeout=120)
        self.assertIn(0, [child.returncode for child in backups])
        self.call("backup")
        into = self.path("r")
        self.call("restore", into)
        self.assertEqual(self.call("verify", directory=into)["records"], 7)


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main(verbosity=2)
