#include <benchmark/benchmark.h>
#include <openssl/crypto.h>

// Linked into every benchmark, whatever its main(): the results say what they were built with.
namespace {

[[maybe_unused]] const bool kRecorded = [] {
#ifdef __clang__
  benchmark::AddCustomContext("compiler", __VERSION__);
#else
  benchmark::AddCustomContext("compiler", "g++ " __VERSION__);
#endif
  benchmark::AddCustomContext("openssl", OpenSSL_version(OPENSSL_VERSION));
  return true;
}();

}  // namespace
