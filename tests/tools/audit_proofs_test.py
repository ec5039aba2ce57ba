#!/usr/bin/env python3
"""Drives the audit tool's search, prove, check-proof, checkpoint, export and erase, and the program
audit_verify, which judges what the tool wrote, and damage to it.

usage: audit_proofs_test.py TOOL VERIFIER
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = ""
VERIFIER = ""
ORIGIN = "example.com/audit-proofs"


class Proofs(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.dir = self.path("log")
        os.mkdir(self.dir)
        self.key = self.tool(self.dir, "init", ORIGIN).decode().strip()
        for i in range(6):
            self.tool(self.dir, "append", "--action", "secret.read", "--actor", "u%d" % (i % 3),
                      "--target", "secret", "s%d" % i)

    def tearDown(self):
        self.temp.cleanup()

    def path(self, name):
        return os.path.join(self.temp.name, name)

    def run_it(self, program, *args, code=0):
        done = subprocess.run([program, *args], capture_output=True, check=False, timeout=120)
        self.assertEqual(done.returncode, code,
                         (done.stdout + done.stderr).decode(errors="replace"))
        return done.stdout

    def tool(self, *args, code=0):
        return self.run_it(TOOL, *args, code=code)

    def verifier(self, *args, code=0):
        return self.run_it(VERIFIER, *args, code=code).decode()

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def search(self, *args):
        return [json.loads(line) for line in self.tool(self.dir, "search", *args).splitlines()]

    def test_search_finds_the_same_with_an_index_and_records_itself(self):
        plain = self.search("--by", "u1", "--unrecorded")
        self.assertEqual([r["target"]["id"] for r in plain], ["s1", "s4"])
        self.assertEqual(self.search("--by", "u1", "--index", self.path("index"), "--unrecorded"),
                         plain)
        self.assertEqual(self.search("--action", "log.searched", "--unrecorded"), [])
        self.search("--by", "u1", "--actor", "auditor")
        [own] = self.search("--action", "log.searched", "--unrecorded")
        self.assertEqual(own["actor"]["id"], "auditor")
        self.assertEqual(own["details"], {"actor": "u1"})
        self.tool(self.dir, "search", "--outcome", "nonsense", code=2)
        self.tool(self.dir, "search", "--from", "yesterday", code=2)

    def test_a_proof_needs_the_record_and_the_root_key_only(self):
        proof = self.write("proof", self.tool(self.dir, "prove", "2"))
        line = self.tool(self.dir, "search", "--begin", "2", "--limit", "1", "--unrecorded")
        record = self.write("record", line)
        other = self.write("other", line.replace(b"u1", b"u2"))
        self.assertNotEqual(line, line.replace(b"u1", b"u2"))
        shutil.rmtree(self.dir)
        self.tool(self.dir, "check-proof", proof, record, "--root-key", self.key)
        self.tool(self.dir, "check-proof", proof, other, "--root-key", self.key, code=1)
        said = self.verifier("--proof", proof, "--record", record, "--root-key", self.key)
        self.assertIn("number 2 of " + ORIGIN, said)
        self.assertIn("could have done all the same", said)
        self.verifier("--proof", proof, "--record", other, "--root-key", self.key, code=1)
        self.verifier("--proof", proof, "--record", record, code=2)

    def test_the_verifier_says_what_it_checked(self):
        said = self.verifier(self.dir)
        self.assertIn("7 records", said)
        self.assertIn("no root key was given", said)
        self.assertIn("no anchor was given", said)
        anchor = self.path("anchor")
        self.tool(self.dir, "checkpoint", "--anchor", anchor)
        said = self.verifier(self.dir, "--root-key", self.key, "--anchor", anchor)
        self.assertIn("anchored: the first 7 records", said)
        self.assertNotIn("no root key was given", said)
        self.verifier("--checkpoint", anchor, "--root-key", self.key)
        self.verifier(self.dir, "--root-key", self.key[:-4] + "AAAA", code=1)
        self.verifier(self.path("nowhere"), code=2)

    def test_the_verifier_finds_every_flipped_byte_of_the_records(self):
        [name] = [n for n in os.listdir(self.dir) if n.endswith(".seg")]
        path = os.path.join(self.dir, name)
        with open(path, "rb") as file:
            good = file.read().rstrip(b"\0")
        for at in range(0, len(good), 37):
            bad = bytearray(good)
            bad[at] ^= 1
            with open(path, "wb") as file:
                file.write(bad)
            self.verifier(self.dir, code=1)
        with open(path, "wb") as file:
            file.write(good)
        self.verifier(self.dir)
        for cut in range(65, len(good), 211):
            with open(path, "wb") as file:
                file.write(good[:cut])
            self.verifier(self.dir, code=1)

    def test_an_anchor_shows_that_a_whole_log_was_put_back(self):
        old = self.path("old")
        shutil.copytree(self.dir, old)
        self.tool(self.dir, "append", "--action", "secret.read")
        anchor = self.path("anchor")
        self.tool(self.dir, "checkpoint", "--anchor", anchor)
        self.verifier(old)  # which without the anchor nobody can see
        self.verifier(old, "--anchor", anchor, code=1)
        self.tool(old, "checkpoint", "--anchor", anchor, code=1)

    def test_export_goes_on_where_it_stopped(self):
        cursor = self.path("cursor")
        first = self.tool(self.dir, "export", "--cursor", cursor, "--unrecorded")
        self.assertEqual([json.loads(line)["seq"] for line in first.splitlines()], list(range(7)))
        self.assertEqual(self.tool(self.dir, "export", "--cursor", cursor, "--unrecorded"), b"")
        events = self.tool(self.dir, "export", "--cursor", cursor, "--format", "ocsf")
        [event] = [json.loads(line) for line in events.splitlines()]
        self.assertEqual(event["class_uid"], 6003)
        self.assertEqual(event["api"]["operation"], "log.exported")
        frames = self.tool(self.dir, "export", "--cursor", self.path("other"), "--format", "syslog",
                           "--unrecorded")
        count = 0
        while frames:
            size, frames = frames.split(b" ", 1)
            message, frames = frames[:int(size)], frames[int(size):]
            self.assertTrue(re.match(rb"<1(08|10)>1 ", message))
            count += 1
        self.assertEqual(count, 8)

    def test_an_erasure_of_nobody_is_recorded_as_failed(self):
        os.mkdir(self.path("keys"))
        self.tool(self.dir, "erase", "alice", "--keys", self.path("keys"), code=2)
        outcomes = [r["outcome"] for r in self.search("--action", "subject.erased", "--unrecorded")]
        self.assertEqual(outcomes, ["intent", "failure"])
        self.verifier(self.dir)


if __name__ == "__main__":
    TOOL, VERIFIER = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
