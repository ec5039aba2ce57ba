#!/usr/bin/env bash
# Runs every fuzzer of the preset "fuzz" for a while; see usage() below.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
programs=$root/build/fuzz/tests/fuzz

usage() {
  cat <<'USAGE'
usage: run-fuzzers.sh SECONDS [NAME...]

Builds the preset "fuzz" (clang, libFuzzer, ASan, UBSan) and runs each tests/fuzz/<NAME>_fuzz.cc for
SECONDS, from the seeds in tests/fuzz/corpus/<NAME>. What it learns goes to build/fuzz/corpus, the
input of a crash to build/fuzz/crashes. Exit code 1 if any crashed, hung, leaked or ate over 2 GiB.
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

"$root/cmake/build-preset.sh" fuzz
crashes=$root/build/fuzz/crashes
mkdir -p "$crashes"
failed=()
for name in "${names[@]}"; do
  learned=$root/build/fuzz/corpus/$name
  mkdir -p "$learned"
  corpora=("$learned")
  [[ ! -d $root/tests/fuzz/corpus/$name ]] || corpora+=("$root/tests/fuzz/corpus/$name")
  dictionary=()
  [[ ! -f $root/tests/fuzz/$name.dict ]] || dictionary=(-dict="$root/tests/fuzz/$name.dict")
  log=$root/build/fuzz/$name.log
  echo "-- fuzzing $name for $seconds s"
  if "$programs/${name}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$crashes/$name-" "${dictionary[@]}" "${corpora[@]}" \
    >"$log" 2>&1; then
    sed -n 's/^stat::number_of_executed_units: */   inputs run: /p' "$log"
  else
    failed+=("$name")
    tail -n 60 "$log" >&2
  fi
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "run-fuzzers: FAILED: ${failed[*]}; inputs are in $crashes" >&2
  exit 1
fi
