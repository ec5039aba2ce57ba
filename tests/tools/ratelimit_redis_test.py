#!/usr/bin/env python3
"""Sends the same scripts through `ratelimit simulate` in process and in a Redis server of its own,
and compares what they decide, line by line.

usage: ratelimit_redis_test.py TOOL
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = ""
MICROSECOND = 1000
SECOND = 10**9


class RedisServer:
    """A redis-server on a Unix socket, stopped by its process id."""

    def __init__(self, directory):
        self.address = f"unix:{directory}/socket"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", f"{directory}/socket", "--dir", directory,
             "--save", "", "--appendonly", "no"], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "eady to accept connections" in line:
                return
        raise RuntimeError("redis-server did not start")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def simulate(script, policies, *more):
    arguments = [TOOL, "simulate", *more]
    for policy in policies:
        arguments += ["--policy", policy]
    return subprocess.run(arguments, input=script, capture_output=True, text=True, timeout=120)


def random_script(rng, lines, interval, most):
    """Times are whole microseconds, as Redis counts them, and do not go back."""
    now, out = 1_700_000_000 * SECOND, []
    for _ in range(lines):
        now += rng.randrange(0, 2 * interval // MICROSECOND) * MICROSECOND
        action = rng.choice([str(rng.randint(0, most))] * 6 + ["peek", f"refund={rng.randint(0, most)}"])
        out.append(f"{now} k{rng.randrange(3)} {action}")
    return "\n".join(out) + "\n"


class Differential(unittest.TestCase):
    def setUp(self):
        if shutil.which("redis-server") is None:
            self.skipTest("redis-server (Debian package redis-server) is not installed")
        self.temp = tempfile.TemporaryDirectory()
        self.addCleanup(self.temp.cleanup)

    def compare(self, script, policies):
        server = RedisServer(self.temp.name)
        try:
            there = simulate(script, policies, "--redis", server.address)
        finally:
            server.stop()
        here = simulate(script, policies)
        self.assertEqual((here.returncode, here.stderr), (0, ""))
        self.assertEqual((there.returncode, there.stderr), (0, ""))
        self.assertEqual(len(here.stdout.splitlines()), len(script.splitlines()))
        for number, (a, b) in enumerate(zip(here.stdout.splitlines(), there.stdout.splitlines())):
            self.assertEqual(a, b, f"line {number + 1}: {script.splitlines()[number]}")

    def test_one_policy(self):
        rng = random.Random(20261125)
        for policy, interval, most in [("name=p;limit=10;period=1s;burst=5", SECOND // 10, 6),
                                       ("name=p;limit=1000;period=1s;burst=1", SECOND // 1000, 2),
                                       ("name=p;limit=24;period=24h;burst=100", 3600 * SECOND, 60)]:
            self.compare(random_script(rng, 400, interval, most), [policy])

    def test_two_tiers(self):
        rng = random.Random(7)
        self.compare(random_script(rng, 600, SECOND // 10, 4),
                     ["name=burst;limit=10;period=1s;burst=5", "name=hourly;limit=3600;period=1h;burst=9"])

    def test_clock_that_goes_back(self):
        base = 1_700_000_000 * SECOND
        script = "".join(f"{base + at * 10**6} k 1\n" for at in [0, 0, 0, 0, 0, 0, -1, 1000, 900, 1000, 1100])
        self.compare(script, ["name=p;limit=10;period=1s;burst=5"])


    def test_prefixes_and_relative_paths_and_times(self):
        server = RedisServer(self.temp.name)
        try:
            policy = ["name=p;limit=10;period=1s;burst=5"]
            for prefix in ["a:", "b:"]:
                got = simulate("0 k 5\n", policy, "--redis", server.address, "--redis-prefix", prefix)
                self.assertIn('"allowed":true', got.stdout, got.stderr)
            here = os.getcwd()
            os.chdir(self.temp.name)
            try:
                got = simulate("0 k 1\n", policy, "--redis", "unix:socket", "--redis-prefix", "a:")
            finally:
                os.chdir(here)
            self.assertIn('"allowed":false', got.stdout, got.stderr)
            got = simulate("0 k 1\n9000000000000000000 k 1\n", policy, "--redis", server.address)
            self.assertEqual(got.returncode, 2)
            self.assertIn("line 2: ", got.stderr)
            self.assertIn("2184", got.stderr)
        finally:
            server.stop()


class Refusals(unittest.TestCase):
    def test_what_is_not_there(self):
        policy = ["name=p;limit=10;period=1s;burst=5"]
        for server, message in [("unix:/nonexistent/socket", "cannot be reached"),
                                ("127.0.0.1:1", "cannot be reached"),
                                ("127.0.0.1", "unix:PATH"),
                                ("unix:relative", "cannot be reached"),
                                ("", "unix:PATH")]:
            got = simulate("0 k 1\n", policy, "--redis", server)
            self.assertEqual(got.returncode, 2, server)
            self.assertIn(message, got.stderr)
        got = simulate("0 k 1\n", policy, "--redis", "unix:" + "/x" * 40, "--redis-prefix", "p" * 65)
        self.assertEqual(got.returncode, 2)
        self.assertIn("prefix", got.stderr)
        got = simulate("0 k 1\n", ["name=p;limit=10;period=1s;algorithm=sliding"], "--redis", "127.0.0.1:1")
        self.assertEqual(got.returncode, 2)
        self.assertIn("gcra", got.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    TOOL = sys.argv.pop()
    unittest.main()
