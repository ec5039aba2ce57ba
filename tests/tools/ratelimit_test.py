#!/usr/bin/env python3
"""Drives the ratelimit tool and compares it with a model in Python's integers.

usage: ratelimit_test.py TOOL [SCRIPTS]   (how many random scripts; default 2000)
"""
import json
import random
import resource
import subprocess
import sys
import unittest

TOOL = ""
SCRIPTS = 2000
STEP = 60 * 10 ** 9  # a clock that goes back by more was set
UNITS = (("h", 3600 * 10 ** 9), ("m", 60 * 10 ** 9), ("s", 10 ** 9), ("ms", 10 ** 6), ("us", 1000),
         ("ns", 1))


def ceil_div(a, b):
    return -(-a // b)


class Gcra:
    def __init__(self, limit, period, burst):
        self.limit, self.t = limit, ceil_div(period, limit)
        self.tau, self.tat = self.t * burst, 0

    def show(self, allowed, debt, retry):
        return allowed, max(0, (self.tau - debt) // self.t), retry, debt

    def ask(self, now, n, take):
        debt = min(max(self.tat - now, 0), self.tau)
        if n * self.t > self.tau:
            return self.show(False, debt, None)
        after = debt + n * self.t
        if n > 0 and after > self.tau:
            if self.tat - now > self.tau + STEP:
                self.tat = now + debt
            return self.show(False, debt, after - self.tau)
        if take and n > 0:
            self.tat = now + after
        return self.show(True, after, 0)

    def refund(self, now, n):
        if self.tat > now:
            self.tat = max(now, self.tat - n * self.t)
        return self.show(True, min(max(self.tat - now, 0), self.tau), 0)


class Sliding:
    """Finds retry_after by bisection on the condition itself: another way than the library's."""

    def __init__(self, limit, period, _burst):
        self.limit, self.period = limit, period
        self.window = self.previous = self.current = 0

    def at(self, now):
        """Returns what counts at `now`: (previous, current, elapsed, lag, window, clock was set)."""
        window, elapsed = divmod(now, self.period)
        if not self.previous and not self.current:
            self.window = window
        begin = self.window * self.period
        if begin > now:
            if begin - now > self.period + STEP:
                return self.previous, self.current, elapsed, 0, window, True
            return self.previous, self.current, 0, begin - now, self.window, False
        if window == self.window:
            return self.previous, self.current, elapsed, 0, window, False
        return (self.current if window == self.window + 1 else 0), 0, elapsed, 0, window, False

    def fits(self, state, wait, n):
        """Whether n fits `wait` after the beginning of the state's window."""
        previous, current = state
        passed, elapsed = divmod(wait, self.period)
        if passed:
            previous, current = (current if passed == 1 else 0), 0
        return previous * (self.period - elapsed) + (current + n) * self.period <= \
            self.limit * self.period

    def ask(self, now, n, take):
        previous, current, elapsed, lag, window, was_set = self.at(now)
        state, retry = (previous, current), 0
        allowed = n == 0 or self.fits(state, elapsed, n)
        if not allowed and n > self.limit:
            retry = None
        elif not allowed:
            low, high = elapsed, 2 * self.period
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if self.fits(state, middle, n) else (middle, high)
            retry = high - elapsed + lag
        if allowed:
            current += n
        if (take and n) or (was_set and (take or not allowed)):
            self.window, self.previous, self.current = window, previous, current
        return self.show(allowed, retry, previous, current, elapsed, lag)

    def refund(self, now, n):
        previous, current, elapsed, lag, window, was_set = self.at(now)
        of_current = min(n, current)
        current -= of_current
        previous -= min(n - of_current, previous)
        if n or was_set:
            self.window, self.previous, self.current = window, previous, current
        return self.show(True, 0, previous, current, elapsed, lag)

    def show(self, allowed, retry, previous, current, elapsed, lag):
        used = ceil_div(previous * (self.period - elapsed), self.period) + current
        reset = 2 * self.period - elapsed + lag if current else \
            self.period - elapsed + lag if previous else 0
        return allowed, max(0, self.limit - used), retry, reset


def binding(decisions):
    """The first of those that refuse with the longest wait, else of those with the least left."""
    refused = [d for d in decisions if not d[1][0]]
    if refused:
        return max(refused, key=lambda d: (d[1][2] is None, d[1][2] or 0))
    return min(decisions, key=lambda d: d[1][1])


class Tiers:
    def __init__(self, policies):
        self.policies, self.tiers = policies, {}

    def run(self, now, key, what):
        if key not in self.tiers:
            self.tiers[key] = [(p["name"], MODELS[p["algorithm"]](p["limit"], p["period"], p["burst"]))
                               for p in self.policies]
        tiers = self.tiers[key]
        if what == "peek":
            return binding([(name, t.ask(now, 0, False)) for name, t in tiers])
        if what.startswith("refund="):
            n = int(what[7:])
            return binding([(name, t.refund(now, n)) for name, t in tiers])
        n = int(what)
        asked = [(name, t.ask(now, n, False)) for name, t in tiers]
        if not all(d[0] for _, d in asked):
            return binding(asked)
        return binding([(name, t.ask(now, n, True)) for name, t in tiers])


MODELS = {"gcra": Gcra, "sliding": Sliding}


def random_policy(rng, name):
    unit, factor = rng.choice(UNITS)
    algorithm = rng.choice(("gcra", "gcra", "sliding"))
    count = rng.choice((1, 1, rng.randint(1, 90), rng.randint(1, 1000)))
    limit = rng.choice((1, rng.randint(1, 20), rng.randint(1, 1000), rng.randint(1, 2 ** 40)))
    burst = rng.choice((1, rng.randint(1, 20), limit))
    period = count * factor
    if rng.random() < 0.05:
        unit, count = "ns", rng.choice((2 ** 61, rng.randint(2 ** 50, 2 ** 61)))
        period = count
    if algorithm == "gcra":
        burst = min(burst, 2 ** 61 // ceil_div(period, limit))
    text = f"name={name};limit={limit};period={count}{unit};burst={burst};algorithm={algorithm}"
    return text, {"name": name, "limit": limit, "period": period, "burst": burst,
                  "algorithm": algorithm}


def random_script(rng, policies, base, key):
    """Yields the lines of one script: of one key or two, from `base` on."""
    policy = rng.choice(policies)
    pace = max(1, policy["period"] // policy["limit"]) if policy["algorithm"] == "gcra" else \
        policy["period"]
    now = base
    for _ in range(rng.randint(5, 25)):
        move = rng.random()
        if move < 0.6:
            now += rng.randint(0, min(2 * pace, 2 ** 50))
        elif move < 0.7:
            now = max(base, now - rng.randint(0, min(2 * pace, STEP)))
        elif move < 0.73:
            now = max(base, now - rng.randint(0, 2 ** 40))
        what = rng.random()
        n = rng.choice((1, 1, 1, 2, rng.randint(0, policy["burst"] + 1),
                        rng.randint(0, policy["limit"] + 1), rng.randint(0, 2 ** 64 - 1)))
        name = key if rng.random() < 0.8 else key + "'"
        yield now, name, "peek" if what < 0.1 else f"refund={n}" if what < 0.2 else str(n)


def run_tool(*args, script="", code=0):
    done = subprocess.run([TOOL, *args], input=script, capture_output=True, text=True, timeout=280,
                          check=False)
    if done.returncode != code:
        raise AssertionError(f"{args}: {done.returncode}: {done.stderr}")
    return done


def simulate(policies, lines, *args):
    options = [o for p in policies for o in ("--policy", p)]
    script = "".join(f"{time} {key} {what}\n" for time, key, what in lines)
    out = run_tool("simulate", *options, *args, script=script).stdout
    return [json.loads(line) for line in out.splitlines()]


class Model(unittest.TestCase):
    def compare(self, rng, scripts):
        tiers = [random_policy(rng, f"tier{i}") for i in range(rng.choice((1, 1, 1, 2, 3)))]
        policies = [p for _, p in tiers]
        # Each script begins after everything before it is forgotten, so a place that it takes over
        # says nothing. (With periods of years there is time for one or two of them.)
        gap = 2 * max(max(p["period"], ceil_div(p["period"], p["limit"]) * p["burst"])
                      for p in policies) + 2 ** 41
        base, lines = rng.randint(0, 2 ** 40), []
        for i in range(scripts):
            lines += random_script(rng, policies, base, f"k{i}")
            base = max(time for time, _, _ in lines) + gap
            if base >= 2 ** 62:
                break
        got = simulate([text for text, _ in tiers], lines, "--max-keys", "100000")
        self.assertEqual(len(got), len(lines))
        model = Tiers(policies)
        for line, decision in zip(lines, got):
            name, (allowed, remaining, retry, reset) = model.run(*line)
            want = {"time_ns": line[0], "key": line[1], "allowed": allowed,
                    "limit": next(p["limit"] for p in policies if p["name"] == name),
                    "remaining": remaining, "retry_after_ns": retry, "reset_after_ns": reset,
                    "policy": name}
            self.assertEqual(decision, want, (tiers, line))
        return i + 1

    def test_random_scripts(self):
        rng = random.Random(20261125)
        done = 0
        while done < SCRIPTS:
            done += self.compare(rng, min(50, SCRIPTS - done))
        print(f"{done} scripts agree", file=sys.stderr)


class Tool(unittest.TestCase):
    BURST = "name=burst;limit=10;period=1s;burst=5"

    def test_conformance(self):
        ms = 10 ** 6
        script = [(0, "k", "1")] * 6 + [(50 * ms, "k", "1"), (99999999, "k", "1"), (100 * ms, "k", "1")]
        got = simulate([self.BURST], script)
        self.assertEqual([d["remaining"] for d in got[:5]], [4, 3, 2, 1, 0])
        self.assertEqual([d["retry_after_ns"] for d in got[5:]], [100 * ms, 50 * ms, 1, 0])
        self.assertEqual(list(got[0]), ["time_ns", "key", "allowed", "limit", "remaining",
                                        "retry_after_ns", "reset_after_ns", "policy"])
        never = simulate([self.BURST], [(0, "k", "6")])[0]
        self.assertEqual((never["allowed"], never["retry_after_ns"]), (False, None))

    def test_sliding(self):
        s = 10 ** 9
        got = simulate(["name=w;limit=50;period=60s"],
                       [(0, "k", "42"), (75 * s, "k", "18"), (75 * s, "k", "1")],
                       "--algorithm", "sliding")
        self.assertEqual(got[2]["retry_after_ns"], 714285715)

    def test_alternating_clock(self):
        got = simulate([self.BURST], [(10 ** 9 * (i % 2), "k", "1") for i in range(200)])
        self.assertLessEqual(sum(d["allowed"] for d in got), 15)

    def test_tiers_and_shadow(self):
        got = simulate([self.BURST, "name=day;limit=3;period=24h"],
                       [(0, "k", "3"), (0, "k", "1"), (0, "k", "refund=1"), (0, "k", "1")])
        self.assertEqual([(d["policy"], d["allowed"]) for d in got],
                         [("day", True), ("day", False), ("day", True), ("day", True)])
        got = simulate([self.BURST + ";mode=shadow"], [(0, "k", "5"), (0, "k", "1")])
        self.assertEqual([d.get("shadow_denied") for d in got], [None, True])
        self.assertTrue(got[1]["allowed"])

    def test_what_is_refused(self):
        for script in ("x", "0", "0 k", "0  1", "-1 k 1", "0 k -1", "0 k 1 1", "0 k refund",
                       "0 k refund=", "0 k Peek", "9223372036854775808 k 1",
                       "0 k 18446744073709551616", "0 " + "k" * 5000 + " 1"):
            done = run_tool("simulate", "--policy", self.BURST, script="# first\n\n" + script, code=2)
            self.assertIn("line 3", done.stderr, script)
            self.assertEqual(done.stdout, "")
        for args in ((), ("simulate",), ("simulate", "--policy", "x"), ("jump",),
                     ("simulate", "--policy", self.BURST, "--algorithm", "fixed"),
                     ("simulate", "--policy", self.BURST, "--max-keys", "0"),
                     ("load", "--policy", self.BURST, "--threads", "0")):
            self.assertNotEqual(run_tool(*args, code=2).stderr, "")
        # A key that is not UTF-8, and one that is too long to be a key.
        self.assertTrue(simulate([self.BURST], [(0, "\x7f", "1")])[0]["allowed"])
        self.assertIsNone(simulate([self.BURST], [(0, "k" * 1025, "1")])[0]["retry_after_ns"])

    def test_load(self):
        for args in (("--keys", "1"), ("--keys", "1000", "--max-keys", "100"),
                     ("--keys", "100", "--algorithm", "sliding")):
            done = run_tool("load", "--policy", "name=l;limit=1000;period=1s;burst=50", "--checks",
                            "50000", *args)
            got = json.loads(done.stdout)
            self.assertEqual(got["checks"], 200000)
            self.assertLessEqual(got["granted_to_one_key"], got["bound_of_one_key"])
            self.assertGreaterEqual(got["granted_to_one_key"], 50)

    def test_load_counts_what_a_policy_grants(self):
        # In shadow mode nothing is refused, and a bound may be beyond 64 bits: no over-admission.
        for policy in (self.BURST + ";mode=shadow",
                       "name=a;limit=2305843009213693952;period=1ns;algorithm=sliding"):
            for _ in range(10):
                got = json.loads(run_tool("load", "--policy", policy, "--checks", "100", "--threads",
                                          "1").stdout)
                self.assertLessEqual(got["granted_to_one_key"], got["bound_of_one_key"])

    def test_load_says_what_the_machine_does_not_have(self):
        done = run_tool("load", "--policy", self.BURST, "--keys", "268435456", "--threads", "2", code=2)
        self.assertIn("2^28", done.stderr)

        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9))

        for args in (("--threads", "1024"), ("--keys", "134217728", "--threads", "2")):
            done = subprocess.run([TOOL, "load", "--policy", self.BURST, "--checks", "1", *args],
                                  capture_output=True, text=True, timeout=60, preexec_fn=limit)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(done.stderr, "out of memory|so many threads")

    def test_the_algorithm_of_the_command_line_is_the_one_that_counts(self):
        for text, algorithm, remaining in (("limit=50;period=1m;algorithm=sliding", "gcra", 49),
                                           ("limit=5;period=1h;burst=999999999999", "sliding", 4),
                                           ("limit=5;period=1h;burst=0", "sliding", 4),
                                           ("algorithm=gcra;limit=5;period=1h;burst=3", "gcra", 2)):
            got = simulate(["name=a;" + text], [(0, "k", "1")], "--algorithm", algorithm)
            self.assertEqual(got[0]["remaining"], remaining, text)
        done = run_tool("simulate", "--policy", "name=a;limit=5", "--algorithm", "gcra", code=2)
        self.assertIn("period is missing", done.stderr)

    def test_lines_of_any_length_and_ends(self):
        limit = 4096
        longest = "0 " + "k" * (limit - 4) + " 1"
        for script, lines in ((longest, 1), (longest + "\n" + longest, 2), ("# x\n\n0 k 1", 1), ("", 0)):
            done = run_tool("simulate", "--policy", self.BURST, script=script)
            self.assertEqual(len(done.stdout.splitlines()), lines)
        for script in (longest + "1", "0 k 1\n" + "x" * 1000000):
            done = run_tool("simulate", "--policy", self.BURST, script=script, code=2)
            self.assertIn("longer than 4096 bytes", done.stderr)


if __name__ == "__main__":
    TOOL = sys.argv[1]
    if len(sys.argv) > 2:
        SCRIPTS = int(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
