#!/usr/bin/env python3
"""Runs the jwt tool against tokens that Python's hmac, and keys that the openssl program, make.

usage: jwt_test.py TOOL
"""
import base64
import hashlib
import hmac
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

TOOL = ""
NOW = 1700000000
SECRET = b"0123456789abcdef0123456789ABCDEF"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def make(header, payload, secret=SECRET):
    if not isinstance(header, bytes):
        header = json.dumps(header).encode()
    if not isinstance(payload, bytes):
        payload = json.dumps(payload).encode()
    text = b64(header) + b"." + b64(payload)
    return text + b"." + b64(hmac.new(secret, text, hashlib.sha256).digest())


class Jwt(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.dir.cleanup()

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def file(self, name, content):
        with open(self.path(name), "wb") as out:
            out.write(content)
        return self.path(name)

    @staticmethod
    def read(path):
        with open(path, "rb") as content:
            return content.read()

    def run_tool(self, *args, stdin=b""):
        done = subprocess.run([TOOL, *args], input=stdin, capture_output=True, check=False)
        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def verify(self, token, *args):
        args = args or ("--secret-file", self.file("s", SECRET), "--alg", "HS256")
        code, out, _ = self.run_tool("verify", *args, "--now", str(NOW), stdin=token)
        self.assertEqual(out.count("\n"), 1, out)
        line = json.loads(out)
        self.assertEqual(line["valid"], code == 0)
        return line.get("reason", "ok") if not line["valid"] else line["claims"]

    def test_hmac(self):
        claims = {"exp": NOW + 60, "sub": "a b", "n": {"x": [1, 2]}}
        token = make({"alg": "HS256", "typ": "JWT"}, claims)
        self.assertEqual(self.verify(token), claims)
        self.assertEqual(self.verify(token + b"\n"), claims)
        for bad in (token + b" ", token + b"\0", token + b"\n\n", token + b".", b" " + token,
                    token[:-1], token + b"A", b"", b".", b"..", b"\n"):
            self.assertIsInstance(self.verify(bad), str, bad)
        self.assertEqual(self.verify(make({"alg": "HS256"}, {"exp": NOW - 31})), "expired")
        self.assertEqual(self.verify(make({"alg": "none"}, claims)), "wrong_algorithm")
        self.assertEqual(self.verify(make({"alg": "HS256"}, claims, b"x" * 32)), "bad_signature")
        self.assertEqual(self.verify(make({"alg": "HS256"}, {"exp": str(NOW + 60)})),
                         "malformed_claims")
        self.assertEqual(self.verify(b"A" * 10_000_000), "token_too_large")
        self.assertEqual(self.verify(b"." * 1_000_000), "token_too_large")

    def test_policy(self):
        secret = ("--secret-file", self.file("s", SECRET + b"\n"), "--alg", "HS256")
        claims = {"exp": NOW + 60, "iat": NOW - 100, "iss": "i", "aud": ["a", "b"], "jti": "1"}
        token = make({"alg": "HS256", "typ": "at+jwt"}, claims)
        good = (*secret, "--iss", "i", "--aud", "x", "--aud", "b", "--typ", "at+jwt",
                "--require", "jti", "--max-age", "100", "--leeway", "0")
        self.assertEqual(self.verify(token, *good), claims)
        self.assertEqual(self.verify(token, *good, "--require", "sub"), "missing_claim")
        self.assertEqual(self.verify(token, *secret, "--aud", "a"), "wrong_type")
        typed = (*secret, "--typ", "at+jwt")
        self.assertEqual(self.verify(token, *typed), "wrong_audience")
        self.assertEqual(self.verify(token, *typed, "--aud", "A"), "wrong_audience")
        self.assertEqual(self.verify(token, *typed, "--aud", "a", "--iss", "j"), "wrong_issuer")
        self.assertEqual(self.verify(token, *typed, "--aud", "a", "--max-age", "69"), "too_old")

    def test_keygen_sign_verify(self):
        for alg in ("HS512", "RS256", "PS384", "ES256", "ES512", "EdDSA"):
            key, public = self.path(alg), self.path(alg + ".pub")
            code, out, _ = self.run_tool("keygen", "--alg", alg, "--bits", "2048", "--out", key)
            self.assertEqual(code, 0)
            self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
            self.assertNotIn('"d"', out)
            self.assertNotIn('"k"', out)
            self.file(alg + ".pub", out.encode() or self.read(key))
            self.assertEqual(self.run_tool("keygen", "--alg", alg, "--out", key)[0], 2)  # is there
            code, token, _ = self.run_tool("sign", "--key", key, "--expires-in", "60", "--now",
                                           str(NOW), stdin=b'{"sub":"s"}')
            self.assertEqual(code, 0)
            want = {"sub": "s", "iat": NOW, "exp": NOW + 60}
            self.assertEqual(self.verify(token.encode(), "--key", public), want)
            self.assertEqual(self.verify(token.encode(), "--key", public, "--alg", alg), want)
            jwks = self.file("jwks", b'{"keys":[%s]}' % self.read(public))
            self.assertEqual(self.verify(token.encode(), "--key", jwks), want)
            other = "HS256" if alg != "HS256" else "HS384"
            self.assertEqual(self.verify(token.encode(), "--key", jwks, "--alg", other),
                             "configuration")
            print_of = [self.run_tool("thumbprint", "--key", k)[1] for k in (key, public)]
            self.assertEqual(len(print_of[0]), 44)
            self.assertEqual(print_of[0], print_of[1])
        code, out, _ = self.run_tool("keygen", "--alg", "EdDSA", "--kid", "k")
        self.assertEqual(json.loads(out)["kid"], "k")

    @unittest.skipUnless(shutil.which("openssl"), "no openssl program")
    def test_pem_of_openssl(self):
        kinds = {"RS256": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "EdDSA": ["ED25519"],
                 "ES384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"]}
        for alg, options in kinds.items():
            private, public = self.path(alg + ".pem"), self.path(alg + ".pub.pem")
            subprocess.run(["openssl", "genpkey", "-algorithm", *options, "-out", private],
                           check=True, capture_output=True)
            subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public],
                           check=True, capture_output=True)
            code, token, err = self.run_tool("sign", "--key", private, "--alg", alg,
                                             stdin=b'{"exp":%d}' % (NOW + 9))
            self.assertEqual(code, 0, err)
            self.assertEqual(self.verify(token.encode(), "--key", public, "--alg", alg),
                             {"exp": NOW + 9})
            self.assertEqual(self.run_tool("thumbprint", "--key", public)[1],
                             self.run_tool("thumbprint", "--key", private, "--alg", alg)[1])
            # The public key as an HMAC secret, by an attacker and by mistake.
            pem = self.read(public)
            forged = make({"alg": "HS256"}, {"exp": NOW + 9}, pem)
            self.assertEqual(self.verify(forged, "--key", public, "--alg", alg),
                             "wrong_algorithm")
            self.assertEqual(self.verify(forged, "--secret-file", public, "--alg", "HS256"),
                             "configuration")

    def test_inspect(self):
        code, out, err = self.run_tool("inspect", stdin=make({"alg": "none"}, {"a": "\u009b"}))
        self.assertEqual(code, 0)
        self.assertIn("NOTHING WAS VERIFIED", err)
        shown = json.loads(out)
        self.assertFalse(shown["verified"])
        self.assertIn("NOTHING WAS VERIFIED", shown["warning"])
        self.assertEqual((shown["header"], shown["claims"]), ({"alg": "none"}, {"a": "\u009b"}))
        self.assertTrue(out.isascii())
        for token in (make(b"[" * 20000, b"{}"), make(b"\xff", b"{"), b"a.b.c", b"", b".." * 9,
                      b"A" * 100000, make(b"1e999", b"1")):
            self.run_tool("inspect", stdin=token)

    def test_sign_refusals(self):
        secret = ("--secret-file", self.file("s", SECRET), "--alg", "HS256")
        for claims in (b"", b"[]", b'{"sub":"s"}', b'{"exp":"1"}', b'{"exp":1,"exp":1}',
                       b"{" * 100000, b'{"exp":1} x', b"\xff"):
            code, out, err = self.run_tool("sign", *secret, stdin=claims)
            self.assertEqual((code, out), (1, ""), claims[:20])
            self.assertNotEqual(err, "")
        self.assertEqual(self.run_tool("sign", *secret, "--no-exp", stdin=b"{}")[0], 0)

    def test_usage(self):
        secret = self.file("s", SECRET)
        for args in ([], ["verify"], ["verify", "--alg", "HS256"], ["nope"], ["keygen"],
                     ["verify", "--key", secret, "--secret-file", secret, "--alg", "HS256"],
                     ["verify", "--secret-file", secret], ["keygen", "--alg", "none"],
                     ["verify", "--secret-file", secret, "--alg", "none"],
                     ["verify", "--secret-file", secret, "--alg", "RS256"],
                     ["verify", "--secret-file", "/nonexistent", "--alg", "HS256"],
                     ["verify", "--secret-file", self.file("e", b""), "--alg", "HS256"],
                     ["verify", "--key", self.file("k", b"{"), "--alg", "HS256"],
                     ["verify", "--key", self.file("k", b"\xff" * 99), "--alg", "HS256"],
                     ["verify", "--key", self.dir.name, "--alg", "HS256"],
                     ["verify", "--secret-file", secret, "--alg", "HS256", "--now", "soon"],
                     ["verify", "--secret-file", secret, "--alg", "HS256", "--leeway", "-1"],
                     ["sign", "--key", self.file("k", b"{}")], ["thumbprint"],
                     ["inspect", "--what"]):
            code, _, err = self.run_tool(*args)
            self.assertEqual(code, 2, args)
            self.assertNotEqual(err, "", args)
            self.assertNotIn(SECRET.decode(), err)
        self.assertEqual(self.run_tool("--help")[0], 0)
        self.assertEqual(self.run_tool("verify", "--help")[0], 0)

    def test_damaged_tokens(self):
        chance = random.Random(20240501)
        good = make({"alg": "HS256"}, {"exp": NOW + 60})
        for _ in range(150):
            token = bytearray(good)
            for _ in range(chance.randrange(1, 4)):
                token[chance.randrange(len(token))] = chance.randrange(256)
            if bytes(token) != good:
                self.assertIsInstance(self.verify(bytes(token)), str, bytes(token))


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main(verbosity=2)
