#!/usr/bin/env python3
"""Checks that no file of the tree names a place of the machine that it was written on.

Refused are the directory of this checkout and its parents, as far as they are not directories
that every system has, and home directories.
"""
import argparse
import pathlib
import re
import subprocess
import sys

# Directories of the Filesystem Hierarchy Standard, and what containers call that of a checkout:
# naming these says nothing of a machine.
EVERYWHERE = {"/", "/app", "/bin", "/boot", "/build", "/dev", "/etc", "/home", "/lib", "/media",
              "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/src", "/srv", "/sys", "/tmp",
              "/usr", "/usr/local", "/usr/src", "/usr/local/src", "/var", "/var/lib", "/var/tmp"}
SKIPPED = {"build", ".git"}


def files_of(root):
    """Returns the tracked files, or all outside build/ where git cannot say."""
    try:
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z", "--cached",
             "--others", "--exclude-standard"], check=True, capture_output=True).stdout
        names = [name for name in listed.decode().split("\0") if name]
        if names:
            return [root / name for name in sorted(set(names)) if (root / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        pass  # a tarball has no .git
    return [path for path in sorted(root.rglob("*"))
            if path.is_file() and not SKIPPED & set(path.relative_to(root).parts)]


def pattern_for(root):
    here = [str(path) for path in (root, *root.parents) if str(path) not in EVERYWHERE]
    own = "|".join(re.escape(path) for path in here) or "(?!)"
    # A relative path or a URL may hold the same letters: only an absolute one counts.
    return re.compile(rf"(?<![\w.:/$}}-])(?:(?:{own})(?![\w.-])|/(?:home|Users)/\w|/root/\w)")


def check_tree(root, pattern):
    problems = []
    files = files_of(root)
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # binary test data
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                problems.append((path.relative_to(root), number, line.strip()))
    return len(files), problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root.resolve()
    checked, problems = check_tree(root, pattern_for(root))
    for path, number, line in problems:
        print(f"{path}:{number}: {line[:120]}")
    if checked == 0:
        print(f"check_paths: no file below {root}", file=sys.stderr)
        return 2
    print(f"check_paths: {checked} files, {len(problems)} lines that name this machine")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
