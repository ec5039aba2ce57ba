#!/usr/bin/env python3
"""Prints the table of a benchmark run, from Google Benchmark's JSON files.

A benchmark is named <case>/<role>, the role being ours, floor or peer:<name>. Times are medians of
real time over the repetitions. x floor is ours / floor (smaller is better), x peer is the fastest
peer / ours (larger is better). A bar of bars.json that is missed prints MISSED; the exit code is
still 0 unless --strict is given. A goal (a bar not yet promised) never fails the run.
"""
import argparse
import datetime
import json
import pathlib
import platform
import re
import statistics
import sys

NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
BEGIN = "<!-- table: written by bench/run.sh --update-docs -->"
END = "<!-- end of table -->"


class InputError(Exception):
    pass


def natural_order(case):
    """Sorts sizes as sizes: ..._256B before ..._1KiB before ..._1MiB."""
    unit = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "KB": 10 ** 3, "MB": 10 ** 6}
    found = re.search(r"_(\d+)(B|KiB|MiB|KB|MB)(?=_|$)", case)
    if not found:
        return case, 0
    return case[:found.start()] + case[found.end():], int(found[1]) * unit[found[2]]


def split_name(name):
    """Returns (case, role) of `case/role[/options of Google Benchmark]`."""
    parts = name.split("/")
    if len(parts) < 2 or not (parts[1] in ("ours", "floor") or re.fullmatch(r"peer:.+", parts[1])):
        raise InputError(f"benchmark '{name}' is not named <case>/<ours|floor|peer:name>")
    return parts[0], parts[1]


def read_results(paths):
    """Returns times {case: {role: ns}}, absent {(case, role): reason}, the merged context, and
    notes on whole peer programs that could not run."""
    samples, absent, context, notes = {}, {}, {}, []
    for path in paths:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: {error}") from error
        context.update(document.get("context", {}))
        notes += [f"{entry['peer']} is absent: {entry['reason']}"
                  for entry in document.get("absent", [])]
        for run in document.get("benchmarks", []):
            key = split_name(run.get("run_name", run["name"]))
            if run.get("error_occurred"):
                absent[key] = run.get("error_message", "no reason given")
            elif run.get("run_type", "iteration") == "iteration":
                samples.setdefault(key, []).append(run["real_time"] * NANOSECONDS[run["time_unit"]])
    times = {}
    for (case, role), values in samples.items():
        times.setdefault(case, {})[role] = statistics.median(values)
    for case, _ in absent:
        times.setdefault(case, {})
    return times, absent, context, notes


def judge(bar, ours, floor, peers):
    """Returns the words of one bar and whether it holds (None: cannot be measured here)."""
    words, verdicts = [], []
    if "max_x_floor" in bar:
        words.append(f"<= {bar['max_x_floor']:g} x floor")
        known = ours is not None and floor is not None
        verdicts.append(ours / floor <= bar["max_x_floor"] if known else None)
    if "max_ns" in bar:
        words.append(f"<= {bar['max_ns']:g} ns")
        verdicts.append(ours <= bar["max_ns"] if ours is not None else None)
    for name, least in bar.get("min_x_peer", {}).items():
        words.append(f">= {least:g} x {name}")
        known = ours is not None and name in peers
        verdicts.append(peers[name] / ours >= least if known else None)
    holds = False if False in verdicts else None if None in verdicts else True
    text = ", ".join(words)
    return (f"goal {text}" if bar.get("goal") else text), holds


def verdict_word(bar, holds):
    if holds is None:
        return "not measured"
    if holds:
        return "ok"
    return "MISSED (goal)" if bar.get("goal") else "MISSED"


def make_row(case, roles, absent, bars):
    ours, floor = roles.get("ours"), roles.get("floor")
    peers = {role[len("peer:"):]: time for role, time in roles.items() if role.startswith("peer:")}
    best = min(peers, key=peers.get) if peers else None
    judged = [(bar, *judge(bar, ours, floor, peers)) for bar in bars if bar["case"] == case]
    return {
        "case": case, "ours_ns": ours, "floor_ns": floor, "peers_ns": peers,
        "x_floor": ours / floor if ours and floor else None,
        "best_peer": best, "x_peer": peers[best] / ours if best and ours else None,
        "absent": {role: reason for (of, role), reason in sorted(absent.items()) if of == case},
        "bars": [{"text": text, "verdict": verdict_word(bar, holds), "note": bar.get("note", "")}
                 for bar, text, holds in judged],
    }


def show_time(nanoseconds):
    if nanoseconds is None:
        return "-"
    for unit, scale in (("ns", 1.0), ("us", 1e3), ("ms", 1e6)):
        if nanoseconds < 1000 * scale:
            return f"{nanoseconds / scale:.3g} {unit}"
    return f"{nanoseconds / 1e9:.3g} s"


def show_ratio(ratio):
    return "-" if ratio is None else f"{ratio:.2f}"


HEADINGS = ("case", "ours", "floor", "x floor", "best peer", "x peer", "bar", "ok")


def cells(row):
    peer = "-" if row["best_peer"] is None else \
        f"{row['best_peer']} {show_time(row['peers_ns'][row['best_peer']])}"
    bars = row["bars"]
    return (row["case"], show_time(row["ours_ns"]), show_time(row["floor_ns"]),
            show_ratio(row["x_floor"]), peer, show_ratio(row["x_peer"]),
            "; ".join(bar["text"] for bar in bars) or "-",
            "; ".join(bar["verdict"] for bar in bars) or "-")


def markdown(rows, system, notes):
    table = [HEADINGS] + [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEADINGS))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
             for line in table]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    lines += [""] + [f"- {note}" for note in notes] if notes else []
    lines += [""] + [f"{key}: {value}  " for key, value in system.items()]
    return "\n".join(lines) + "\n"


def all_notes(rows, bars):
    notes = []
    for row in rows:
        others = [f"{name} {show_time(time)}" for name, time in sorted(row["peers_ns"].items())
                  if name != row["best_peer"]]
        if others:
            notes.append(f"{row['case']}, other peers: {', '.join(others)}")
        notes += [f"{row['case']}/{role} is absent: {reason}"
                  for role, reason in row["absent"].items()]
        notes += [f"{row['case']}: {bar['verdict']}: {bar['text']}" +
                  (f" ({bar['note']})" if bar["note"] else "")
                  for bar in row["bars"] if bar["verdict"] != "ok"]
    seen = {row["case"] for row in rows}
    notes += [f"{case}: has a bar but was not run"
              for case in dict.fromkeys(bar["case"] for bar in bars) if case not in seen]
    return notes


def system_info(context):
    model = "unknown"
    try:
        found = re.search(r"model name\s*:\s*(.+)",
                          pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        model = found.group(1) if found else model
    except OSError:
        pass  # not Linux
    info = {"date": datetime.date.today().isoformat(), "processor": model,
            "processors": context.get("num_cpus", "unknown"),
            "kernel": f"{platform.system()} {platform.release()}"}
    for key in ("compiler", "openssl", "node", "node_openssl", "libgit2"):
        if key in context:
            info[key] = context[key]
    return info


def update_document(path, table):
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(END) < text.index(BEGIN):
        raise InputError(f"{path} has not exactly one '{BEGIN}' ... '{END}'")
    head, rest = text.split(BEGIN)
    path.write_text(f"{head}{BEGIN}\n{table}{END}{rest.split(END)[1]}", encoding="utf-8")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=pathlib.Path, help="Google Benchmark JSON files")
    parser.add_argument("--bars", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent / "bars.json")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows here")
    parser.add_argument("--markdown", type=pathlib.Path, help="write the table here")
    parser.add_argument("--update", type=pathlib.Path, help="replace the table in this document")
    parser.add_argument("--strict", action="store_true",
                        help="exit 1 if a bar is missed, or a case with a bar was not run")
    return parser.parse_args()


def main():
    args = parse_arguments()
    try:
        times, absent, context, notes = read_results(args.results)
        bars = json.loads(args.bars.read_text(encoding="utf-8"))
        if not times:
            raise InputError("the files hold no benchmark")
        rows = [make_row(case, times[case], absent, bars)
                for case in sorted(times, key=natural_order)]
        system = system_info(context)
        notes += all_notes(rows, bars)
        table = markdown(rows, system, notes)
        print(table, end="")
        if args.json:
            args.json.write_text(json.dumps({"system": system, "rows": rows, "notes": notes},
                                            indent=1) + "\n", encoding="utf-8")
        if args.markdown:
            args.markdown.write_text(table, encoding="utf-8")
        if args.update:
            update_document(args.update, table)
    except (InputError, OSError, ValueError) as error:
        print(f"table.py: {error}", file=sys.stderr)
        return 2
    missed = sum(bar["verdict"] == "MISSED" for row in rows for bar in row["bars"])
    not_run = sum("was not run" in note for note in notes)
    if missed:
        print(f"\n{missed} bar(s) MISSED")
    return 1 if args.strict and (missed or not_run) else 0


if __name__ == "__main__":
    sys.exit(main())
