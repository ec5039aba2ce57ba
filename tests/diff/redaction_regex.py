#!/usr/bin/env python3
"""Generates lines with matches of the rules of a TSV file (name, literal prefix, regular expression)
and says where python's re finds them; redaction_differential_test.cc compares.

  redaction_regex.py RULES SEED COUNT [DIFF...]

Each output line is hexadecimal: LINE TAB [RULE:BEGIN:END,...]. The random lines come first, then the
changed lines of the diffs.
"""
import random
import re
import sys

try:
    from re import _parser as sre
except ImportError:  # before Python 3.11
    import sre_parse as sre

FILLERS = [b"", b" ", b"x = ", b"\xff\xc3", b"foo(\"", b"- ", b"url: '", b"\t\t", b"a,b;", b"/*"]


def generate(parsed, rng):
    """Returns a random string of a parsed pattern; repetitions are kept near their least."""
    out = bytearray()
    for op, arg in parsed:
        name = str(op)
        if name == "LITERAL":
            out.append(arg)
        elif name == "NOT_LITERAL":
            out.append(rng.choice([c for c in range(33, 127) if c != arg]))
        elif name == "ANY":
            out.append(rng.choice(b"abc _-.'"))
        elif name == "IN":
            out.append(rng.choice(members(arg)))
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = arg
            for _ in range(rng.randint(least, min(most, least + 12))):
                out += generate(inner, rng)
        elif name == "SUBPATTERN":
            out += generate(arg[3], rng)
        elif name == "BRANCH":
            out += generate(rng.choice(arg[1]), rng)
        elif name != "AT":
            raise ValueError(name)
    return bytes(out)


def members(items):
    chars, negate = set(), False
    for op, arg in items:
        name = str(op)
        if name == "NEGATE":
            negate = True
        elif name == "LITERAL":
            chars.add(arg)
        elif name == "RANGE":
            chars.update(range(arg[0], arg[1] + 1))
        elif name == "CATEGORY":
            chars.update(b" \t" if not negate else b" \t\n\r\f\v")
    return sorted(set(range(33, 127)) - chars) if negate else sorted(chars)


def random_line(rules, rng):
    line = bytearray()
    for _ in range(rng.randint(1, 3)):
        line += rng.choice(FILLERS)
        name, pattern, parsed = rng.choice(rules)
        text = generate(parsed, rng)
        if pattern.flags & re.IGNORECASE and rng.random() < 0.5:
            text = text.swapcase()
        if rng.random() < 0.2:  # nearly a match
            at = rng.randrange(len(text))
            text = text[:at] + bytes([rng.randrange(33, 127)]) + text[at + 1:]
        line += text
    return bytes(line + rng.choice(FILLERS)).replace(b"\n", b" ")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = [row.rstrip("\n").split("\t") for row in file]
    rules = []
    for name, _, expression in rows:
        parsed = sre.parse(expression.replace("(?i)", "").encode())
        rules.append((name, re.compile(expression.encode()), list(parsed)))
    rng = random.Random(int(sys.argv[2]))
    lines = [random_line(rules, rng) for _ in range(int(sys.argv[3]))]
    for path in sys.argv[4:]:
        with open(path, "rb") as file:
            lines += [row[1:] for row in file.read().split(b"\n") if row[:1] in (b"+", b"-")]
    for line in lines:
        found = [f"{name}:{m.start()}:{m.end()}" for name, pattern, _ in rules
                 for m in pattern.finditer(line)]
        print(line.hex() + "\t" + ",".join(found))


if __name__ == "__main__":
    main()
