#!/usr/bin/env bash
# Configures (only when something changed) and builds one preset; see usage() below.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'USAGE'
usage: build-preset.sh PRESET [TARGET...]
       build-preset.sh --configure-only PRESET
       build-preset.sh --jobs

Configures and builds a preset of CMakePresets.json. Configures only if the presets, the arguments
or the compiler changed since the last time; ninja itself notices changed CMake files.

  --configure-only   stop before the build
  --jobs             print how many jobs would run, and stop

environment:
  COEFFICIENT_CMAKE_ARGS  more arguments for the configure step, split at blanks
  COEFFICIENT_JOBS        parallel jobs (default: one per processor and 1.5 GiB of free memory)
  CC, CXX                 the compilers
ccache is used when it is installed; what it knows is found again from any checkout.
USAGE
}

jobs() {
  if [[ -n ${COEFFICIENT_JOBS:-} ]]; then
    echo "$COEFFICIENT_JOBS"
    return
  fi
  local processors memory_kib by_memory
  processors=$(nproc 2>/dev/null || echo 1)
  memory_kib=$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo 2>/dev/null || true)
  by_memory=$((${memory_kib:-1572864} / 1572864))
  [[ $by_memory -ge 1 ]] || by_memory=1
  echo $((processors < by_memory ? processors : by_memory))
}

configure_only=0
case ${1:-} in
  --help | -h) usage; exit 0 ;;
  --jobs) jobs; exit 0 ;;
  --configure-only) configure_only=1; shift ;;
esac
[[ $# -ge 1 ]] || { usage >&2; exit 2; }
preset=$1
shift

if [[ -z ${CMAKE_CXX_COMPILER_LAUNCHER:-} ]] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
# Where a checkout lies does not matter to what is compiled.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
read -r -a more <<<"${COEFFICIENT_CMAKE_ARGS:-}"

cd "$root"
build=build/$preset
stamp=$build/.configured-with
wanted=$(printf '%s\n' "${more[@]}" "${CC:-}" "${CXX:-}" "${CMAKE_CXX_COMPILER_LAUNCHER:-}" \
  "$root" && cat CMakePresets.json)
if [[ ! -f $build/build.ninja || ! -f $stamp || $(<"$stamp") != "$wanted" ]]; then
  echo "-- configuring preset $preset"
  rm -f "$stamp"
  fresh=()
  # A compiler, or a place, other than before needs an empty cache.
  [[ ! -f $build/CMakeCache.txt ]] || fresh=(--fresh)
  mkdir -p "$build"
  log=$build/configure.log
  cmake --preset "$preset" "${fresh[@]}" "${more[@]}" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  printf '%s\n' "$wanted" >"$stamp"
fi
[[ $configure_only -eq 0 ]] || exit 0
targets=()
[[ $# -eq 0 ]] || targets=(--target "$@")
echo "-- building preset $preset"
cmake --build "$build" -j "$(jobs)" "${targets[@]}"
