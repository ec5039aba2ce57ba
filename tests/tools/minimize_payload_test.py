#!/usr/bin/env python3
"""Runs the minimize_payload tool against a reference written here on Python's json and hmac.

usage: minimize_payload_test.py TOOL [DIRECTORY OF PAYLOADS]
"""
import hashlib
import hmac
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

TOOL = ""
PAYLOADS = None
SEED = 4242


class Number(str):
    """A number as it was written."""


def parse(text):
    return json.loads(text, parse_int=Number, parse_float=Number)


def write(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=False) + ":" + write(v)
                              for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def tokens(pointer):
    return [t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:]]


def pseudonym(key, value):
    kind, text = ("n", str(value)) if isinstance(value, Number) else \
        ("b", json.dumps(value)) if isinstance(value, bool) else ("s", value)
    message = b"coefficient/payload/hmac/1\0" + kind.encode() + b"\0" + text.encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()


NOTHING = object()


def filtered(value, rules, key, root=True):
    """rules: (tokens left, rule) of those that lead here."""
    if not isinstance(value, (dict, list)):
        for left, rule in rules:
            if not left:
                if rule.get("transform") == "hmac" and value is not None:
                    return pseudonym(key, value)
                if rule.get("transform") == "truncate" and type(value) is str:
                    return value[:rule["max"]]
                return value
        return None if root else NOTHING
    is_list = isinstance(value, list)
    kept = []
    for name, item in enumerate(value) if is_list else value.items():
        inner = [(left[1:], rule) for left, rule in rules
                 if left and (left[0] == str(name) or (is_list and left[0] == "*"))]
        out = filtered(item, inner, key, False)
        if out is not NOTHING:
            kept.append((name, out))
    if not kept and not root:
        return NOTHING
    return [out for _, out in kept] if is_list else dict(kept)


def reference(text, policy, key=b""):
    rules = [(tokens(rule["pointer"]), rule) for rule in policy["rules"]]
    return write(filtered(parse(text), rules, key))


class MinimizePayload(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.dir.cleanup()

    def file(self, name, content):
        path = os.path.join(self.dir.name, name)
        with open(path, "wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)
        return path

    def run_tool(self, *args, text=""):
        done = subprocess.run([TOOL, *args], input=text.encode(), capture_output=True, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def built_in(self, name):
        code, out, err = self.run_tool("--show-policy", name)
        self.assertEqual((code, err), (0, ""))
        return json.loads(out)

    def test_lists_and_shows(self):
        code, out, err = self.run_tool("--list-policies")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.split(), ["github-pull-request", "github-pull-request-text",
                                       "github-review", "paystack", "slack"])
        for name in out.split():
            policy = self.built_in(name)
            self.assertEqual(policy["id"], name + "@1")
            self.assertEqual([r["pointer"] for r in policy["rules"]],
                             sorted(r["pointer"] for r in policy["rules"]))

    def test_numbers_stay_as_written(self):
        policy = self.file("p", '{"id":"n","rules":[{"pointer":"/*"}]}')
        text = "[ 1e400 , 1.10,-0,123456789012345678901234567890, 1E+05 ]"
        self.assertEqual(self.run_tool("--policy", policy, text=text),
                         (0, "[1e400,1.10,-0,123456789012345678901234567890,1E+05]\n", ""))

    def test_slack_and_paystack(self):
        click = {"type": "block_actions", "token": "SECRET", "trigger_id": "SECRET",
                 "response_url": "https://SECRET", "team": {"id": "T1", "domain": "SECRET"},
                 "enterprise": None, "channel": {"id": "C1", "name": "SECRET"},
                 "user": {"id": "U1", "username": "SECRET", "name": "SECRET", "team_id": "SECRET"},
                 "message": {"ts": "1.2", "text": "SECRET", "user": "SECRET"},
                 "actions": [{"action_id": "ok", "value": "v", "action_ts": "1.3", "block_id": "SECRET",
                              "text": {"type": "plain_text", "text": "SECRET"}}]}
        code, out, _ = self.run_tool("--policy", "slack", text=json.dumps(click))
        self.assertEqual((code, json.loads(out)), (0, {
            "type": "block_actions", "team": {"id": "T1"}, "channel": {"id": "C1"}, "user": {"id": "U1"},
            "message": {"ts": "1.2"}, "actions": [{"action_id": "ok", "value": "v", "action_ts": "1.3"}]}))
        event = {"token": "SECRET", "team_id": "T1", "enterprise_id": "E1", "type": "event_callback",
                 "event": {"type": "message", "user": "U1", "channel": "C1", "ts": "1.4",
                           "text": "SECRET", "event_ts": "1.4", "blocks": [{"x": "SECRET"}]},
                 "event_id": "Ev1", "event_time": 7, "authorizations": [{"user_id": "SECRET"}]}
        code, out, _ = self.run_tool("--policy", "slack", text=json.dumps(event))
        self.assertEqual((code, json.loads(out)), (0, {
            "team_id": "T1", "enterprise_id": "E1", "type": "event_callback",
            "event": {"type": "message", "user": "U1", "channel": "C1", "ts": "1.4", "event_ts": "1.4"},
            "event_id": "Ev1", "event_time": 7}))
        # In team_join the user is an object with the person's profile: nothing of it leaves.
        joined = {"type": "event_callback", "event": {"type": "team_join", "user": {
            "id": "U1", "profile": {"email": "SECRET"}, "real_name": "SECRET"}}}
        code, out, _ = self.run_tool("--policy", "slack", text=json.dumps(joined))
        self.assertEqual((code, json.loads(out)),
                         (0, {"type": "event_callback", "event": {"type": "team_join"}}))
        charge = {"event": "charge.success", "data": {
            "id": 1, "reference": "r", "amount": 5000, "currency": "NGN", "status": "success",
            "paid_at": "2024-01-01T00:00:00.000Z", "ip_address": "SECRET", "metadata": {"x": "SECRET"},
            "customer": {"id": 2, "customer_code": "CUS_1", "email": "SECRET", "first_name": "SECRET",
                         "last_name": "SECRET", "phone": "SECRET"},
            "authorization": {"authorization_code": "SECRET", "last4": "SECRET", "bin": "SECRET"},
            "plan": {"id": 3, "plan_code": "PLN_1", "name": "SECRET"}, "log": {"history": ["SECRET"]}}}
        code, out, _ = self.run_tool("--policy", "paystack", text=json.dumps(charge))
        self.assertEqual((code, json.loads(out)), (0, {"event": "charge.success", "data": {
            "id": 1, "reference": "r", "amount": 5000, "currency": "NGN", "status": "success",
            "paid_at": "2024-01-01T00:00:00.000Z", "customer": {"id": 2, "customer_code": "CUS_1"},
            "plan": {"id": 3, "plan_code": "PLN_1"}}}))

    def test_random_documents_equal_the_reference(self):
        rng = random.Random(SEED)
        names = ["a", "b", "c", "*", "0", "x/y", "~"]

        def value(depth):
            kind = rng.randrange(8 if depth else 5)
            if kind > 4:
                items = [value(depth - 1) for _ in range(rng.randrange(4))]
                return items if kind > 5 else dict(zip(rng.sample(names, len(items)), items))
            return [None, rng.random() < 0.5, Number(rng.choice(["1.10", "1e400", "-0", "77777777777777777777"])),
                    rng.choice(["octo", "\u00e9\U0001f600x", "\"\\\n"]), "b"][kind]

        key = b"0123456789abcdef"
        key_file = self.file("key", key + b"\n")
        rules = [{"pointer": "/a"}, {"pointer": "/b/*"}, {"pointer": "/c/*/a", "transform": "hmac"},
                 {"pointer": "/c/*/b", "transform": "truncate", "max": 1},
                 {"pointer": "/*/a/0"}, {"pointer": "/*/b", "transform": "hmac"}, {"pointer": "/x~1y/~0"}]
        policy = self.file("policy", json.dumps({"id": "r", "rules": rules}))
        kept = 0
        for _ in range(150):
            items = [value(3) for _ in range(5)]
            text = write(items if rng.random() < 0.3 else dict(zip(rng.sample(names, 5), items)))
            code, out, err = self.run_tool("--policy", policy, "--hmac-key-file", key_file, text=text)
            self.assertEqual((code, err), (0, ""), f"seed {SEED}: {text}")
            want = reference(text, {"rules": rules}, key)
            self.assertEqual(out, want + "\n", f"seed {SEED}: {text}")
            kept += len(want) > 4
        self.assertGreater(kept, 20)

    def test_real_payloads_equal_the_reference(self):
        if PAYLOADS is None:
            self.skipTest("no directory of payloads was given")
        files = sorted(PAYLOADS.glob("*.json"))
        self.assertGreater(len(files), 20)
        for name in ("github-pull-request", "github-pull-request-text", "github-review"):
            policy = self.built_in(name)
            for file in files:
                text = file.read_text(encoding="utf-8")
                code, out, err = self.run_tool("--policy", name, text=text)
                self.assertEqual((code, err), (0, ""), file.name)
                self.assertEqual(parse(out), parse(reference(text, policy)), file.name)

    def test_report(self):
        policy = self.file("p", '{"id":"n@1","rules":[{"pointer":"/a"},{"pointer":"/b"}]}')
        code, out, err = self.run_tool("--policy", policy, "--report", text='{"a":1,"b":{"c":2},"d":[3,null]}')
        self.assertEqual((code, out), (0, '{"a":1}\n'))
        canonical = b'{"id":"n@1","rules":[{"pointer":"/a"},{"pointer":"/b"}]}'
        self.assertEqual(json.loads(err), {
            "policy": "n@1", "policy_sha256": hashlib.sha256(canonical).hexdigest(), "input_bytes": 32,
            "output_bytes": 7, "input_leaves": 4, "kept_leaves": 1, "dropped_leaves": 3,
            "containers_at_rules": 1, "hmacs": 0, "truncated": 0,
            "rules": [{"pointer": "/a", "kept": 1}, {"pointer": "/b", "kept": 0}]})

    def test_refused(self):
        for text in ("", "{", '{"a":1,"a":2}', '{"x":"\\ud800"}', "[" * 100_000, "{} {}"):
            code, out, err = self.run_tool("--policy", "slack", "--report", text=text)
            self.assertEqual((code, out), (1, ""), text[:20])
            self.assertTrue(err.startswith("minimize_payload: payload: "), err)
            self.assertEqual(err.count("\n"), 1)

    def test_usage(self):
        key_policy = self.file("k", '{"id":"k","rules":[{"pointer":"/a","transform":"hmac"}]}')
        bad_policy = self.file("b", '{"id":"k","rules":[{"pointer":"a"}]}')
        short_key = self.file("short", "fifteen bytes..\n")
        for args, says in (
                ([], "required"),
                (["--policy", "slack", "--list-policies"], "xactly 1"),
                (["--policy", "nonsense"], "github-review, paystack, slack; cannot read nonsense"),
                (["--show-policy", "nonsense"], "cannot read nonsense"),
                (["--policy", bad_policy], 'rules[0] "a" is not a JSON Pointer'),
                (["--policy", key_policy], "--hmac-key-file"),
                (["--policy", key_policy, "--hmac-key-file", short_key], "shorter than 16 bytes"),
                (["--policy", key_policy, "--hmac-key-file", "/nowhere"], "cannot read /nowhere"),
                (["--policy", self.dir.name], "cannot read"),
                (["--nonsense"], "")):
            code, out, err = self.run_tool(*args, text='{"a":1}')
            self.assertEqual((code, out), (2, ""), args)
            self.assertIn(says, err)
        code, out, _ = self.run_tool("--help")
        self.assertEqual(code, 0)
        self.assertIn("--hmac-key-file", out)


if __name__ == "__main__":
    TOOL = sys.argv[1]
    if len(sys.argv) > 2 and pathlib.Path(sys.argv[2]).is_dir():
        PAYLOADS = pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
