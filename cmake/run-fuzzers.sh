#!/usr/bin/env bash
# Runs every fuzzer for a while; see usage() below.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
programs=$root/build/asan/tests/fuzz
work=$root/build/fuzz

usage() {
  cat <<'USAGE'
usage: run-fuzzers.sh SECONDS [NAME...]

Builds the target "fuzzers" of the preset "asan" (clang, libFuzzer, ASan, UBSan) and runs each
tests/fuzz/<NAME>_fuzz.cc for SECONDS, from the seeds in tests/fuzz/corpus/<NAME>, one per processor
at a time. What it learns goes to build/fuzz/corpus, the input of a crash to build/fuzz/crashes, what
it says to build/fuzz/<NAME>.log. Exit code 1 if any crashed, hung, leaked or ate over 2 GiB.

environment: COEFFICIENT_CMAKE_ARGS, COEFFICIENT_JOBS, CC, CXX: as for build-preset.sh
USAGE
}

case ${1:-} in
  --help | -h) usage; exit 0 ;;
esac
[[ ${1:-} =~ ^[0-9]+$ ]] || { usage >&2; exit 2; }
seconds=$1
shift
names=("$@")
if [[ ${#names[@]} -eq 0 ]]; then
  for source in "$root"/tests/fuzz/*_fuzz.cc; do
    [[ ! -e $source ]] || names+=("$(basename "$source" _fuzz.cc)")
  done
fi
[[ ${#names[@]} -gt 0 ]] || { echo "run-fuzzers: tests/fuzz has no *_fuzz.cc" >&2; exit 1; }

"$root/cmake/build-preset.sh" asan fuzzers
mkdir -p "$work"/{corpus,crashes}
rm -f "$work"/*.failed

fuzz() {  # fuzz NAME
  local name=$1 learned=$work/corpus/$1 seeds=$root/tests/fuzz/corpus/$1
  local words=$root/tests/fuzz/$1.dict log=$work/$1.log corpora dictionary=()
  mkdir -p "$learned"
  corpora=("$learned")
  [[ ! -d $seeds ]] || corpora+=("$seeds")
  [[ ! -f $words ]] || dictionary=(-dict="$words")
  if "$programs/${name}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$work/crashes/$name-" "${dictionary[@]}" "${corpora[@]}" \
    >"$log" 2>&1; then
    sed -n "s/^stat::number_of_executed_units: */-- fuzzed $name: inputs run: /p" "$log"
  else
    { echo "-- $name FAILED"; tail -n 60 "$log"; } >&2
    touch "$work/$name.failed"
  fi
}

echo "-- fuzzing ${#names[@]} for $seconds s each"
parallel=$("$root/cmake/build-preset.sh" --jobs)
for name in "${names[@]}"; do
  while [[ $(jobs -rp | wc -l) -ge $parallel ]]; do wait -n; done
  fuzz "$name" &
done
wait
failed=()
for name in "${names[@]}"; do
  [[ ! -e $work/$name.failed ]] || failed+=("$name")
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "run-fuzzers: FAILED: ${failed[*]}; inputs are in $work/crashes" >&2
  exit 1
fi
