"""bench/table.py on made-up results: ratios, absent peers, met, missed and unmeasurable bars."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "bench" / "table.py"


def run(name, time, unit="ns", **more):
    return {"name": name, "run_name": name, "run_type": "iteration", "real_time": time,
            "cpu_time": time, "time_unit": unit, **more}


RESULTS = {
    "context": {"num_cpus": 2, "compiler": "g++ 12", "openssl": "OpenSSL 3.0", "host_name": "h0st"},
    "benchmarks": [
        run("hash_1KiB/ours", 900), run("hash_1KiB/ours", 1000), run("hash_1KiB/ours", 9000),
        {**run("hash_1KiB/ours", 5555), "name": "hash_1KiB/ours_mean", "run_type": "aggregate"},
        run("hash_1KiB/floor/min_time:0.100", 0.5, "us"),
        run("hash_1KiB/peer:slow", 3, "us"), run("hash_1KiB/peer:slower", 4, "us"),
        run("hash_1KiB/peer:gone", 0, error_occurred=True, error_message="not installed"),
        run("parse/ours", 2, "ms"), run("parse/floor", 1, "ms"), run("parse/peer:old", 8, "ms"),
    ],
}
BARS = [
    {"case": "hash_1KiB", "max_x_floor": 1.5, "note": "why"},
    {"case": "hash_1KiB", "min_x_peer": {"gone": 2}},
    {"case": "parse", "max_x_floor": 2.5, "min_x_peer": {"old": 4}},
    {"case": "parse", "min_x_peer": {"old": 5}, "goal": True},
]


class Table(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)

    def table(self, results, bars, *options):
        (self.root / "results.json").write_text(json.dumps(results), encoding="utf-8")
        (self.root / "bars.json").write_text(json.dumps(bars), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, TABLE, self.root / "results.json", "--bars", self.root / "bars.json",
             "--json", self.root / "table.json", *options], capture_output=True, text=True)
        rows = {}
        if (self.root / "table.json").exists():
            written = json.loads((self.root / "table.json").read_text(encoding="utf-8"))
            rows = {row["case"]: row for row in written["rows"]}
        return done, rows

    def test_ratios_are_of_medians_in_one_unit(self):
        _, rows = self.table(RESULTS, BARS)
        self.assertEqual(rows["hash_1KiB"]["ours_ns"], 1000)
        self.assertEqual(rows["hash_1KiB"]["x_floor"], 2.0)
        self.assertEqual(rows["hash_1KiB"]["best_peer"], "slow")
        self.assertEqual(rows["hash_1KiB"]["x_peer"], 3.0)
        self.assertEqual(rows["parse"]["x_floor"], 2.0)

    def test_bars_are_judged(self):
        done, rows = self.table(RESULTS, BARS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([bar["verdict"] for bar in rows["hash_1KiB"]["bars"]],
                         ["MISSED", "not measured"])
        self.assertEqual([bar["verdict"] for bar in rows["parse"]["bars"]],
                         ["ok", "MISSED (goal)"])
        line = next(line for line in done.stdout.splitlines() if line.startswith("| hash_1KiB"))
        self.assertEqual([cell.strip() for cell in line.strip("|").split("|")],
                         ["hash_1KiB", "1 us", "500 ns", "2.00", "slow 3 us", "3.00",
                          "<= 1.5 x floor; >= 2 x gone", "MISSED; not measured"])
        self.assertIn("1 bar(s) MISSED", done.stdout)
        self.assertIn("hash_1KiB/peer:gone is absent: not installed", done.stdout)

    def test_strict_fails_on_a_missed_bar_but_not_on_a_goal(self):
        self.assertEqual(self.table(RESULTS, BARS, "--strict")[0].returncode, 1)
        self.assertEqual(self.table(RESULTS, BARS[2:], "--strict")[0].returncode, 0)

    def test_a_bar_whose_case_was_not_run_is_reported(self):
        done, _ = self.table(RESULTS, BARS[2:] + [{"case": "vanished", "max_x_floor": 1}], "--strict")
        self.assertEqual(done.returncode, 1)
        self.assertIn("vanished: has a bar but was not run", done.stdout)

    def test_the_document_is_updated_between_its_marks(self):
        document = self.root / "benchmarks.md"
        marks = "<!-- table: written by bench/run.sh --update-docs -->\nold\n<!-- end of table -->"
        document.write_text(f"before\n{marks}\nafter\n", encoding="utf-8")
        done, _ = self.table(RESULTS, BARS, "--update", document)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = document.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("before\n") and text.endswith("-->\nafter\n"))
        self.assertIn("| hash_1KiB", text)
        self.assertNotIn("old\n<", text)
        self.assertNotIn("h0st", text)
        document.write_text("no marks", encoding="utf-8")
        self.assertEqual(self.table(RESULTS, BARS, "--update", document)[0].returncode, 2)

    def test_rows_are_in_the_order_of_their_sizes(self):
        names = ("b", "a_1MiB_x", "a_8KiB", "a_256B", "a_64KiB", "a_256B_x")
        _, rows = self.table({"benchmarks": [run(name + "/ours", 1) for name in names]}, [])
        self.assertEqual(list(rows), ["a_256B", "a_8KiB", "a_64KiB", "a_256B_x", "a_1MiB_x", "b"])

    def test_a_bar_in_nanoseconds(self):
        for most, verdict in ((1000, "ok"), (999, "MISSED")):
            _, rows = self.table(RESULTS, [{"case": "hash_1KiB", "max_ns": most}])
            bar = rows["hash_1KiB"]["bars"][0]
            self.assertEqual((bar["text"], bar["verdict"]), (f"<= {most} ns", verdict))

    def test_bad_input_is_an_error(self):
        for results in ({"benchmarks": []}, {"benchmarks": [run("nameless", 1)]},
                        {"benchmarks": [run("case/theirs", 1)]}):
            with self.subTest(results=results):
                self.assertEqual(self.table(results, BARS)[0].returncode, 2)

    def test_the_bars_of_this_repository_are_well_formed(self):
        known = {"case", "max_ns", "max_x_floor", "min_x_peer", "note", "goal"}
        for bar in json.loads((ROOT / "bench" / "bars.json").read_text(encoding="utf-8")):
            self.assertLessEqual(set(bar), known)
            self.assertTrue({"max_ns", "max_x_floor", "min_x_peer"} & set(bar), bar)


if __name__ == "__main__":
    unittest.main()
