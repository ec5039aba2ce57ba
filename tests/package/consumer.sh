#!/usr/bin/env bash
# Installs the library, or builds and runs a host that uses it; ctest calls it (CMakeLists.txt).
#
#   consumer.sh install LINKAGE                      into WORK/LINKAGE/prefix; built first only if
#                                                    the tests' own build is of the other linkage
#   consumer.sh tree LINKAGE                         what was installed is what should be
#   consumer.sh find_package LINKAGE [FLAG]          a host of the installed library
#   consumer.sh webhook_only LINKAGE                 ... where its link needs libcrypto alone
#   consumer.sh each_module LINKAGE                  a host of each module that was installed, which
#                                                    asks for that component alone
#   consumer.sh without_sqlite LINKAGE               the component sqlite is refused without SQLite
#   consumer.sh unknown_component|wrong_version LINKAGE   ... refused with a good message
#   consumer.sh header_mismatch LINKAGE              ... whose headers are of another version
#   consumer.sh fetch_content|add_subdirectory LINKAGE [FLAG]   a host of the source tree
#   consumer.sh pkg_config LINKAGE [FLAG]
#
# LINKAGE is static or shared; FLAG are compiler flags of the host. The environment gives SOURCE,
# WORK, CXX, GENERATOR, BUILT: a build tree of the library, BUILT_LINKAGE: how it is linked, and
# EXPECTED_MODULES: what it has of floor 1 and above.
set -euo pipefail
: "${SOURCE:?}" "${WORK:?}" "${CXX:?}" "${GENERATOR:?}" "${BUILT:?}" "${BUILT_LINKAGE:?}" "${EXPECTED_MODULES:?}"

action=$1 linkage=$2 flag=${3:-}
prefix=$WORK/$linkage/prefix
work=$WORK/$linkage/$action${flag// /}
case $linkage in
  static) shared=OFF ;;
  shared) shared=ON ;;
esac

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

quietly() {  # runs a command and shows what it said only if it failed
  local log=$work/log
  "$@" >"$log" 2>&1 || { cat "$log" >&2; fail "$*"; }
}

configure() {  # configure SOURCE-DIRECTORY [ARGUMENT...]
  local from=$1
  shift
  cmake -S "$from" -B "$work/build" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_BUILD_TYPE=Debug -DBUILD_SHARED_LIBS="$shared" -DCMAKE_CXX_FLAGS="$flag" \
    -DHOST_CXX_FLAGS="$flag" "$@"
}

configure_installed() {  # configure_installed VERSION COMPONENTS [ARGUMENT...]
  local version=$1 components=$2
  shift 2
  configure "$SOURCE/tests/package/find_package" -DCMAKE_PREFIX_PATH="$prefix" \
    -DASK_VERSION="$version" -DASK_COMPONENTS="$components" "$@"
}

build_and_run() {
  quietly cmake --build "$work/build" -j 2 --target app
  "$work/build/app"
}

needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }

only_needs() {  # only_needs FILE PATTERN: no shared library but the toolchain's and these
  local extra
  extra=$(needed "$1" | grep -vE "^(libstdc\+\+|libgcc_s|libm|libc|libc\+\+|libc\+\+abi|libunwind|ld-linux[-a-z0-9_]*)\.so|$2" || true)
  [[ -z $extra ]] || fail "$(basename "$1") needs more than it should: $extra"
  needed "$1" | paste -s -d ' '
}

refused() {  # refused TEXT COMMAND...: the command fails and says TEXT
  local text=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    fail "this should have been refused: $*"
  fi
  # CMake wraps its messages.
  tr -s ' \n' ' ' <"$work/log" | grep -F -- "$text" >/dev/null || { cat "$work/log" >&2; fail "did not say '$text'"; }
  echo "refused: $text"
}

rm -rf "$work"
mkdir -p "$work"
case $action in
  install)
    if [[ $linkage != "$BUILT_LINKAGE" ]]; then
      BUILT=$work/build
      quietly configure "$SOURCE" -DCOEFFICIENT_BUILD_TESTS=OFF -DCOEFFICIENT_BUILD_EXAMPLES=OFF \
        -DCOEFFICIENT_UNITY=ON -DCOEFFICIENT_UNITY_MODULES=ON
      quietly cmake --build "$BUILT" -j 2
    fi
    quietly cmake --install "$BUILT" --prefix "$work/elsewhere"
    # Moved after the installation: nothing in it may depend on where it was.
    rm -rf "$prefix"
    mv "$work/elsewhere" "$prefix"
    ;;
  tree)
    headers=$(cd "$prefix/include" && find . -type f | sort)
    expected=$( (cd "$SOURCE/include" && find . -name '*.h'
      # What the build generates: version.h, and export.h of each module.
      echo ./coefficient/version.h
      cd "$prefix/include" && find . -name export.h) | sort)
    # A header of a module that this build leaves out is in the tree only.
    surplus=$(comm -23 <(echo "$headers") <(echo "$expected"))
    [[ -z $surplus ]] || fail "private headers are installed: $surplus"
    for header in coefficient/core/result.h coefficient/webhook/verifier.h coefficient/version.h; do
      [[ -f $prefix/include/$header ]] || fail "$header is not installed"
    done
    foreign=$(grep -rnE '#[ \t]*include[ \t]*[<"](nlohmann|openssl|fmt|re2|curl|sqlite3|p11-kit|boost)' "$prefix/include" || true)
    [[ -z $foreign ]] || fail "third-party types in the public API: $foreign"
    named=$(grep -rlF -e "$WORK" -e "$SOURCE" "$prefix" --include='*.cmake' --include='*.pc' --include='*.h' || true)
    [[ -z $named ]] || fail "these name the place they were built in: $named"
    rest=$(find "$prefix" \( -type f -o -type l \) -printf './%P\n' | grep -vE '^\./(include/|lib[^/]*/([^/]+/)?(libcoefficient_[a-z0-9]+\.(a|so[.0-9]*)|cmake/Coefficient/[A-Za-z0-9_-]+\.cmake|pkgconfig/coefficient-[a-z0-9]+\.pc)$)' || true)
    [[ -z $rest ]] || fail "unexpected files: $rest"
    (cd "$prefix" && find . -type f | wc -l)
    ;;
  find_package)
    quietly configure_installed 0.1 "webhook"
    build_and_run
    ;;
  all_components)
    quietly configure_installed 0.1 "coefficient"
    build_and_run
    ;;
  webhook_only)
    # A machine without curl, SQLite and JSON, as far as CMake can be told so.
    quietly configure_installed 0.1 webhook -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON \
      -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON \
      -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON
    build_and_run
    if [[ $linkage == static ]]; then
      only_needs "$work/build/app" '^libcrypto\.so'
    else
      only_needs "$work/build/app" '^libcoefficient_(core|webhook)\.so|^libcrypto\.so'
      for library in "$prefix"/lib*/libcoefficient_{core,webhook}.so "$prefix"/lib*/*/libcoefficient_{core,webhook}.so; do
        [[ ! -e $library ]] || only_needs "$library" '^libcoefficient_core\.so|^libcrypto\.so'
      done
    fi
    ;;
  each_module)
    modules=$(find "$prefix" -name 'Coefficient-*-targets.cmake' -printf '%f\n' |
      sed -e 's/^Coefficient-//' -e 's/-targets\.cmake$//' | sort)
    for module in core coefficient $EXPECTED_MODULES; do
      grep -qx "$module" <<<"$modules" || fail "the module $module is not installed"
    done
    quietly configure "$SOURCE/tests/package/each_module" -DCMAKE_PREFIX_PATH="$prefix" \
      -DMODULES="${modules//$'\n'/;}"
    quietly cmake --build "$work/build" -j 2
    cd "$work"  # where programs may leave something
    for module in $modules; do
      "$work/build/$module/app_$module" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "the host of $module"; }
    done
    paste -s -d ' ' <<<"$modules"
    ;;
  without_sqlite)
    refused "SQLite3" configure_installed 0.1 sqlite -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON
    ;;
  unknown_component)
    refused "component 'nonsense' is not in this build; it has:" configure_installed 0.1 nonsense
    ;;
  wrong_version)
    refused "version: 0.1" configure_installed 0.2 webhook
    refused "version: 0.1" configure_installed 1 webhook
    ;;
  header_mismatch)
    cp -r "$prefix" "$work/prefix"
    sed -i 's/namespace v0_1 /namespace v0_9 /' "$work/prefix/include/coefficient/version.h"
    grep -q 'namespace v0_9 ' "$work/prefix/include/coefficient/version.h" || fail "version.h has another form"
    prefix=$work/prefix
    quietly configure_installed 0.1 webhook
    refused "coefficient::v0_9::webhook::Verifier::create" cmake --build "$work/build"
    grep -q "undefined reference\|undefined symbol" "$work/log" || fail "it failed, but not at the link"
    ;;
  fetch_content | add_subdirectory)
    # Each file alone is compiled where BUILT is.
    quietly configure "$SOURCE/tests/package/$action" -DCOEFFICIENT_SOURCE="$SOURCE" \
      -DCOEFFICIENT_UNITY=ON -DCOEFFICIENT_UNITY_MODULES=ON
    build_and_run
    ;;
  pkg_config)
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name coefficient-webhook.pc)")
    export PKG_CONFIG_PATH
    static=()
    [[ $linkage == shared ]] || static=(--static)
    read -r -a flags <<<"$(pkg-config --cflags --libs "${static[@]}" coefficient-webhook)"
    # The standard first: a later flag of the host wins.
    quietly "$CXX" -std=c++20 ${flag:+"$flag"} "$SOURCE/tests/package/main.cc" -o "$work/app" "${flags[@]}" \
      -Wl,-rpath,"$(dirname "$PKG_CONFIG_PATH")"
    [[ $(pkg-config --modversion coefficient-webhook) == 0.1.* ]] || fail "another version"
    "$work/app"
    ;;
  *) fail "unknown action '$action'" ;;
esac
rm -rf "$work"  # only the prefix stays, for the other actions
