#include "diff/mail.h"

#include <algorithm>
#include <cstdint>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

// Returns the line at `at` without its LF and moves `at` behind it.
std::string_view take_line(std::string_view text, std::size_t& at) noexcept {
  const std::size_t end = std::min(text.find('\n', at), text.size());
  const std::string_view line = text.substr(at, end - at);
  at = std::min(end + 1, text.size());
  return line;
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// " 2 files changed, 3 insertions(+), 1 deletion(-)"
bool is_stat_total(std::string_view line) noexcept {
  if (!line.starts_with(' ')) return false;
  const std::size_t digits = line.find_first_not_of("0123456789", 1);
  if (digits == 1 || digits == std::string_view::npos) return false;
  const std::string_view rest = line.substr(digits);
  return rest.starts_with(" file changed") || rest.starts_with(" files changed");
}

// " path | 12 ++--", " path | Bin 0 -> 5 bytes"
bool is_stat_of_file(std::string_view line) noexcept {
  const std::size_t bar = line.rfind(" | ");
  if (!line.starts_with(' ') || bar == std::string_view::npos) return false;
  const std::string_view rest = line.substr(bar + 3);
  const std::size_t word = rest.find_first_not_of(' ');
  return word != std::string_view::npos &&
         (is_digit(rest[word]) || rest.substr(word).starts_with("Bin"));
}

// Whether the lines so far end with what git writes between a message and its patch.
class MessageEnd {
 public:
  // A file whose changes are not those of this mail ends all that was before it.
  void reset() noexcept { *this = MessageEnd{}; }
  void line(std::string_view line) noexcept {
    if (line == "---") {
      *this = MessageEnd{};
      separator_ = true;
    } else if (line.empty()) {
      part_ = part_ == Part::kTotal   ? Part::kBlank
              : part_ >= Part::kBlank ? Part::kBlanks
                                      : Part::kText;
    } else if (part_ == Part::kTotal && line.starts_with(' ')) {
      // " create mode 100644 path" and the like
    } else if (part_ == Part::kFiles && is_stat_total(line)) {
      part_ = Part::kTotal;
    } else {
      const bool goes_on = part_ == Part::kFiles && line.starts_with(' ');  // " ..."
      part_ = goes_on || is_stat_of_file(line) ? Part::kFiles : Part::kText;
    }
  }
  [[nodiscard]] bool before_file() const noexcept { return separator_ && part_ == Part::kBlank; }
  [[nodiscard]] bool before_mime_part() const noexcept {
    return separator_ && part_ >= Part::kBlank;
  }

 private:
  enum class Part : std::uint8_t { kText, kFiles, kTotal, kBlank, kBlanks };
  bool separator_ = false;
  Part part_ = Part::kText;
};

bool is_git_file_start(std::string_view line) noexcept {
  return line.starts_with("diff --git ") || line.starts_with("diff --cc ") ||
         line.starts_with("diff --combined ");
}

// Whether the lines up to the first empty one name the sender and then the subject, as git writes
// them. Before are the headers of a thread (Message-Id, References), between is the date.
bool has_mail_headers(std::string_view text) noexcept {
  bool sender = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view line = take_line(text, at);
    if (line.empty() || line.starts_with("From ")) return false;
    sender = sender || line.starts_with("From: ");
    if (sender && line.starts_with("Subject: ")) return true;
  }
  return false;
}

// "Subject: [PATCH v2 00/12] ...": git writes the bracket, the author of a commit cannot.
bool is_cover_subject(std::string_view line) noexcept {
  constexpr std::string_view kStart = "Subject: [";
  if (!line.starts_with(kStart)) return false;
  const std::string_view tag = line.substr(kStart.size(), line.find(']') - kStart.size());
  const std::size_t slash = tag.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == tag.size()) return false;
  const std::string_view total = tag.substr(slash + 1);
  const std::size_t zeros = tag.substr(0, slash).find_last_not_of('0');
  const std::size_t first_zero = zeros == std::string_view::npos ? 0 : zeros + 1;
  return std::all_of(total.begin(), total.end(), is_digit) && first_zero < slash &&
         (first_zero == 0 || tag[first_zero - 1] == ' ');
}

}  // namespace

bool is_mail_start(std::string_view text) noexcept {
  constexpr std::string_view kStart = "From ";
  constexpr std::string_view kDate = " Mon Sep 17 00:00:00 2001";
  if (!text.starts_with(kStart)) return false;
  const std::string_view rest = text.substr(kStart.size());
  const std::size_t id = std::min(rest.find_first_not_of("0123456789abcdef"), rest.size());
  if ((id != 40 && id != 64) || !rest.substr(id).starts_with(kDate)) return false;
  const std::string_view after = rest.substr(id + kDate.size());
  return after.starts_with('\n') && has_mail_headers(after.substr(1));
}

bool is_plain_file_start(std::string_view text) noexcept {
  if (!text.starts_with("--- ")) return false;
  const std::size_t second = text.find('\n');
  if (second == std::string_view::npos || !text.substr(second + 1).starts_with("+++ "))
    return false;
  const std::size_t third = text.find('\n', second + 1);
  return third != std::string_view::npos && text.substr(third + 1).starts_with("@@ -");
}

PatchStart patch_start(std::string_view text, bool is_first, FileEnd file_end) {
  std::size_t at = 0;
  (void)take_line(text, at);
  const std::size_t body = at;
  bool subject_seen = false;
  bool cover = false;
  MessageEnd end;
  while (at < text.size()) {
    const std::size_t here = at;
    const std::string_view line = take_line(text, at);
    const std::string_view rest = text.substr(here);
    if (is_mail_start(rest)) return {cover ? here : body, false};
    if (is_git_file_start(line) || is_plain_file_start(rest)) {
      if (end.before_file()) return {here, true};
      // Of the message, or of a patch without diffstat: its hunks are no place to look for one.
      at = std::max(at, here + file_end(rest));
      end.reset();
    } else if (line.starts_with("-----") && end.before_mime_part()) {
      return {here, true};
    } else {
      end.line(line);
      if (!subject_seen && line.starts_with("Subject: ")) {
        subject_seen = true;
        cover = is_first && is_cover_subject(line);
      }
    }
  }
  return {cover ? text.size() : body, false};
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
