#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test; see usage() below.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'USAGE'
usage: tests/run.sh [CTEST ARGUMENT...]

Installs the missing Debian packages (sections build, gateway, test of cmake/debian-packages.txt),
builds the preset "test" and runs the whole suite with ctest. Arguments go to ctest:

  tests/run.sh -R webhook       only tests whose name matches
  tests/run.sh -LE package      all but the consumers that build against an installed copy
  tests/run.sh -N               only list them

The library is optimized as in a release (RelWithDebInfo), so what is tested is what ships, but
keeps assert(); tests and gateway are optimized less. Warnings are not errors in it, since a newer
compiler knows more warnings; the continuous integration (.ci/run) turns that on. Tests that need
a tool or test data that is not there report SKIPPED. The exit code is ctest's.

environment:
  COEFFICIENT_NO_INSTALL=1   install nothing
  COEFFICIENT_CMAKE_ARGS     more arguments for the configure step, split at blanks
  COEFFICIENT_JOBS           parallel jobs
  CC, CXX                    the compilers (default: the system's)
USAGE
}

case ${1:-} in
  --help | -h) usage; exit 0 ;;
esac

echo "-- packages"
"$root/cmake/install-debian-packages.sh" build gateway test
"$root/cmake/build-preset.sh" test
echo "-- tests"
cd "$root"
jobs=$(cmake/build-preset.sh --jobs)
exec ctest --preset test -j "$jobs" "$@"
