#include "diff/mail.h"

#include <algorithm>

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

// Where the diffstat ends that starts at `at`, after a line `---`; `at` itself if there is none,
// or if no patch follows. Notes may stand before it, and the parts of a MIME mail after it.
std::size_t skip_stat(std::string_view text, std::size_t at) noexcept {
  const std::size_t start = at;
  bool total = false;
  bool blank_after_total = false;
  while (at < text.size()) {
    const std::size_t here = at;
    const std::string_view line = take_line(text, at);
    if (line.empty()) {
      blank_after_total = total;
    } else if (line.starts_with(' ')) {
      total = total || is_stat_total(line);
    } else if (blank_after_total && (line.starts_with("diff --") || line.starts_with("-----"))) {
      return here;
    } else if (total || !line.starts_with("Notes")) {
      return start;
    }
  }
  return start;
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

std::size_t patch_start(std::string_view text, bool is_first) noexcept {
  std::size_t at = 0;
  (void)take_line(text, at);
  const std::size_t body = at;
  bool subject_seen = false;
  bool cover = false;
  while (at < text.size()) {
    const std::size_t here = at;
    const std::string_view line = take_line(text, at);
    if (is_mail_start(text.substr(here))) return cover ? here : body;
    if (!subject_seen && line.starts_with("Subject: ")) {
      subject_seen = true;
      cover = is_first && is_cover_subject(line);
    } else if (line == "---") {
      if (const std::size_t after = skip_stat(text, at); after != at) return after;
    }
  }
  return cover ? text.size() : body;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
