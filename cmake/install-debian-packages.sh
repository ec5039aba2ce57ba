#!/usr/bin/env bash
# Installs the packages of cmake/debian-packages.txt that are missing; see usage() below.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$here/debian-packages.txt
cmake_needed=3.25

usage() {
  cat <<USAGE
usage: install-debian-packages.sh [--list] SECTION...

Installs what is missing of the named sections of cmake/debian-packages.txt, with apt-get, through
sudo when not root. Runs nothing when all packages are there. On a system without dpkg it installs
nothing and only checks that a compiler, cmake >= $cmake_needed and ninja can be called.

  --list   print the packages of the sections, one a line, and install nothing
  --help   this text

sections: $(section_names)
environment: COEFFICIENT_NO_INSTALL=1   install nothing, check only the tools
USAGE
}

section_names() { sed -n 's/^\[\([a-z]*\)\].*/\1/p' "$list" | paste -s -d ' '; }
fail() { printf 'install-debian-packages: %s\n' "$*" >&2; exit 1; }

packages_of() {  # the packages of one section, one a line
  awk -v want="$1" '{ sub(/#.*/, ""); gsub(/[ \t]/, "") }
    /^\[/ { on = ($0 == "[" want "]"); next }
    on && $0 != ""' "$list"
}

missing_of() {  # those of its arguments that dpkg does not list as installed
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p') || true  # dpkg-query fails when it does not know a name
  local package
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

check_tools() {
  local tool version
  for tool in cmake ninja c++; do
    command -v "$tool" >/dev/null || fail "'$tool' cannot be called. $1"
  done
  version=$(cmake --version | sed -n '1s/.* //p')
  [[ $(printf '%s\n' "$cmake_needed" "$version" | sort -V | head -n 1) == "$cmake_needed" ]] ||
    fail "cmake $version is too old, $cmake_needed is needed (Debian 12 and Ubuntu 24.04 have it)"
}

install() {
  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null ||
      fail "these packages are missing: $*; not root and no sudo here, so as root run: apt-get install $*"
    as_root=(sudo)
  fi
  echo "-- installing: $*"
  "${as_root[@]}" apt-get update -qq || fail "apt-get update failed: no package source can be reached"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null ||
    fail "apt-get could not install: $*"
}

list_only=0
sections=()
for argument in "$@"; do
  case $argument in
    --help | -h) usage; exit 0 ;;
    --list) list_only=1 ;;
    -*) usage >&2; fail "unknown option '$argument'" ;;
    *) sections+=("$argument") ;;
  esac
done
[[ ${#sections[@]} -gt 0 ]] || { usage >&2; fail "name at least one section"; }

wanted=()
for section in "${sections[@]}"; do
  mapfile -t found < <(packages_of "$section")
  [[ ${#found[@]} -gt 0 ]] || fail "no section '$section'; there are: $(section_names)"
  wanted+=("${found[@]}")
done
mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)
if [[ $list_only -eq 1 ]]; then
  printf '%s\n' "${wanted[@]}"
  exit 0
fi

if [[ ${COEFFICIENT_NO_INSTALL:-0} == 1 ]]; then
  check_tools "COEFFICIENT_NO_INSTALL=1 forbids to install it."
elif ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  check_tools "This is not Debian or Ubuntu: install the equivalents of: ${wanted[*]}"
  echo "-- no apt here: using the tools that are installed"
else
  mapfile -t missing < <(missing_of "${wanted[@]}")
  if [[ ${#missing[@]} -gt 0 ]]; then
    install "${missing[@]}"
  fi
  check_tools "Is PATH set?"
fi
