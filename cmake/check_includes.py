#!/usr/bin/env python3
"""Checks the direction of every #include: down, never sideways or up.

A module may include itself and modules of lower floors. A public header (include/) may include
only the standard library and other public headers. Each third-party library may be included only
by the modules named here. Examples are hosts and see public headers only, but for the gateway,
which may use core's private wrappers: primitives and strict JSON are called in one place.
"""
import argparse
import pathlib
import re
import sys

FLOORS = {
    "core": 0,
    "webhook": 1, "vault": 1, "diff": 1, "payload": 1, "jwt": 1, "ratelimit": 1, "audit": 1, "rbac": 1,
    "http": 2,
    "oauth": 3, "jwks": 3,
    "github": 4, "slack": 4, "anthropic": 4, "paystack": 4,
    "sqlite": 5, "redis": 5, "postgres": 5, "mongo": 5, "pkcs11": 5,
}
# Which modules' private sources may include a header of which library. OpenSSL stands behind
# src/core so that there is one place where a primitive is called.
THIRD_PARTY = {
    "openssl": {"core"},
    "curl": {"http"},
    "sqlite3.h": {"sqlite"},
    "p11-kit": {"pkcs11"},
    "hiredis": {"redis"},
    "libpq-fe.h": {"postgres"},
    "mongoc": {"mongo"},
    "nlohmann": set(FLOORS),
    "fmt": set(FLOORS),
    "re2": set(FLOORS),
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
STANDARD = re.compile(r"[a-z_0-9]+")               # <vector>
SYSTEM = re.compile(r"(sys|linux|bits|arpa|netinet)/.+\.h|[a-z0-9_]+\.h")  # <sys/mman.h>, <unistd.h>
SOURCES = {".h", ".cc"}


def module_of(path):
    """Returns the module that an include path names, or None for a third-party one."""
    parts = path.split("/")
    if parts[0] == "coefficient":
        return "core" if parts[1] == "version.h" else parts[1]
    return parts[0] if len(parts) > 1 and parts[0] in FLOORS else None


def check_module_include(module, included, is_public):
    target = module_of(included)
    if target is not None:
        if is_public and not included.startswith("coefficient/"):
            return "a public header includes a private one"
        if target not in FLOORS:
            return f"unknown module '{target}': give it a floor in cmake/check_includes.py"
        if target != module and FLOORS[target] >= FLOORS[module]:
            return (f"{module} (floor {FLOORS[module]}) may not include "
                    f"{target} (floor {FLOORS[target]})")
        return None
    if STANDARD.fullmatch(included):
        return None
    library = included.split("/")[0]
    if library in THIRD_PARTY:
        if is_public:
            return f"a public header includes the third-party library '{library}'"
        return None if module in THIRD_PARTY[library] else f"{module} may not use '{library}'"
    if SYSTEM.fullmatch(included):
        return "a public header includes a system header" if is_public else None
    return "neither a module, nor the standard library, nor a known third party"


def check_example_include(included, source, root):
    if included.startswith("coefficient/"):
        return None if (root / "include" / included).exists() or is_generated(included) else \
            "no such public header"
    target = module_of(included)
    own = (source.parent / included).exists() or (root / "examples" / included).exists()
    private = target is not None and (root / "src" / included).exists()
    if target == "core" and source.parent == root / "examples" / "gateway":
        return None
    return "an example includes a private header" if private and not own else None


def is_generated(included):
    return included == "coefficient/version.h" or included.endswith("/export.h")


def includes_of(source):
    text = source.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1) or match.group(2)


def check_tree(root):
    """Yields (file, line, include, reason) of each violation, and counts the files."""
    checked = 0
    problems = []
    for top in ("include/coefficient", "src", "examples"):
        for source in sorted((root / top).rglob("*")):
            if source.suffix not in SOURCES:
                continue
            checked += 1
            relative = source.relative_to(root)
            module = source.relative_to(root / top).parts[0]
            if top != "examples" and module not in FLOORS:
                problems.append((relative, 1, "", f"unknown module '{module}': give it a floor"))
                continue
            for line, included in includes_of(source):
                reason = check_example_include(included, source, root) if top == "examples" else \
                    check_module_include(module, included, top == "include/coefficient")
                if reason:
                    problems.append((relative, line, included, reason))
    return checked, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    checked, problems = check_tree(root)
    for path, line, included, reason in problems:
        print(f"{path}:{line}: {included}: {reason}")
    if checked == 0:
        print(f"check_includes: no source below {root}", file=sys.stderr)
        return 2
    print(f"check_includes: {checked} files, {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
