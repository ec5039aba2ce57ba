#include "diff/redactor_state.h"

#include <algorithm>

#include "diff/secret_shape.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr auto kPemRule = static_cast<std::size_t>(SecretRule::kPem);
constexpr std::size_t kKeyPiece = 16;   // of base64, between two markers on one line
constexpr std::size_t kBodyPiece = 32;  // of base64, for a line that no marker announced

}  // namespace

RedactorState::RedactorState(std::shared_ptr<const CompiledRedactionRules> rules, SecretIds ids)
    : rules_(std::move(rules)), ids_(std::move(ids)) {
  counts_.resize(kSecretRules + rules_->host_names.size());
}

void RedactorState::begin_input(std::string_view raw) {
  raw_ = raw;
  candidates_.set_input(raw);
  ahead_.set_input(raw);
  begin_file();
}

void RedactorState::begin_file() {
  old_.close();
  new_.close();
}

void RedactorState::begin_hunk(std::size_t columns) {
  columns_ = columns;
  ahead_.set_columns(columns);
}

void RedactorState::context(std::string_view text) {
  if (!has_pem()) return;
  candidates_.set_line(text);
  for (PemSide* side : {&old_, &new_}) {
    keys_.clear();
    if (side->inside()) side->line(text, keys_);
  }
  // Only the last marker matters here.
  std::size_t key = 0;
  for (std::size_t at = candidates_.next(0); at != Candidates::kNone;
       at = candidates_.next(at + 1)) {
    for (const Anchor& anchor : candidates_.starting_at(at)) {
      if (anchor.pattern->grammar == Grammar::kPem && SecretMatcher::has_word(text, anchor, at))
        key = std::max(key, private_key_marker(text, at - anchor.window));
    }
    if (at + 1 >= text.size()) break;
  }
  if (key == 0 || end_marker(text, key)) return;
  const bool body = has_base64_run(text.substr(key), kKeyPiece);
  old_.open(body);
  new_.open(body);
}

std::string_view RedactorState::changed(LineKind kind, std::string_view text, std::string& buffer) {
  last_.clear();
  if (kind == LineKind::kContext) {
    context(text);
    return {};
  }
  PemSide& pem = kind == LineKind::kRemoved ? old_ : new_;
  std::size_t candidate = 0;
  if (!is_suspicious(kind, text, pem, candidate)) return text;
  buffer.clear();
  Rewrite rewrite{.text = text, .out = &buffer};
  scan(rewrite, text, pem, candidate);
  return finish(rewrite);
}

std::string_view RedactorState::text(std::string_view whole, std::string& buffer) {
  last_.clear();
  buffer.clear();
  // By itself: its own look-ahead, without columns.
  candidates_.set_input(whole);
  ahead_.set_input(whole);
  ahead_.set_columns(0);
  PemSide pem;
  Rewrite rewrite{.text = whole, .out = &buffer};
  while (rewrite.line <= whole.size()) {
    const std::size_t end = std::min(whole.find('\n', rewrite.line), whole.size());
    const std::string_view line = whole.substr(rewrite.line, end - rewrite.line);
    std::size_t candidate = 0;
    if (is_suspicious(LineKind::kAdded, line, pem, candidate)) scan(rewrite, line, pem, candidate);
    rewrite.line = end + 1;
  }
  candidates_.set_input(raw_);
  ahead_.set_input(raw_);
  ahead_.set_columns(columns_);
  return finish(rewrite);
}

bool RedactorState::is_suspicious(LineKind side, std::string_view line, PemSide& pem,
                                  std::size_t& candidate) {
  candidate = Candidates::kNone;
  if (rules_->any_builtin) {
    candidates_.set_line(line);
    candidate = candidates_.next(0);
    if (!pem.inside() && line.size() >= kBodyPiece && has_pem() &&
        has_base64_run(line, kBodyPiece) && ahead_.is_private(side, line) && is_key_body(line))
      pem.open(true);
  }
  return candidate != Candidates::kNone || pem.inside() || !rules_->host.empty();
}

void RedactorState::scan(Rewrite& rewrite, std::string_view line, PemSide& pem,
                         std::size_t candidate) {
  ordered_.clear();
  next_ordered_ = 0;
  keys_.clear();
  if (pem.inside()) pem.line(line, keys_);
  for (const TextRange& key : keys_) ordered_.push_back({kPemRule, key.begin, key.end});
  rules_->host.match(line, kSecretRules, Redactor::kMaxHostMatches, ordered_);
  matcher_.start(line);
  next_end_.reset();
  no_end_ = false;
  searched_to_ = 0;
  auto key = keys_.begin();
  for (std::size_t at = candidate; at != Candidates::kNone; at = candidates_.next(at)) {
    while (key != keys_.end() && key->end <= at) ++key;
    const bool in_key = key != keys_.end() && at >= key->begin;
    at = in_key ? key->end : std::max(scan_candidate(rewrite, line, pem, at), at + 1);
    if (at >= line.size()) break;
  }
  add_ordered(rewrite, line.size());
}

// Returns where to go on: behind a private key, else at once.
std::size_t RedactorState::scan_candidate(Rewrite& rewrite, std::string_view line, PemSide& pem,
                                          std::size_t at) {
  std::size_t resume = 0;
  for (const Anchor& anchor : candidates_.starting_at(at)) {
    if (!SecretMatcher::has_word(line, anchor, at) || is_in_placeholder(line, at)) continue;
    const std::size_t word = at - anchor.window;
    if (anchor.pattern->grammar == Grammar::kPem) {
      const std::size_t end = has_pem() ? private_key_marker(line, word) : 0;
      if (end != 0) resume = open_key(rewrite, line, pem, word, end);
    } else if (const auto match = matcher_.match(anchor, word)) {
      if (!rules_->enabled[match->rule]) continue;
      add_ordered(rewrite, match->begin);
      add(rewrite, *match);
    }
  }
  return resume;
}

// A key that ends on its line leaves the side as it is. If nothing between the markers is a key
// they are only named (as in a parser of keys), and the first is redacted alone.
std::size_t RedactorState::open_key(Rewrite& rewrite, std::string_view line, PemSide& pem,
                                    std::size_t begin, std::size_t marker_end) {
  // What is known of the rest of the line holds for every marker in it.
  if (!no_end_ && (!next_end_ || next_end_->begin < marker_end)) {
    next_end_ = end_marker(line, marker_end);
    no_end_ = !next_end_;
  }
  const std::size_t limit = no_end_ ? line.size() : next_end_->begin;
  opened_.assign(1, {begin, marker_end});
  if (limit != searched_to_) {
    searched_to_ = limit;
    searched_body_ = has_base64_run(line.substr(marker_end, limit - marker_end), kKeyPiece);
    if (searched_body_) {
      (void)add_key_pieces(line, marker_end, limit, {.between_marks = !no_end_}, opened_);
      if (!no_end_ && opened_.back().end <= limit) add_key_range(line, *next_end_, opened_);
    }
  }
  if (no_end_) {
    pem.open(searched_body_);
  } else {
    pem.close();
  }
  const std::size_t stop = opened_.front().end;
  add_ordered(rewrite, begin);
  add(rewrite, {kPemRule, begin, stop});
  if (opened_.size() > 1) {
    if (next_ordered_ == ordered_.size()) {
      ordered_.clear();
      next_ordered_ = 0;
    }
    for (std::size_t i = 1; i < opened_.size(); ++i)
      ordered_.push_back({kPemRule, opened_[i].begin, opened_[i].end});
    const auto by_begin = [](const SecretMatch& a, const SecretMatch& b) {
      return a.begin < b.begin;
    };
    std::sort(ordered_.begin() + static_cast<std::ptrdiff_t>(next_ordered_), ordered_.end(),
              by_begin);
  }
  return stop;
}

// The host's matches, and what is left of a private key, that begin at or before `begin`.
void RedactorState::add_ordered(Rewrite& rewrite, std::size_t begin) {
  while (next_ordered_ < ordered_.size() && ordered_[next_ordered_].begin <= begin)
    add(rewrite, ordered_[next_ordered_++]);
}

// Matches come in the order of their anchors, which is nearly that of their beginnings. What was
// written stays; a match that reaches back into it is cut there, where a placeholder ends.
void RedactorState::add(Rewrite& rewrite, SecretMatch match) {
  match.begin = std::max(match.begin + rewrite.line, rewrite.written);
  match.end += rewrite.line;
  if (match.begin >= match.end) return;
  SecretMatch& waiting = rewrite.waiting;
  if (waiting.end == 0) {
    waiting = match;
  } else if (match.begin < waiting.end && match.end > waiting.begin) {
    if (match.rule < waiting.rule) {
      waiting.rule = match.rule;
      waiting.validated = match.validated;
    }
    waiting.begin = std::min(waiting.begin, match.begin);
    waiting.end = std::max(waiting.end, match.end);
  } else if (match.end <= waiting.begin) {
    write(rewrite, match);
  } else {
    write(rewrite, waiting);
    waiting = match;
  }
}

void RedactorState::write(Rewrite& rewrite, const SecretMatch& match) {
  // What grows is there twice for a while.
  if (rewrite.out->empty()) rewrite.out->reserve(rewrite.text.size());
  rewrite.out->append(rewrite.text, rewrite.written, match.begin - rewrite.written);
  const std::string_view secret = rewrite.text.substr(match.begin, match.end - match.begin);
  const std::uint64_t id = ids_.id(secret);
  const std::string_view name =
      match.rule < kSecretRules ? kSecretRuleNames[match.rule]
                                : std::string_view(rules_->host_names[match.rule - kSecretRules]);
  rewrite.out->append("[REDACTED:").append(name);
  if (id != 0) rewrite.out->append("#").append(std::to_string(id));
  rewrite.out->append("]");
  rewrite.written = match.end;
  rewrite.changed = true;
  ++counts_[match.rule];
  if (last_.size() < Redactor::kMaxReported)
    last_.push_back({match.rule, id, match.begin, secret.size(), match.validated});
}

std::string_view RedactorState::finish(Rewrite& rewrite) {
  if (rewrite.waiting.end != 0) write(rewrite, rewrite.waiting);
  if (!rewrite.changed) return rewrite.text;
  rewrite.out->append(rewrite.text, rewrite.written);
  return *rewrite.out;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
