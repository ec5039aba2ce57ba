#ifndef EXAMPLES_AUDIT_VERIFY_NOTES_H_
#define EXAMPLES_AUDIT_VERIFY_NOTES_H_

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace audit_verify {

/// The notes of the file "checkpoints": each is followed by an empty line. What is written behind
/// the end that the file had when it was opened may be signed by keys that were not read, and is
/// not looked at. However long the file is, two notes of it at most are in memory.
class Notes {
 public:
  /// Returns false if the file cannot be read.
  bool open(const std::string& path);
  /// Returns the next note; nothing behind the last whole one, or if failed().
  std::optional<std::string> next();
  /// Returns whether something was longer than any note, or could not be read.
  [[nodiscard]] bool failed() const { return failed_ || in_.bad(); }
  /// Returns how many bytes are behind the last whole note, once next() has returned nothing.
  [[nodiscard]] std::size_t rest_bytes() const { return rest_.size(); }
  /// Returns whether those are how a note of the log `origin` begins, up to all of it but its last
  /// byte, perhaps with zeros behind: that is what an interrupted write leaves.
  [[nodiscard]] bool rest_is_begun(const std::string& origin) const;

 private:
  std::ifstream in_;
  std::uintmax_t left_ = 0;
  std::string line_;
  std::string rest_;
  bool failed_ = false;
};

}  // namespace audit_verify

#endif  // EXAMPLES_AUDIT_VERIFY_NOTES_H_
