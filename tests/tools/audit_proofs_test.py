#!/usr/bin/env python3
"""Drives the audit tool's search, prove, check-proof, checkpoint, export and erase, and what append
encrypts for erase, and the program audit_verify, which judges what the tool wrote, and damage to it.

usage: audit_proofs_test.py TOOL VERIFIER
"""
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

TOOL = ""
VERIFIER = ""
ORIGIN = "example.com/audit-proofs"


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def root_of(leaves):
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def header(magic, leaves):
    head = magic + struct.pack("<IIQ", 1, 0, len(leaves)) + root_of(leaves)
    return head + struct.pack("<II", crc32c(head), 0)


def frame(index, payload):
    return struct.pack("<II", len(payload), crc32c(struct.pack("<Q", index) + payload)) + payload


class Base(unittest.TestCase):
    """A log of seven records."""

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


class Proofs(Base):
    def test_search_finds_the_same_with_an_index_and_records_itself(self):
        plain = self.search("--by", "u1", "--unrecorded")
        self.assertEqual([r["target"]["id"] for r in plain], ["s1", "s4"])
        self.assertEqual(self.search("--by", "u1", "--index", self.path("index"), "--unrecorded"),
                         plain)
        self.assertEqual(self.search("--action", "log.searched", "--unrecorded"), [])
        self.search("--by", "u1", "--actor", "auditor")
        [own] = self.search("--action", "log.searched", "--unrecorded")
        self.assertEqual(own["actor"]["id"], "auditor")
        # No id in the clear, and what who knows it can check.
        hashed = "sha256:" + hashlib.sha256(b"\0log.searched actor\nu1").hexdigest()
        self.assertEqual(own["details"], {"actor": hashed})
        self.search("--target", "s1", "--outcome", "success")
        [_, own] = self.search("--action", "log.searched", "--unrecorded")
        hashed = "sha256:" + hashlib.sha256(b"\0log.searched target\ns1").hexdigest()
        self.assertEqual(own["details"], {"target": hashed, "outcome": "success"})
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

    def test_the_verifier_looks_at_each_byte_of_a_header(self):
        [name] = [n for n in os.listdir(self.dir) if n.endswith(".seg")]
        segment = os.path.join(self.dir, name)
        with open(segment, "rb") as file:
            data = bytearray(file.read())
        for at in range(64):
            changed = bytearray(data)
            changed[at] ^= 4
            with open(segment, "wb") as file:
                file.write(changed)
            self.verifier(self.dir, code=1)
        with open(segment, "wb") as file:
            file.write(data)
        self.verifier(self.dir)

    def test_the_verifier_cuts_no_checkpoint_that_is_none(self):
        name = os.path.join(self.dir, "checkpoints")
        with open(name, "rb") as file:
            notes = file.read()
        first = notes[:notes.index(b"\n\n", notes.index(b"\n\n") + 2) + 2]
        for size in (*range(0, len(first), 3), len(first) - 2, len(first) - 1):
            for zeros in (b"", bytes(9)):
                with open(name, "wb") as file:
                    file.write(notes + first[:size] + zeros)
                self.assertEqual("an unfinished checkpoint of %d byte" % (size + len(zeros)) in
                                 self.verifier(self.dir), size + len(zeros) > 0)
        for bad in (notes + b"garbage", notes + b"x\n" * 600_000, notes + b"x" * 1_100_000,
                    notes + first[:-1] + b"x", notes[:-1] + b"x", notes[:-2] + b"x\n",
                    notes + first, b""):
            with open(name, "wb") as file:
                file.write(bad)
            self.verifier(self.dir, code=1)
            self.tool(self.dir, "verify", code=1)
            self.tool(self.dir, "append", "--action", "x", code=1)

    def test_a_file_that_is_none_of_a_log_is_not_intact(self):
        self.tool(self.dir, "rotate")
        self.tool(self.dir, "append", "--action", "secret.read")
        segment = "%020d.seg" % 7
        for name in ("checkpoints", "keys", "root.vkey", segment):
            own = os.path.join(self.dir, name)
            os.rename(own, self.path("away"))
            for make in (lambda p: None, lambda p: os.symlink(self.path("away"), p), os.mkfifo,
                         os.mkdir):
                make(own)
                self.verifier(self.dir, "--root-key", self.key, code=1)
                report = json.loads(self.tool(self.dir, "verify", "--json", "--root-key", self.key,
                                              code=1))
                self.assertNotEqual(report["damages"], [], name)
                if os.path.isdir(own):
                    os.rmdir(own)
                elif os.path.lexists(own):
                    os.unlink(own)
            os.rename(self.path("away"), own)
        self.verifier(self.dir, "--root-key", self.key)

    def test_surplus_hashes_are_not_intact(self):
        """But for those that an interrupted pruning leaves beside their segment."""
        self.tool(self.dir, "rotate")
        self.tool(self.dir, "append", "--action", "secret.read")
        lines = self.tool(self.dir, "search", "--unrecorded").splitlines()
        leaves = [hashlib.sha256(b"\0" + line).digest() for line in lines]
        whole = header(b"CFAUDIH1", []) + b"".join(leaves[:7])
        for index, data, code in (
                (0, whole, 0), (0, whole[:-32], 1), (0, whole + leaves[7], 1), (0, whole[:-1], 1),
                (0, whole[:-1] + bytes([whole[-1] ^ 1]), 1), (0, b"junk", 1), (0, b"", 1),
                (0, header(b"CFAUDIH1", leaves[:1]) + whole[64:], 1), (3, b"junk", 1),
                (7, header(b"CFAUDIH1", leaves[:7]) + leaves[6], 1), (9999, b"junk", 1)):
            name = self.write(os.path.join("log", "%020d.hashes" % index), data)
            with self.subTest(index=index, data=data[64:]):
                self.verifier(self.dir, code=code)
                self.tool(self.dir, "verify", code=code)
                self.tool(self.dir, "append", "--action", "secret.read", code=code)
            os.unlink(name)

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

    def test_an_anchor_is_not_given_up_for_another_log(self):
        anchor = self.path("anchor")
        note = self.tool(self.dir, "checkpoint", "--anchor", anchor)
        other = self.path("other")
        self.tool(other, "init", ORIGIN)
        for _ in range(9):
            self.tool(other, "append", "--action", "secret.read")
        for sign in ((), ("--sign",)):
            self.tool(other, "checkpoint", "--anchor", anchor, *sign, code=1)
            with open(anchor, "rb") as file:
                self.assertEqual(file.read(), note)
        self.tool(self.dir, "append", "--action", "secret.read")
        self.tool(self.dir, "checkpoint", "--anchor", anchor, "--sign")

    def test_records_are_not_removed_without_the_key(self):
        """Their hashes in their place, and a record that nobody signed: the bytes are all right."""
        lines = self.tool(self.dir, "search", "--unrecorded").splitlines()
        leaves = [hashlib.sha256(b"\0" + line).digest() for line in lines]
        own = json.loads(lines[0])
        own.update({"action": "log.pruned", "seq": 7,
                    "details": {"first_kept": 7, "records": 7, "segments": 1}})
        kept = json.loads(lines[-1])
        kept["seq"] = 7
        with open(os.path.join(self.dir, "0" * 20 + ".hashes"), "wb") as file:
            file.write(header(b"CFAUDIH1", []) + b"".join(leaves))
        os.rename(os.path.join(self.dir, "0" * 20 + ".seg"), self.path("removed"))
        for last in (own, kept):
            payload = json.dumps(last, sort_keys=True, separators=(",", ":")).encode()
            with open(os.path.join(self.dir, "%020d.seg" % 7), "wb") as file:
                file.write(header(b"CFAUDIT1", leaves) + frame(7, payload))
            self.assertIn("no record that was signed says so", self.verifier(self.dir, code=1))
            said = self.tool(self.dir, "verify", code=1)
            self.assertIn(b"corrupt, record 0 to 6", said)
            self.tool(self.dir, "append", "--action", "secret.read", code=1)

    def test_what_was_forged_before_the_writer_signed_it_permits_nothing(self):
        """Records of the log's own, put behind the last checkpoint: the next append signs them."""
        lines = self.tool(self.dir, "search", "--unrecorded").splitlines()
        [name] = [n for n in os.listdir(self.dir) if n.endswith(".seg")]
        path = os.path.join(self.dir, name)
        own = json.loads(lines[0])
        own.update({"action": "log.pruned", "seq": 7,
                    "details": {"first_kept": 7, "records": 7, "segments": 1}})
        forged = json.dumps(own, sort_keys=True, separators=(",", ":")).encode()
        with open(path, "rb") as file:
            genuine = file.read().rstrip(b"\0")
        with open(path, "wb") as file:
            file.write(genuine + frame(7, forged))
        self.tool(self.dir, "append", "--action", "secret.read")
        self.assertIn("1 range that had no checkpoint", self.verifier(self.dir))
        self.assertIn(b"Records 7 to 7 were signed after an opening",
                      self.tool(self.dir, "verify"))
        lines = self.tool(self.dir, "search", "--unrecorded").splitlines()
        self.assertEqual(json.loads(lines[8])["details"], {"unconfirmed_from": 7})
        leaves = [hashlib.sha256(b"\0" + line).digest() for line in lines]
        os.remove(path)
        with open(os.path.join(self.dir, "0" * 20 + ".hashes"), "wb") as file:
            file.write(header(b"CFAUDIH1", []) + b"".join(leaves[:7]))
        with open(os.path.join(self.dir, "%020d.seg" % 7), "wb") as file:
            file.write(header(b"CFAUDIT1", leaves[:7]) +
                       b"".join(frame(i, lines[i]) for i in range(7, len(lines))))
        self.assertIn("no record that was signed says so", self.verifier(self.dir, code=1))
        self.assertIn(b"corrupt, record 0 to 6", self.tool(self.dir, "verify", code=1))
        self.tool(self.dir, "append", "--action", "secret.read", code=1)
        self.tool(self.dir, "search", "--unrecorded", code=1)

    def test_a_pruned_log_is_intact(self):
        self.tool(self.dir, "rotate")
        self.tool(self.dir, "append", "--action", "secret.read")
        self.tool(self.dir, "prune", "--before", "2999-01-01T00:00:00.000000Z")
        self.assertIn("7 pruned records", self.verifier(self.dir, "--root-key", self.key))

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


class Personal(Base):
    """Fields that append encrypts, who reads them, and what an erasure leaves of them."""

    def setUp(self):
        super().setUp()
        self.keys = self.path("keys")
        os.mkdir(self.keys, 0o700)
        self.tool(self.dir, "append", "--action", "order.read", "--actor", "ann@example.com",
                  "--reason", "she called", "--keys", self.keys, "--personal", "actor.id",
                  "--personal", "reason")
        lines = "".join(json.dumps({"action": "order.read",
                                    "actor": {"type": "user", "id": name + "@example.com"},
                                    "src": {"ip": "192.0.2.%d" % i},
                                    "details": {"email": name + "@example.com", "n": i}}) + "\n"
                        for i, name in enumerate(["ann", "bob", "ann"]))
        self.append_lines(lines, "--personal", "actor.id", "--personal", "src.ip", "--personal",
                          "details.email")

    def append_lines(self, lines, *args, code=0):
        done = subprocess.run([TOOL, self.dir, "append", "--keys", self.keys, *args],
                              input=lines.encode(), capture_output=True, check=False, timeout=120)
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return done.stdout

    def orders(self, *args):
        return self.search("--action", "order.read", "--unrecorded", *args)

    def files_with(self, text):
        found = []
        for root, _, names in os.walk(self.temp.name):
            for name in names:
                with open(os.path.join(root, name), "rb") as file:
                    if text in file.read():
                        found.append(name)
        return found

    def test_only_who_has_the_keys_reads_them(self):
        for text in (b"192.0.2.", b"she called", b"email\":\"ann"):
            self.assertEqual(self.files_with(text), [])
        # The subjects' names are with their keys, and nowhere else; the control: in clear they are.
        self.assertTrue(all(n.endswith(".subject") for n in self.files_with(b"@example.com")))
        self.tool(self.dir, "append", "--action", "x", "--actor", "cy@example.com")
        self.assertTrue(any(n.endswith(".seg") for n in self.files_with(b"cy@example.com")))
        sealed = self.orders()
        self.assertEqual(len(sealed), 4)
        self.assertTrue(all("$enc" in r["actor"]["id"] for r in sealed))
        read = self.orders("--keys", self.keys)
        self.assertEqual([r["actor"]["id"].split("@")[0] for r in read],
                         ["ann", "ann", "bob", "ann"])
        self.assertEqual(read[0]["reason"], "she called")
        self.assertEqual([r["src"]["ip"] for r in read[1:]],
                         ["192.0.2.0", "192.0.2.1", "192.0.2.2"])
        self.assertEqual(read[3]["details"], {"email": "ann@example.com", "n": 2})

    def test_a_subject_is_found_and_the_search_does_not_name_it(self):
        for index in ((), ("--index", self.path("index"))):
            found = self.search("--by-subject", "ann@example.com", "--keys", self.keys, *index)
            self.assertEqual([r["seq"] for r in found], [7, 8, 10])
            self.assertEqual({r["actor"]["id"] for r in found}, {"ann@example.com"})
        [own, _] = self.search("--action", "log.searched", "--unrecorded")
        self.assertRegex(own["details"]["actor"], "^enc:[0-9a-f]{32}$")
        self.assertIs(own["details"]["decrypted"], True)
        self.assertEqual(self.search("--target-subject", "ann@example.com", "--keys", self.keys), [])
        self.tool(self.dir, "search", "--by-subject", "nobody", "--keys", self.keys, code=2)
        self.tool(self.dir, "search", "--by-subject", "ann@example.com", code=2)
        self.assertEqual(len(os.listdir(self.keys)), 2)  # asking makes none

    def test_after_the_erasure_they_are_gone_everywhere_and_proofs_hold(self):
        record = self.write("record", self.tool(self.dir, "search", "--begin", "8", "--limit", "1",
                                                "--unrecorded"))
        proof = self.write("proof", self.tool(self.dir, "prove", "8"))
        [kid] = {r["actor"]["id"]["$enc"]["kid"] for r in self.orders()[:2]}
        for form in ("jsonl", "ocsf", "syslog"):
            before = self.tool(self.dir, "export", "--cursor", self.path("a" + form), "--format",
                               form, "--keys", self.keys, "--unrecorded")
            self.assertIn(b"ann@example.com", before)
        self.tool(self.dir, "search", "--index", self.path("index"))
        self.tool(self.dir, "erase", "ann@example.com", "--keys", self.keys)
        self.tool(self.dir, "search", "--by-subject", "ann@example.com", "--keys", self.keys, code=2)
        for index in ((), ("--index", self.path("index"))):
            left = self.search("--by", "enc:" + kid, "--keys", self.keys, "--unrecorded", *index)
            self.assertEqual([r["seq"] for r in left], [7, 8, 10])
            self.assertTrue(all("$enc" in r["actor"]["id"] for r in left))
        for form in ("jsonl", "ocsf", "syslog"):
            after = self.tool(self.dir, "export", "--cursor", self.path("b" + form), "--format",
                              form, "--keys", self.keys, "--unrecorded")
            self.assertNotIn(b"ann@example.com", after)
            self.assertNotIn(b"192.0.2.0", after)
            self.assertIn(b"bob@example.com", after)
            self.assertIn(b"192.0.2.1", after)
        self.assertEqual(self.files_with(b"ann@example.com"), [])
        self.tool(self.dir, "check-proof", proof, record, "--root-key", self.key)
        self.verifier(self.dir, "--root-key", self.key)
        self.tool(self.dir, "verify", "--root-key", self.key, "--records")

    def test_what_would_not_be_encrypted_is_not_written(self):
        line = json.dumps({"action": "order.read", "actor": {"type": "user", "id": "dee"},
                           "details": {"email": "dee@example.com", "n": 1}}) + "\n"
        for args in (["--personal", "details.emial"], ["--personal", "src.ip"],
                     ["--personal", "action"], ["--personal", "details."],
                     ["--personal", "details.n"],
                     ["--personal", "actor.id", "--subject", ""],
                     ["--personal", "actor.id", "--subject", "d" * 1025],
                     ["--personal", "actor.id", "--personal", "details.emial"]):
            self.assertEqual(self.append_lines(line, *args, code=2), b"", args)
        self.tool(self.dir, "append", "--action", "x", "--personal", "actor.id", code=2)
        self.tool(self.dir, "append", "--action", "x", "--keys", self.keys, code=2)
        self.tool(self.dir, "append", "--action", "x", "--subject", "dee", code=2)
        self.tool(self.dir, "append", "--action", "x", "--personal", "actor.id", "--keys",
                  self.path("none"), code=2)
        self.assertEqual(self.search("--begin", "11", "--unrecorded"), [])
        # An encrypted actor does not say whom the record is about.
        again = json.dumps(dict(self.orders()[1], reason="again")) + "\n"
        self.append_lines(again, "--personal", "reason", code=2)
        self.append_lines(again, "--personal", "reason", "--subject", "ann@example.com")
        [last] = self.search("--begin", "11", "--keys", self.keys, "--unrecorded")
        self.assertEqual((last["actor"]["id"], last["reason"]), ("ann@example.com", "again"))


if __name__ == "__main__":
    TOOL, VERIFIER = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
