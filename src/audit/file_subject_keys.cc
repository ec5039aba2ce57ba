#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "audit/destroy_file.h"
#include "audit/directory.h"
#include "audit/lines.h"
#include "audit/note_key.h"
#include "audit/subject_keys_access.h"
#include "coefficient/audit/personal.h"
#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "core/bytes_of.h"

// A file "<kid>.subject" is two lines: the key in base64, and the subject.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::string_view kSuffix = ".subject";
constexpr std::size_t kKidBytes = 16;

std::string file_of(std::string_view kid) {
  return std::string(kid) + std::string(kSuffix);
}

// The kid that a file is named after.
std::optional<std::string> kid_in(std::string_view name) {
  std::array<std::byte, kKidBytes> kid{};
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  if (!lower_hex_decode_exact(name, kid)) return std::nullopt;
  return std::string(name);
}

}  // namespace

struct FileSubjectKeys::State {
  State(Directory opened, Descriptor held) noexcept
      : directory(std::move(opened)), lock(std::move(held)) {}
  Result<> load(const std::string& kid);
  Result<> write(const std::string& kid, std::string_view subject, const SecretBytes& key);
  Result<> destroy_unfinished();

  Directory directory;
  Descriptor lock;
  std::mutex mutex;
  std::map<std::string, std::string, std::less<>> kids;  // by subject
  std::map<std::string, SecretBytes, std::less<>> keys;  // by kid
  std::vector<std::string> unfinished;                   // kids of which a file may be there
};

Result<> FileSubjectKeys::State::load(const std::string& kid) {
  Result<std::string> text = directory.read(file_of(kid), 0, kMaxKeyFileBytes);
  if (!text) return text.error();
  std::string_view rest = *text;
  const std::string_view coded = take_line(rest).value_or("");
  SecretBytes key = SecretBytes::for_overwrite(kSubjectKeyBytes);
  const bool ok = base64_decode_exact(coded, key.expose_for_writing());
  const std::string subject(take_line(rest).value_or(""));
  const bool erased = text->empty() || text->front() == '\0';
  wipe(std::as_writable_bytes(std::span<char>(*text)));
  // An erasure that was interrupted during the overwriting, or after it.
  if (erased) return destroy_file(directory, file_of(kid));
  if (!ok || subject.empty() || !kids.emplace(subject, kid).second)
    return Error{ErrorCode::kDataLoss,
                 directory.path() + "/" + file_of(kid) + ": is not the key of one subject"};
  keys.emplace(kid, std::move(key));
  return {};
}

Result<> FileSubjectKeys::State::write(const std::string& kid, std::string_view subject,
                                       const SecretBytes& key) {
  std::string coded = base64_encode(key.expose());
  Result<> done = directory.write(
      file_of(kid), {bytes_of(coded), bytes_of("\n"), bytes_of(subject), bytes_of("\n")});
  wipe(std::as_writable_bytes(std::span<char>(coded)));
  if (!done) {
    unfinished.push_back(kid);
    (void)destroy_unfinished();  // what fails now is tried again by the next call
  }
  return done;
}

// Destroys what failed makings of keys left. Before that no other key may be made, or a subject
// could have two, nor be reported as erased.
Result<> FileSubjectKeys::State::destroy_unfinished() {
  while (!unfinished.empty()) {
    if (Result<> done = destroy_written(directory, file_of(unfinished.back())); !done) return done;
    unfinished.pop_back();
  }
  return {};
}

FileSubjectKeys::FileSubjectKeys(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
FileSubjectKeys::~FileSubjectKeys() = default;

Result<std::unique_ptr<FileSubjectKeys>> FileSubjectKeys::open(const std::string& path) {
  return SubjectKeysAccess::open(path, system_file_calls());
}

Result<std::unique_ptr<FileSubjectKeys>> SubjectKeysAccess::open(const std::string& path,
                                                                 FileCalls& calls) {
  Result<Directory> directory = Directory::open(path, calls);
  if (!directory) return directory.error();
  Result<Descriptor> lock = directory->lock();
  if (!lock) return lock.error();
  auto state = std::make_unique<FileSubjectKeys::State>(std::move(*directory), std::move(*lock));
  Result<std::vector<std::string>> names = state->directory.names();
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (name.starts_with(kTemporaryPrefix) && name.ends_with(kSuffix)) {
      if (Result<> done = destroy_file(state->directory, name); !done) return done.error();
    }
    const std::optional<std::string> kid = kid_in(name);
    if (!kid) continue;
    if (Result<> loaded = state->load(*kid); !loaded) return loaded.error();
  }
  return std::unique_ptr<FileSubjectKeys>(new FileSubjectKeys(std::move(state)));
}

Result<SubjectKey> FileSubjectKeys::key_of(std::string_view subject) {
  if (subject.empty() || subject.size() > kMaxSubjectBytes || !is_note_text(subject, false))
    return Error{ErrorCode::kInvalidArgument, "not the name of a subject"};
  const std::lock_guard lock(state_->mutex);
  if (const auto kid = state_->kids.find(subject); kid != state_->kids.end()) {
    const auto known = state_->keys.find(kid->second);
    if (known == state_->keys.end())
      return Error{ErrorCode::kUnavailable, "the erasure of the subject's key is not finished"};
    return SubjectKey{kid->second, SecretBytes::copy_of(known->second.expose())};
  }
  if (Result<> done = state_->destroy_unfinished(); !done) return done.error();
  std::array<std::byte, kKidBytes> random{};
  SecretBytes key = SecretBytes::for_overwrite(kSubjectKeyBytes);
  if (Result<> done = random_bytes(random); !done) return done.error();
  if (Result<> done = random_bytes(key.expose_for_writing()); !done) return done.error();
  const std::string kid = hex_encode(random);
  if (Result<> done = state_->write(kid, subject, key); !done) return done.error();
  SecretBytes copy = SecretBytes::copy_of(key.expose());
  state_->kids.emplace(subject, kid);
  state_->keys.emplace(kid, std::move(key));
  return SubjectKey{kid, std::move(copy)};
}

Result<SecretBytes> FileSubjectKeys::find(std::string_view kid) {
  const std::lock_guard lock(state_->mutex);
  const auto key = state_->keys.find(kid);
  if (key == state_->keys.end())
    return Error{ErrorCode::kNotFound, "there is no such subject key: it was erased, or never was"};
  return SecretBytes::copy_of(key->second.expose());
}

Result<std::string> FileSubjectKeys::kid_of(std::string_view subject) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->kids.find(subject);
  if (found == state_->kids.end()) return Error{ErrorCode::kNotFound, "the subject has no key"};
  return found->second;
}

Result<std::string> FileSubjectKeys::erase(std::string_view subject) {
  const std::lock_guard lock(state_->mutex);
  if (Result<> done = state_->destroy_unfinished(); !done) return done.error();
  const auto found = state_->kids.find(subject);
  if (found == state_->kids.end()) return Error{ErrorCode::kNotFound, "the subject has no key"};
  std::string kid = found->second;
  // From memory first: after a failure the key is used no more, and erase() may be tried again.
  state_->keys.erase(kid);
  if (Result<> done = destroy_file(state_->directory, file_of(kid)); !done) return done.error();
  state_->kids.erase(found);
  return kid;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
