#ifndef COEFFICIENT_GATEWAY_CLI_H_
#define COEFFICIENT_GATEWAY_CLI_H_

#include <string>

#include "result.h"

/// What all commands of the command line share.
namespace gateway {

inline constexpr int kOk = 0;      ///< As it should be.
inline constexpr int kNo = 1;      ///< It is not.
inline constexpr int kCannot = 2;  ///< It could not be tried.

/// Writes the error and a hint to standard error; returns kCannot.
int complain(const Error& error, const std::string& hint = {});

/// Writes to standard output; returns `status`, or kCannot: an answer that could not be written is
/// no answer.
int print(const std::string& text, int status);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_CLI_H_
