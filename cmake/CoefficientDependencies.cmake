# Every dependency in one place. A target that the host already has wins, then a system package,
# then (header-only and source dependencies) a pinned release.
include(FetchContent)

if(NOT TARGET OpenSSL::Crypto)
  find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
endif()

if(NOT TARGET nlohmann_json::nlohmann_json)
  FetchContent_Declare(nlohmann_json
    URL https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
    URL_HASH SHA256=d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d
    FIND_PACKAGE_ARGS 3.11)
  FetchContent_MakeAvailable(nlohmann_json)
endif()
