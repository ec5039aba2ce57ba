#!/usr/bin/env python3
"""Checks the documents: quoted code is the code that is compiled, and links lead somewhere.

A code block after `<!-- from <file> [<region>] -->` must equal, up to indentation, what stands in
that file between its two lines `// [<region>]`. A relative link must name a file of the tree.
"""
import argparse
import pathlib
import re
import sys
import textwrap

QUOTE = re.compile(r"^<!-- from (\S+) \[([\w-]+)\] -->\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^<!-- from .*$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def region_of(path, name):
    """Returns the text of a region, or None unless it is marked exactly once."""
    lines = path.read_text(encoding="utf-8").splitlines()
    marks = [i for i, line in enumerate(lines) if line.strip() == f"// [{name}]"]
    if len(marks) != 2:
        return None
    return textwrap.dedent("\n".join(lines[marks[0] + 1:marks[1]])).strip("\n")


def check_document(root, document):
    """Yields (line, problem), and returns how many quotes were compared."""
    text = document.read_text(encoding="utf-8")
    problems = []
    quotes = list(QUOTE.finditer(text))
    starts = {quote.start() for quote in quotes}
    for mark in MARK.finditer(text):
        if mark.start() not in starts:
            problems.append((mark.start(), "a mark without a code block of the expected form"))
    for quote in quotes:
        source, name, quoted = quote.groups()
        region = region_of(root / source, name) if (root / source).is_file() else None
        if region is None:
            problems.append((quote.start(), f"{source} has no region [{name}]"))
        elif textwrap.dedent(quoted).strip("\n") != region:
            problems.append((quote.start(), f"differs from {source} [{name}]"))
    prose = BLOCK.sub(lambda block: " " * len(block[0]), text)
    for link in LINK.finditer(prose):
        target = link[1]
        if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
            problems.append((link.start(), f"the link to {target} leads nowhere"))
    return [(text.count("\n", 0, at) + 1, problem) for at, problem in problems], len(quotes)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    documents = sorted(root.glob("*.md")) + sorted((root / "docs").glob("**/*.md"))
    found, quotes = 0, 0
    for document in documents:
        problems, compared = check_document(root, document)
        quotes += compared
        found += len(problems)
        for line, problem in problems:
            print(f"{document.relative_to(root)}:{line}: {problem}")
    if not documents:
        print(f"check_docs: no document below {root}", file=sys.stderr)
        return 2
    print(f"check_docs: {len(documents)} documents, {quotes} quotes compared, {found} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
