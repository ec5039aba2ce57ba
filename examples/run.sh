#!/usr/bin/env bash
# Installs what is missing, builds, and runs the gateway's demonstration; see usage() below.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
gateway=$root/build/release/examples/gateway/gateway

usage() {
  cat <<'USAGE'
usage: examples/run.sh [GATEWAY ARGUMENT...]

Installs the missing Debian packages (sections build and gateway of cmake/debian-packages.txt),
builds the preset "release", and runs the gateway: with no argument `gateway demo`, the whole path
of a signed GitHub webhook on loopback, no outside service. An argument that starts with '-' goes to
the demo, anything else is the gateway's own command line:

  examples/run.sh                   gateway demo
  examples/run.sh --keep DIR        gateway demo --keep DIR
  examples/run.sh serve --help      gateway serve --help
  examples/run.sh demo --help       what the demo can do

environment:
  COEFFICIENT_NO_INSTALL=1   install nothing
  COEFFICIENT_CMAKE_ARGS     more arguments for the configure step, split at blanks
  COEFFICIENT_JOBS           parallel jobs
  CC, CXX                    the compilers (default: the system's)
USAGE
}

case ${1:-} in
  --help | -h) usage; exit 0 ;;
  '' | -*) set -- demo "$@" ;;
esac

echo "-- packages"
"$root/cmake/install-debian-packages.sh" build gateway
"$root/cmake/build-preset.sh" release gateway
echo "-- gateway $*"
exec "$gateway" "$@"
