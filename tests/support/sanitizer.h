#ifndef COEFFICIENT_TESTS_SUPPORT_SANITIZER_H_
#define COEFFICIENT_TESTS_SUPPORT_SANITIZER_H_

namespace test {

// g++ defines macros, clang 14 answers __has_feature().
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace test

#endif  // COEFFICIENT_TESTS_SUPPORT_SANITIZER_H_
