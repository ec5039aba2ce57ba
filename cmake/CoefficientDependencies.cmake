# Every dependency in one place. A target that the host already has wins, then a system package,
# then (header-only and source dependencies) a pinned release.
include(FetchContent)

if(NOT TARGET OpenSSL::Crypto)
  find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
endif()

if(NOT TARGET re2::re2)
  find_package(re2 REQUIRED MODULE)  # Findre2.cmake
endif()

if(NOT TARGET nlohmann_json::nlohmann_json)
  FetchContent_Declare(nlohmann_json
    URL https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
    URL_HASH SHA256=d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d
    DOWNLOAD_EXTRACT_TIMESTAMP TRUE
    FIND_PACKAGE_ARGS 3.11)
  FetchContent_MakeAvailable(nlohmann_json)
endif()

# SQLite::SQLite3 with the session extension, for the module sqlite. A developer's build has the
# module where SQLite is fit for it; a host says COEFFICIENT_BUILD_SQLITE=ON and then it must be.
set(COEFFICIENT_SQLITE_DEFINITIONS SQLITE_ENABLE_SESSION SQLITE_ENABLE_PREUPDATE_HOOK)
if(PROJECT_IS_TOP_LEVEL OR COEFFICIENT_BUILD_SQLITE)
  if(NOT TARGET SQLite::SQLite3)
    find_package(SQLite3 3.37 QUIET)  # STRICT tables
  endif()
  if(TARGET SQLite::SQLite3)
    include(CheckCXXSourceCompiles)
    set(CMAKE_REQUIRED_LIBRARIES SQLite::SQLite3)
    list(TRANSFORM COEFFICIENT_SQLITE_DEFINITIONS PREPEND -D OUTPUT_VARIABLE CMAKE_REQUIRED_DEFINITIONS)
    check_cxx_source_compiles("#include <sqlite3.h>
      int main() {
        sqlite3_session* session = nullptr;
        return sqlite3session_create(nullptr, \"main\", &session) +
               static_cast<int>(sqlite3_preupdate_count(nullptr));
      }" COEFFICIENT_SQLITE_HAS_SESSION)
    unset(CMAKE_REQUIRED_LIBRARIES)
    unset(CMAKE_REQUIRED_DEFINITIONS)
  endif()
endif()
option(COEFFICIENT_BUILD_SQLITE "Build the module sqlite (needs SQLite with the session extension)"
       ${COEFFICIENT_SQLITE_HAS_SESSION})
if(COEFFICIENT_BUILD_SQLITE AND NOT COEFFICIENT_SQLITE_HAS_SESSION)
  message(FATAL_ERROR "COEFFICIENT_BUILD_SQLITE needs SQLite >= 3.37 (libsqlite3-dev), built with "
    "SQLITE_ENABLE_SESSION and SQLITE_ENABLE_PREUPDATE_HOOK")
endif()

# P11Kit::headers, for the module pkcs11: p11-kit's header alone, to build with; what is loaded at run
# time is any PKCS#11 module. The option goes as for sqlite.
if(PROJECT_IS_TOP_LEVEL OR COEFFICIENT_BUILD_PKCS11)
  find_path(P11KIT_INCLUDE_DIR p11-kit/pkcs11.h PATH_SUFFIXES p11-kit-1)
  mark_as_advanced(P11KIT_INCLUDE_DIR)
endif()
if(P11KIT_INCLUDE_DIR)
  set(_coefficient_has_p11kit ON)
  if(NOT TARGET P11Kit::headers)
    add_library(P11Kit::headers INTERFACE IMPORTED)
    target_include_directories(P11Kit::headers INTERFACE "${P11KIT_INCLUDE_DIR}")
  endif()
else()
  set(_coefficient_has_p11kit OFF)
endif()
option(COEFFICIENT_BUILD_PKCS11 "Build the module pkcs11 (needs p11-kit/pkcs11.h)" ${_coefficient_has_p11kit})
if(COEFFICIENT_BUILD_PKCS11 AND NOT _coefficient_has_p11kit)
  message(FATAL_ERROR "COEFFICIENT_BUILD_PKCS11 needs p11-kit/pkcs11.h (libp11-kit-dev)")
endif()

# hiredis::hiredis, for the module redis: its reader of the protocol. The option goes as for sqlite.
if(PROJECT_IS_TOP_LEVEL OR COEFFICIENT_BUILD_REDIS)
  if(NOT TARGET hiredis::hiredis)
    find_package(hiredis QUIET MODULE)  # Findhiredis.cmake
  endif()
endif()
if(TARGET hiredis::hiredis)
  set(_coefficient_has_hiredis ON)
else()
  set(_coefficient_has_hiredis OFF)
endif()
option(COEFFICIENT_BUILD_REDIS "Build the module redis (needs hiredis)" ${_coefficient_has_hiredis})
if(COEFFICIENT_BUILD_REDIS AND NOT _coefficient_has_hiredis)
  message(FATAL_ERROR "COEFFICIENT_BUILD_REDIS needs hiredis >= 0.14 (libhiredis-dev)")
endif()

# GTest::gtest_main, GTest::gmock: asked for by tests/ only.
macro(coefficient_need_googletest)
  if(NOT TARGET GTest::gmock)
    set(INSTALL_GTEST OFF)
    FetchContent_Declare(googletest
      URL https://github.com/google/googletest/archive/refs/tags/v1.14.0.tar.gz
      URL_HASH SHA256=8ad598c73ad796e0d8280b082cebd82a630d73e73cd3c70057938a6501bba5d7
      DOWNLOAD_EXTRACT_TIMESTAMP TRUE
      FIND_PACKAGE_ARGS 1.12 NAMES GTest)
    FetchContent_MakeAvailable(googletest)
  endif()
endmacro()

# benchmark::benchmark: asked for by bench/ only.
macro(coefficient_need_benchmark)
  if(NOT TARGET benchmark::benchmark)
    set(BENCHMARK_ENABLE_TESTING OFF)
    set(BENCHMARK_ENABLE_INSTALL OFF)
    FetchContent_Declare(benchmark
      URL https://github.com/google/benchmark/archive/refs/tags/v1.8.3.zip
      URL_HASH SHA256=abfc22e33e3594d0edf8eaddaf4d84a2ffc491ad74b6a7edc6e7a608f690e691
      DOWNLOAD_EXTRACT_TIMESTAMP TRUE
      FIND_PACKAGE_ARGS 1.7)
    FetchContent_MakeAvailable(benchmark)
  endif()
endmacro()
