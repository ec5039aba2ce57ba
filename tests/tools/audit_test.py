#!/usr/bin/env python3
"""Drives the audit tool: init, append, tail, verify, prune; damage and hostile texts. What it wrote
is then judged by the functions of an independent program, verify_vectors.py, where that is there.

usage: audit_test.py TOOL [VERIFY_VECTORS]
"""
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

TOOL = ""
VECTORS = ""
ORIGIN = "example.com/audit-tool"


class Tool(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.dir = os.path.join(self.temp.name, "log")
        os.mkdir(self.dir)

    def tearDown(self):
        self.temp.cleanup()

    def path(self, name):
        return os.path.join(self.temp.name, name)

    def run_tool(self, *args, body=b"", code=0):
        done = subprocess.run([TOOL, *args], input=body, capture_output=True, check=False,
                              timeout=120)
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return done

    def init(self):
        return self.run_tool(self.dir, "init", ORIGIN).stdout.decode().strip()

    def append(self, *args, code=0):
        return self.run_tool(self.dir, "append", "--action", "secret.read", *args, code=code)

    def verify(self, *args, code=0):
        return json.loads(self.run_tool(self.dir, "verify", "--json", *args, code=code).stdout)

    def segment(self):
        return os.path.join(self.dir, sorted(n for n in os.listdir(self.dir) if ".seg" in n)[0])

    def test_from_init_to_verify(self):
        key = self.init()
        self.assertTrue(key.startswith(ORIGIN + "+"))
        self.assertEqual(self.append("--actor", "ann", "--target", "secret", "x").stdout, b"1\n")
        self.assertEqual(self.append("--outcome", "denied").stdout, b"2\n")
        report = self.verify("--root-key", key, "--records")
        self.assertTrue(report["intact"])
        self.assertEqual(report["records"], 3)
        self.assertEqual(report["confirmed"], 3)
        text = self.run_tool(self.dir, "verify").stdout.decode()
        self.assertIn("intact: " + ORIGIN, text)
        self.assertIn("What is not excluded:", text)
        lines = self.run_tool(self.dir, "tail", "-n", "2").stdout
        self.assertEqual(len(lines.splitlines()), 2)
        self.assertIn(b"user:ann secret.read secret:x success", lines)

    def test_lines_cannot_be_forged_by_texts(self):
        self.init()
        self.append("--actor", "a\n9 2026 user:root login \x1b[2J\u2028", "--reason", "x\x7f\r\n")
        for args in ([], ["--json"]):
            out = self.run_tool(self.dir, "tail", "-n", "1", *args).stdout
            self.assertEqual(out.count(b"\n"), 1)
            self.assertNotIn(b"\x1b", out)

    def test_the_key_is_changed_when_it_is_due(self):
        self.init()

        def keys():
            with open(os.path.join(self.dir, "keys"), "rb") as file:
                return file.read()

        self.append()
        self.assertEqual(keys(), b"")
        before = time.time() - 25 * 3600
        os.utime(os.path.join(self.dir, "key"), (before, before))
        self.append()
        self.assertNotEqual(keys(), b"")
        changed = keys()
        self.append()
        self.assertEqual(keys(), changed)
        self.assertEqual(self.verify()["damages"], [])

    def test_an_open_intent_shows_as_unknown(self):
        self.init()
        self.append("--outcome", "intent", "--id", "i1")
        out = self.run_tool(self.dir, "tail", "-n", "1").stdout
        self.assertTrue(out.endswith(b" unknown\n"), out)
        self.append("--intent", "i1")  # the log was opened, and says so on its own account first
        records = [json.loads(line) for line in
                   self.run_tool(self.dir, "tail", "-n", "2", "--json").stdout.splitlines()]
        self.assertEqual([(r["outcome"], r["intent"]) for r in records],
                         [("unknown", "i1"), ("success", "i1")])

    def test_records_can_be_taken_over(self):
        self.init()
        self.append("--actor", "ann")
        self.append("--actor", "bob")
        lines = self.run_tool(self.dir, "tail", "-n", "3", "--json").stdout
        own, rest = lines.split(b"\n", 1)
        self.assertEqual(self.run_tool(self.dir, "append", "--in", "-", body=rest).stdout,
                         b"3\n4\n")
        # What a log says of itself, no other can say.
        self.assertIn(b"log.created", own)
        refused = self.run_tool(self.dir, "append", "--in", "-", body=rest + own + b"\n", code=2)
        self.assertEqual((refused.stdout, refused.stderr),
                         (b"", b"audit: line 3: only a log itself says this\n"))
        self.run_tool(self.dir, "append", "--in", "-", body=b"{\"a\":1}\n", code=2)

    def test_records_as_a_person_writes_them(self):
        self.init()
        line = b'{"target": {"type": "secret", "id": "x"}, "action": "secret.read",' \
               b' "actor": {"type": "user", "id": "bob"}}\n'
        self.assertEqual(self.run_tool(self.dir, "append", body=line).stdout, b"1\n")
        record = json.loads(self.run_tool(self.dir, "tail", "-n", "1", "--json").stdout)
        self.assertEqual((record["actor"]["id"], record["outcome"]), ("bob", "success"))
        self.assertRegex(record["time"], "^20[0-9]{2}-")
        self.assertGreater(len(record["id"]), 20)
        for bad in (line.replace(b"action", b"deed"), line.replace(b'"bob"', b"1.5"), b"[]\n",
                    line.replace(b'"action"', b'"action": "a", "action"'), b"\xff\n",
                    line.replace(b'"user"', b'"user", "type": "user"'), b"[" * 60000 + b"\n",
                    b'{"a":' * 10000 + b"1" + b"}" * 10000 + b"\n"):
            self.run_tool(self.dir, "append", body=bad, code=2)
        self.assertTrue(self.verify("--records")["intact"])

    def test_damage_is_found_and_nothing_is_written(self):
        self.init()
        for i in range(5):
            self.append("--actor", f"user{i}")
        with open(self.segment(), "r+b") as file:
            data = file.read()
            at = data.index(b"user2")
            file.seek(at)
            file.write(b"userX")
        report = self.verify(code=1)
        self.assertFalse(report["intact"])
        self.assertEqual(report["damages"][0]["kind"], "corrupt")
        self.assertEqual(report["damages"][0]["first_index"], 3)
        self.append(code=1)

    def test_a_cut_tail_shows_by_an_outside_checkpoint(self):
        self.init()
        self.append()
        with open(os.path.join(self.dir, "checkpoints"), "rb") as file:
            early = file.read()
        with open(self.segment(), "rb") as file:
            segment = file.read()
        self.append()
        with open(self.path("outside"), "wb") as file:
            file.write(self.run_tool(self.dir, "checkpoint").stdout)
        self.assertTrue(self.verify("--expect", self.path("outside"))["intact"])
        with open(os.path.join(self.dir, "checkpoints"), "wb") as file:
            file.write(early)
        with open(self.segment(), "wb") as file:
            file.write(segment)
        self.assertTrue(self.verify()["intact"], "the control: nothing else shows it")
        report = self.verify("--expect", self.path("outside"), code=1)
        self.assertEqual(report["damages"][0]["kind"], "truncated")
        self.assertEqual(report["damages"][0]["first_index"], 2)

    def test_holds_and_pruning(self):
        self.init()
        self.append()
        self.run_tool(self.dir, "prune", "--hold", "case.7", "--reason", "a court asks")
        self.run_tool(self.dir, "prune", "--before", "2999-01-01T00:00:00.000000Z", code=1)
        self.run_tool(self.dir, "prune", "--release", "case.7")
        out = self.run_tool(self.dir, "prune", "--before", "2999-01-01T00:00:00.000000Z").stdout
        self.assertIn(b"0 records", out, "the segment in use stays")
        self.run_tool(self.dir, "rotate")
        self.append()
        out = self.run_tool(self.dir, "prune", "--before", "2999-01-01T00:00:00.000000Z").stdout
        self.assertIn(b"4 records in 1 segments removed; the first kept is 4", out)
        self.assertTrue(self.verify()["intact"])
        self.run_tool(self.dir, "prune", "--before", "yesterday", code=2)
        self.run_tool(self.dir, "prune", code=2)

    def test_usage(self):
        self.run_tool(code=2)
        self.run_tool("nothing", code=2)
        self.run_tool(self.path("none"), "verify", code=2)
        self.run_tool(self.dir, "init", "a b", code=2)
        self.init()
        self.run_tool(self.dir, "init", ORIGIN, code=1)
        self.append("--outcome", "maybe", code=2)
        self.append("--actor-type", "Not A Name", code=2)
        self.run_tool(self.dir, "verify", "--root-key", "other", code=1)

    def test_the_independent_program_accepts_it(self):
        """The functions of verify_vectors.py on a log, a checkpoint and a proof of ours."""
        if not os.path.exists(VECTORS):
            self.skipTest("needs audit/verify_vectors.py below COEFFICIENT_VECTORS_DIR")
        key = self.init()
        for i in range(6):
            self.append("--actor", f"user{i}", "--reason", "p\u00e9ch\u00e9 \u20ac\t\"")
        with open(VECTORS, encoding="utf-8") as file:
            lines = file.read().split("\n")
        wanted = []  # definitions only: the program checks its own vectors, and writes files
        keep = False
        for line in lines:
            if line.startswith(("def ", "import ", "from ", "H=", "leaf=")):
                keep = line.startswith("def ")
                wanted.append(line)
            elif keep and line.startswith(" "):
                wanted.append(line)
            else:
                keep = False
        oracle = {}
        exec(compile("\n".join(wanted), VECTORS, "exec"), oracle)  # pylint: disable=exec-used
        with open(self.segment(), "rb") as file:
            data = file.read()
        self.assertEqual(data[:8], b"CFAUDIT1")
        self.assertEqual(int.from_bytes(data[56:60], "little"), oracle["crc32c"](data[:56]))
        payloads, at = [], 64
        while at < len(data) and data[at:at + 4] != bytes(4):
            size = int.from_bytes(data[at:at + 4], "little")
            payload = data[at + 8:at + 8 + size]
            self.assertEqual(int.from_bytes(data[at + 4:at + 8], "little"),
                             oracle["crc32c"](len(payloads).to_bytes(8, "little") + payload))
            self.assertEqual(oracle["jcs"](json.loads(payload)).encode(), payload)
            payloads.append(payload)
            at += 8 + size
        self.assertEqual(len(payloads), 7)
        hashes = [oracle["leaf"](p) for p in payloads]
        note = self.run_tool(self.dir, "checkpoint").stdout.decode()
        self.assertTrue(oracle["verify"](note, key))
        origin, size, root = note.split("\n")[:3]
        self.assertEqual((origin, size), (ORIGIN, "7"))
        self.assertEqual(base64.b64decode(root), oracle["mth"](hashes))
        proof = self.run_tool(self.dir, "prove", "3").stdout.decode()
        head, _, rest = proof.partition("\n\n")
        lines = head.split("\n")
        self.assertEqual(lines[0], "c2sp.org/tlog-proof@v1")
        self.assertEqual(lines[-len(oracle["path"](3, hashes)):],
                         [base64.b64encode(h).decode() for h in oracle["path"](3, hashes)])
        self.assertTrue(oracle["verify"](rest, key))
        self.assertTrue(oracle["vinc"](3, 7, hashes[3], oracle["path"](3, hashes),
                                       base64.b64decode(root)))
        self.assertEqual(hashlib.sha256(b"\0" + payloads[3]).digest(), hashes[3])


if __name__ == "__main__":
    TOOL = sys.argv[1]
    VECTORS = sys.argv[2] if len(sys.argv) > 2 else ""
    unittest.main(argv=[sys.argv[0]], verbosity=1)
