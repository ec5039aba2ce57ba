#!/usr/bin/env python3
"""Drives the rbac tool, and compares its decisions with a reading of the policy in Python.

usage: rbac_test.py TOOL
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

TOOL = ""

POLICY = {
    "id": "tool@1",
    "roles": [
        {"name": "reader", "scope": "tenant", "permissions": ["repo:read"]},
        {"name": "owner", "scope": "tenant", "inherits": ["reader"],
         "permissions": ["repo:*", "access:approve"]},
        {"name": "support", "scope": "global", "permissions": ["access:request"]},
        {"name": "support-access", "scope": "tenant", "permissions": ["log:read"],
         "grant": {"max_seconds": 600, "request": "access:request", "approve": "access:approve"}},
    ],
    "assignments": [{"principal": "svc:ci", "role": "reader", "tenant": "acme"}],
    "claims": [{"issuer": "https://id.example", "prefix": "corp:", "tenant": "/org",
                "roles": [{"claim": "/groups", "value": "owners", "role": "owner"}]}],
}
GRANTS = {"as_of": 1700000000, "grants": [
    {"id": "0123456789abcdef" * 2, "requester": "sam", "role": "support-access", "scope": "tenant",
     "tenant": "acme", "reason": "ticket", "duration_seconds": 600, "state": "active",
     "requested_at": 1700000000, "approved_at": 1700000000, "approver": "olga",
     "expires_at": 1700000600}]}


class Rbac(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.policy = self.file("policy.json", POLICY)

    def tearDown(self):
        self.dir.cleanup()

    def file(self, name, content):
        path = os.path.join(self.dir.name, name)
        text = content if isinstance(content, str) else json.dumps(content)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def run_tool(self, *args):
        done = subprocess.run([TOOL, *args], capture_output=True, check=False, timeout=60)
        line = json.loads(done.stdout) if done.stdout.startswith(b"{") else None
        return done.returncode, line, done.stderr.decode()

    def check(self, *args):
        return self.run_tool("check", self.policy, *args)

    def explain(self, *args):
        code, line, err = self.run_tool("explain", self.policy, *args)
        self.assertEqual(err, "")
        return code, line

    def test_check(self):
        ask = ["--principal", "svc:ci", "--permission", "repo:read"]
        self.assertEqual(self.check(*ask, "--tenant", "acme"), (0, {"allowed": True}, ""))
        self.assertEqual(self.check(*ask, "--tenant", "globex"), (1, {"allowed": False}, ""))
        self.assertEqual(self.check(*ask, "--global"), (1, {"allowed": False}, ""))

    def test_explain(self):
        code, line = self.explain("--principal", "ann", "--role", "owner", "--role", "reader",
                                  "--permission", "repo:delete", "--tenant", "acme")
        self.assertEqual((code, line), (0, {
            "allowed": True, "reason": "role", "principal": "ann", "role": "owner",
            "from": "owner", "pattern": "repo:*",
            "text": "allowed by role 'owner', which has 'repo:*'"}))
        code, line = self.explain("--principal", "ann", "--role", "reader",
                                  "--permission", "repo:delete", "--tenant", "acme")
        self.assertEqual((code, line), (1, {
            "allowed": False, "reason": "not_in_roles", "principal": "ann",
            "considered": ["reader"],
            "text": "denied: none of the roles held in this scope has it: 'reader'"}))
        code, line = self.explain("--principal", "ann", "--permission", "repo:*", "--global")
        self.assertEqual((code, line["reason"]), (1, "not_a_permission"))

    def test_claims(self):
        claims = self.file("claims.json", {"iss": "https://id.example", "sub": "ann",
                                           "org": "acme", "groups": ["owners"]})
        ask = ["--claims", claims, "--permission", "repo:write"]
        code, line = self.explain(*ask, "--tenant", "acme")
        self.assertEqual((code, line["principal"], line["role"]), (0, "corp:ann", "owner"))
        self.assertEqual(self.check(*ask, "--tenant", "globex")[0], 1)
        other = self.file("other.json", {"iss": "https://evil.example", "sub": "ann"})
        code, line, err = self.check("--claims", other, "--permission", "a:b", "--tenant", "acme")
        self.assertEqual((code, line), (2, None))
        self.assertIn("no mapping for this issuer", err)

    def test_grants(self):
        grants = self.file("grants.json", GRANTS)
        ask = ["--principal", "sam", "--permission", "log:read", "--tenant", "acme",
               "--grants", grants]
        code, line = self.explain(*ask, "--now", "1700000599")
        self.assertEqual((code, line["reason"], line["until"]), (0, "grant", 1700000600))
        self.assertEqual(self.check(*ask, "--now", "1700000600")[0], 1)
        self.assertEqual(self.check(*ask, "--now", "1699999999")[0], 1)
        self.assertEqual(self.check(*ask)[0], 1)
        forged = json.loads(json.dumps(GRANTS))
        forged["grants"][0]["approver"] = "sam"
        ask[-1] = self.file("forged.json", forged)
        code, _, err = self.check(*ask)
        self.assertEqual(code, 2)
        self.assertIn("grants[0].approver is the requester", err)
        ask[-1] = self.file("empty.json", "")
        self.assertEqual(self.check(*ask)[0], 2)

    def test_validate(self):
        with open(self.policy, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        self.assertEqual(self.run_tool("validate", self.policy),
                         (0, {"valid": True, "id": "tool@1", "sha256": digest}, ""))
        bad = json.loads(json.dumps(POLICY))
        bad["roles"][0]["inherits"] = ["owner"]
        self.assertEqual(self.run_tool("validate", self.file("bad.json", bad)), (
            1, {"valid": False},
            "rbac: policy: roles[0].inherits is a cycle: reader, owner, reader\n"))

    def test_usage(self):
        full = ["--principal", "a", "--permission", "a:b", "--global"]
        for args in ([], ["check"], ["check", self.policy], ["frobnicate", self.policy],
                     ["check", self.policy, *full, "--tenant", "acme"],
                     ["check", self.policy, *full, "--claims", "x"],
                     ["check", self.policy, *full[:-1]],
                     ["check", self.policy, *full, "--now", "-1"],
                     ["check", self.policy, *full, "--grants", self.dir.name + "/missing"],
                     ["check", self.dir.name + "/missing", *full],
                     ["check", self.dir.name, *full],
                     ["validate", self.dir.name + "/missing"]):
            code, line, err = self.run_tool(*args)
            self.assertEqual((code, line), (2, None), args)
            self.assertNotEqual(err, "", args)
        done = subprocess.run([TOOL, "--help"], capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"validate", done.stdout)

    def test_against_python(self):
        seed = os.environ.get("COEFFICIENT_TEST_SEED", "20240501")
        if seed == "random":
            seed = str(random.getrandbits(32))
        rng = random.Random(seed)
        allowed = 0
        for number in range(120):
            roles = {}
            for i in range(rng.randint(1, 6)):
                roles[f"r{i}"] = {
                    "name": f"r{i}", "scope": "tenant",
                    "inherits": rng.sample(sorted(roles), min(len(roles), rng.randint(0, 2))),
                    "permissions": sorted({f"x{rng.randint(0, 2)}:{rng.choice('ab*')}"
                                           for _ in range(rng.randint(0, 3))})}
            held = {f"t{rng.randint(0, 1)}": rng.choice(sorted(roles)) for _ in range(2)}
            policy = self.file(f"p{number}.json", {
                "id": "p", "roles": list(roles.values()),
                "assignments": [{"principal": "p", "role": role, "tenant": tenant}
                                for tenant, role in held.items()]})

            def permissions(role):
                got = set(roles[role]["permissions"])
                return got.union(*(permissions(parent) for parent in roles[role]["inherits"]))

            tenant, resource, action = f"t{rng.randint(0, 1)}", f"x{rng.randint(0, 2)}", "a"
            have = permissions(held[tenant]) if tenant in held else set()
            want = f"{resource}:{action}" in have or f"{resource}:*" in have
            code, line, err = self.run_tool("check", policy, "--principal", "p", "--permission",
                                            f"{resource}:{action}", "--tenant", tenant)
            self.assertEqual((code, line, err), (0 if want else 1, {"allowed": want}, ""), seed)
            allowed += want
        self.assertGreater(allowed, 20)


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main()
