#!/usr/bin/env python3
"""Runs the verify_webhook tool against signatures that Python's hmac makes.

usage: verify_webhook_test.py TOOL
"""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import unittest

TOOL = ""
NOW = "1700000000"


def mac(key, message, digest="sha256"):
    return hmac.new(key, message, digest)


class VerifyWebhook(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.dir.cleanup()

    def file(self, name, content):
        path = os.path.join(self.dir.name, name)
        with open(path, "wb") as out:
            out.write(content)
        return path

    def run_tool(self, *args, body=b""):
        done = subprocess.run([TOOL, *args], input=body, capture_output=True, check=False)
        line = json.loads(done.stdout) if done.stdout.startswith(b"{") else None
        return done.returncode, line, done.stderr.decode()

    def github(self, body, secret=b"It's a Secret to Everybody"):
        return "X-Hub-Signature-256: sha256=" + mac(secret, body).hexdigest()

    def test_verified(self):
        old = self.file("old", b"the secret before this one\n")
        new = self.file("new", b"It's a Secret to Everybody\n")
        body = b'{"zen":"x"}'
        code, line, err = self.run_tool(
            "--scheme", "github", "--secret-file", old, "--secret-file", new,
            "--header", self.github(body), "--header", "X-GitHub-Delivery: 72d3",
            "--header", "X-GitHub-Event: ping", body=body)
        self.assertEqual((code, err), (0, ""))
        want = hashlib.sha256(bytes(8) + body).hexdigest()
        self.assertEqual(line, {"verified": True, "key": "new", "delivery_id": "72d3",
                                "delivery_id_signed": False, "event_type": "ping",
                                "replay_key": want})

    def test_version(self):
        done = subprocess.run([TOOL, "--version"], capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertRegex(done.stdout.decode(), r"\A\d+\.\d+\.\d+\n\Z")

    def test_every_scheme(self):
        raw = b"0123456789abcdef0123456789abcdef"
        secret = b"a secret of some length"
        body = b'{"id":"evt","type":"t","event":"e","data":{"reference":"r"}}'
        linear = b'{"webhookTimestamp":1700000000000}'
        ts = NOW.encode()
        hexed = lambda m, k=secret: mac(k, m).hexdigest()
        b64 = lambda d: base64.b64encode(d).decode()
        cases = {
            "slack": (secret, body, ["X-Slack-Request-Timestamp: " + NOW,
                                     "X-Slack-Signature: v0=" + hexed(b"v0:" + ts + b":" + body)]),
            "paystack": (secret, body, ["x-paystack-signature: "
                                        + mac(secret, body, "sha512").hexdigest()]),
            "stripe": (secret, body, [f"Stripe-Signature: t={NOW},v1="
                                      + hexed(ts + b"." + body)]),
            "standard-webhooks": (b"whsec_" + base64.b64encode(raw), body,
                                  ["webhook-id: m", "webhook-timestamp: " + NOW,
                                   "webhook-signature: v1,"
                                   + b64(mac(raw, b"m." + ts + b"." + body).digest())]),
            "gitlab": (secret, body, ["X-Gitlab-Token: " + secret.decode()]),
            "shopify": (secret, body, ["X-Shopify-Hmac-SHA256: " + b64(mac(secret, body).digest())]),
            "bitbucket": (secret, body, ["X-Hub-Signature: sha256=" + hexed(body)]),
            "linear": (secret, linear, ["Linear-Signature: " + hexed(linear)]),
        }
        for scheme, (key, text, headers) in cases.items():
            with self.subTest(scheme=scheme):
                args = ["--scheme", scheme, "--secret-file", self.file("k", key), "--now", NOW]
                for header in headers:
                    args += ["--header", header]
                code, line, err = self.run_tool(*args, body=text)
                self.assertEqual((code, line and line["verified"], err), (0, True, ""))
                code, line, _ = self.run_tool(*args, body=text + b" ")
                if scheme != "gitlab":
                    self.assertEqual((code, line), (1, {"verified": False,
                                                        "reason": "bad_signature"}))

    def test_reasons(self):
        secret = self.file("k", b"It's a Secret to Everybody")
        base = ["--scheme", "slack", "--secret-file", secret, "--now", NOW]
        good = mac(b"It's a Secret to Everybody", f"v0:{NOW}:x".encode()).hexdigest()
        sign, time = "X-Slack-Signature: ", "X-Slack-Request-Timestamp: "
        cases = [
            ([], "missing_header"),
            ([sign + "v0=" + good, time + NOW, time + NOW], "duplicate_header"),
            ([sign + "v0=zz", time + NOW], "malformed_signature"),
            ([sign + "v0=" + good, time + "12x"], "malformed_timestamp"),
            ([sign + "v0=" + good, time + "1699999699"], "too_old"),
            ([sign + "v0=" + good, time + "1700000301"], "too_new"),
            ([sign + "v0=" + "0" * 64, time + NOW], "bad_signature"),
        ]
        for headers, reason in cases:
            args = list(base)
            for header in headers:
                args += ["--header", header]
            self.assertEqual(self.run_tool(*args, body=b"x")[:2],
                             (1, {"verified": False, "reason": reason}))
        args = base + ["--header", sign + "v0=" + good, "--header", time + NOW]
        self.assertEqual(self.run_tool(*args, body=b"x")[0], 0)
        self.assertEqual(self.run_tool(*args, "--max-body", "0", body=b"x")[:2],
                         (1, {"verified": False, "reason": "body_too_large"}))

    def test_custom_and_rfc9421(self):
        secret = self.file("k", b"It's a Secret to Everybody")
        scheme = self.file("scheme.json", json.dumps({
            "name": "acme", "headers": [{"signature": "X-Sig"}],
            "variants": [{"algorithm": "hmac_sha512"}]}).encode())
        header = "X-Sig: " + mac(b"It's a Secret to Everybody", b"x", "sha512").hexdigest()
        args = ["--scheme", "custom", "--scheme-file", scheme, "--secret-file", secret]
        self.assertEqual(self.run_tool(*args, "--header", header, body=b"x")[0], 0)
        body = b'{"a":1}'
        digest = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
        params = '("@method" "@target-uri" "content-digest");created=1700000000;keyid="k"'
        text = (f'"@method": POST\n"@target-uri": https://h.example/p\n"content-digest": {digest}\n'
                f'"@signature-params": {params}')
        tag = base64.b64encode(mac(b"It's a Secret to Everybody", text.encode()).digest()).decode()
        args = ["--scheme", "rfc9421", "--secret-file", secret, "--now", NOW,
                "--header", "Content-Digest: " + digest, "--header", "Signature-Input: s=" + params,
                "--header", f"Signature: s=:{tag}:"]
        self.assertEqual(self.run_tool(*args, "--url", "https://h.example/p", body=body)[0], 0)
        self.assertEqual(self.run_tool(*args, "--url", "https://h.example/q", body=body)[:2],
                         (1, {"verified": False, "reason": "bad_signature"}))
        self.assertEqual(self.run_tool(*args, body=body)[0], 2)

    def test_usage(self):
        secret = self.file("k", b"It's a Secret to Everybody")
        for args in ([], ["--scheme", "github"], ["--scheme", "nope", "--secret-file", secret],
                     ["--scheme", "github", "--secret-file", "/nonexistent"],
                     ["--scheme", "github", "--secret-file", self.file("e", b"")],
                     ["--scheme", "github", "--secret-file", self.file("n", b"\n")],
                     ["--scheme", "github", "--secret-file", self.file("z", b"a" * 32)],
                     ["--scheme", "github", "--secret-file", secret, "--header", "no colon"],
                     ["--scheme", "github", "--secret-file", secret, "--max-body", "-1"],
                     ["--scheme", "github", "--secret-file", secret, "--now", "soon"],
                     ["--scheme", "custom", "--secret-file", secret],
                     ["--scheme", "standard-webhooks", "--secret-file", secret],
                     ["--scheme", "github", "--secret-file", secret, "--what"]):
            code, line, err = self.run_tool(*args)
            self.assertEqual((code, line), (2, None), args)
            self.assertNotEqual(err, "", args)
            self.assertNotIn("Everybody", err)
        code, _, _ = self.run_tool("--help")
        self.assertEqual(code, 0)


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main(verbosity=2)
