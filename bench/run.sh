#!/usr/bin/env bash
# Builds and runs the benchmarks and prints the table; see usage() below.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
results=$root/bench/results
build=$root/build/bench/bench
peers=$build/peers
python=/usr/bin/python3  # the one that Debian's packages are for
[[ -x $python ]] || python=python3
repetitions=11
table_options=()
filter=
update=0

usage() {
  cat <<'USAGE'
usage: bench/run.sh [OPTION...] [MODULE...]

Installs the missing Debian packages (sections build and bench), builds the preset "bench" (as
release), runs bench/<MODULE>_bench.cc (default: all) and prints a table: our time, the floor (the
least work that any implementation must do, measured in the same run), the peers, and the bars of
bench/bars.json. Repetitions of all benchmarks of a program are interleaved at random, so that a
busy moment hits all alike, and medians are taken. Peers in other languages (bench/peers) run when
their interpreter is there (npm, where it is, fetches theirs); a peer that cannot run is listed
with the reason.

  --repetitions N   how often each is measured (default 11)
  --filter REGEX    only benchmarks that match
  --strict          exit 1 if a bar is missed
  --update-docs     also put the table into docs/benchmarks.md (only with all modules)
  --help            this text

The raw figures, the table as JSON and as Markdown go to bench/results. Measure on a quiet machine.
environment: COEFFICIENT_NO_INSTALL, COEFFICIENT_CMAKE_ARGS, COEFFICIENT_JOBS, CC, CXX
USAGE
}

fail() { printf 'bench/run.sh: %s\n' "$*" >&2; exit 2; }

modules=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --repetitions) repetitions=${2:?--repetitions needs a number}; shift ;;
    --filter) filter=${2:?--filter needs a regular expression}; shift ;;
    --strict) table_options+=(--strict) ;;
    --update-docs) update=1 ;;
    -*) usage >&2; fail "unknown option '$1'" ;;
    *) modules+=("$1") ;;
  esac
  shift
done
[[ $repetitions =~ ^[1-9][0-9]*$ ]] || fail "--repetitions takes a positive number"
if [[ $update -eq 1 ]]; then
  [[ ${#modules[@]} -eq 0 && -z $filter ]] || fail "--update-docs needs a run of everything"
  table_options+=(--update "$root/docs/benchmarks.md")
fi
if [[ ${#modules[@]} -eq 0 ]]; then
  for source in "$root"/bench/*_bench.cc; do
    [[ ! -e $source ]] || modules+=("$(basename "$source" _bench.cc)")
  done
fi
[[ ${#modules[@]} -gt 0 ]] || fail "bench/ has no *_bench.cc"
for module in "${modules[@]}"; do
  [[ -f $root/bench/${module}_bench.cc ]] || fail "there is no bench/${module}_bench.cc"
done

absent() { printf '{"absent": [{"peer": "%s", "reason": "%s"}]}\n' "$(basename "$1")" "$2"; }

run_peer() {  # run_peer SCRIPT INPUT: a peer in another language, or why it is absent
  case $1 in
    *.mjs)
      if ! command -v node >/dev/null; then
        absent "$1" "node is not installed"
      else
        NODE_PATH=$peers/node_modules node "$1" "$repetitions" "$2"
      fi ;;
    *.py) "$python" "$1" "$repetitions" "$2" ;;
    *.go)  # with the packages of Debian, not of the network
      if ! command -v go >/dev/null; then
        absent "$1" "go is not installed"
      elif [[ ! -d /usr/share/gocode/src/golang.org/x/time ]]; then
        absent "$1" "golang-golang-x-time-dev is not installed"
      else
        mkdir -p "$peers"
        GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$peers/go \
          go build -o "$peers/$(basename "$1" .go)" "$1" && "$peers/$(basename "$1" .go)" "$repetitions"
      fi ;;
  esac
}

# The peers that npm has, of one version, outside of the source tree. One call for all: npm removes
# what another one has installed without saving it.
npm_peers=(jose@6.2.18 jsonwebtoken@9.0.3 parse-diff@0.12.0)
install_npm_peers() {
  [[ ${COEFFICIENT_NO_INSTALL:-0} != 1 ]] && command -v npm >/dev/null || return 0
  local peer missing=0
  for peer in "${npm_peers[@]}"; do
    [[ -d $peers/node_modules/${peer%@*} ]] || missing=1
  done
  [[ $missing -eq 1 ]] || return 0
  mkdir -p "$peers"
  npm install --prefix "$peers" --no-save --ignore-scripts --no-audit --no-fund --silent \
    "${npm_peers[@]}" || echo "-- npm could not install ${npm_peers[*]}; they will be absent"
}

echo "-- packages"
"$root/cmake/install-debian-packages.sh" build bench
"$root/cmake/build-preset.sh" bench "${modules[@]/%/_bench}"
rm -rf "$results"
mkdir -p "$results"
files=()
for module in "${modules[@]}"; do
  echo "-- running ${module}_bench, $repetitions repetitions"
  out=$results/$module.json
  "$build/${module}_bench" --benchmark_enable_random_interleaving=true \
    --benchmark_repetitions="$repetitions" --benchmark_min_time=0.1 --benchmark_out="$out" --benchmark_out_format=json \
    ${filter:+--benchmark_filter="$filter"} >"$results/$module.log" 2>&1 ||
    { cat "$results/$module.log" >&2; fail "${module}_bench failed"; }
  files+=("$out")
  [[ -z $filter ]] || continue
  scripts=("$root/bench/peers/${module}"_*)
  [[ -e ${scripts[0]} ]] || continue
  input=$build/${module}.input
  if grep -qF "add_executable(${module}_input" "$root/bench/CMakeLists.txt"; then
    "$root/cmake/build-preset.sh" bench "${module}_input"
    "$build/${module}_input" >"$input"
  fi
  install_npm_peers
  for script in "${scripts[@]}"; do
    echo "-- running $(basename "$script")"
    out=$results/$(basename "$script").json
    run_peer "$script" "$input" >"$out" || fail "$(basename "$script") failed"
    files+=("$out")
  done
done
echo
python3 "$root/bench/table.py" --json "$results/table.json" --markdown "$results/table.md" \
  "${table_options[@]}" "${files[@]}"
