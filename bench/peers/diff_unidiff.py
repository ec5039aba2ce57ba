"""How long python3-unidiff takes for a slice of the input of diff_bench, scaled to the whole.
Prints Google Benchmark's JSON form.
usage: diff_unidiff.py REPETITIONS INPUT
"""
import json
import sys
import time

SLICE_BYTES = 4_000_000  # whole files; all of it would take a minute a repetition


def main():
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        print(__doc__, file=sys.stderr)
        return 2
    try:
        import unidiff
    except ImportError:
        print(json.dumps({"absent": [{"peer": "python-unidiff",
                                      "reason": "python3-unidiff is not installed"}]}))
        return 0
    with open(sys.argv[2], encoding="utf-8", newline="") as file:
        whole = file.read()
    end = whole.find("\ndiff --git ", SLICE_BYTES) + 1
    text = whole[:end] if end > 0 else whole
    benchmarks = []
    for repetition in range(int(sys.argv[1])):
        begin = time.perf_counter_ns()
        files = unidiff.PatchSet(text)
        spent = (time.perf_counter_ns() - begin) * len(whole) / len(text)
        if len(files) < 100:
            raise RuntimeError("files are missing")
        benchmarks.append({"name": "diff_parse_40MB/peer:python-unidiff", "run_type": "iteration",
                           "repetition_index": repetition, "iterations": 1, "real_time": spent,
                           "cpu_time": spent, "time_unit": "ns"})
    print(json.dumps({"context": {"unidiff": unidiff.VERSION}, "benchmarks": benchmarks}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
