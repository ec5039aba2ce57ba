#ifndef COEFFICIENT_SRC_CORE_JSON_MEMBERS_H_
#define COEFFICIENT_SRC_CORE_JSON_MEMBERS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. For .cc files that read a configuration as JSON, which
// json::check() has found to be strict.
COEFFICIENT_BEGIN_NAMESPACE
namespace json {

/// Reads the members of one object. The first fault is kept, with the member's path; members that
/// nobody asked for are faults too. A member that is absent leaves the variable as it is.
class Members {
 public:
  using Dom = nlohmann::json;

  /// `subject` is what the document is called in messages, as in "scheme". The first fault is
  /// written to `fault`, whose message must be empty.
  Members(const Dom& object, std::string subject, Error& fault)
      : Members(object, std::move(subject), "", fault) {}
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;
  ~Members() = default;

  void text(const char* name, std::string& out, bool required = false) {
    const Dom* value = find(name, required);
    if (value == nullptr) return;
    if (const auto* s = value->get_ptr<const std::string*>()) {
      out = *s;
    } else {
      fail(name, "must be a string");
    }
  }
  void number(const char* name, std::uint64_t max, std::uint64_t& out, bool required = false) {
    const Dom* value = find(name, required);
    if (value == nullptr) return;
    const auto* n = value->get_ptr<const std::uint64_t*>();
    if (n != nullptr && *n <= max) {
      out = *n;
    } else {
      fail(name, "must be an integer from 0 to " + std::to_string(max));
    }
  }
  void boolean(const char* name, bool& out) {
    const Dom* value = find(name, false);
    if (value == nullptr) return;
    if (const auto* b = value->get_ptr<const bool*>()) {
      out = *b;
    } else {
      fail(name, "must be true or false");
    }
  }
  void texts(const char* name, std::vector<std::string>& out) {
    const Dom* value = find(name, false);
    if (value == nullptr) return;
    if (!value->is_array()) return fail(name, "must be an array of strings");
    for (const Dom& item : *value) {
      const auto* s = item.get_ptr<const std::string*>();
      if (s == nullptr) return fail(name, "must be an array of strings");
      out.push_back(*s);
    }
  }
  template <class Enum, std::size_t N>
  void choice(const char* name, const std::array<std::pair<const char*, Enum>, N>& names, Enum& out,
              bool required = false) {
    const Dom* value = find(name, required);
    if (value == nullptr) return;
    const auto* word = value->get_ptr<const std::string*>();
    std::string all;
    for (const auto& [spelling, meaning] : names) {
      if (word != nullptr && *word == spelling) {
        out = meaning;
        return;
      }
      all += (all.empty() ? "" : ", ") + std::string(spelling);
    }
    fail(name, "must be one of " + all);
  }
  /// Calls read_one(Members&) for the object, if there is one.
  template <class ReadOne>
  void object(const char* name, ReadOne read_one) {
    const Dom* value = find(name, false);
    if (value == nullptr) return;
    Members members(*value, subject_, path_ + name + ".", fault_);
    read_one(members);
    members.refuse_others();
  }
  /// Calls read_one(Members&) for each object of an array.
  template <class ReadOne>
  void objects(const char* name, bool required, ReadOne read_one) {
    const Dom* value = find(name, required);
    if (value == nullptr) return;
    if (!value->is_array()) return fail(name, "must be an array of objects");
    std::size_t i = 0;
    for (const Dom& item : *value) {
      Members members(item, subject_, path_ + name + "[" + std::to_string(i++) + "].", fault_);
      read_one(members);
      members.refuse_others();
    }
  }
  void fail(const char* name, const std::string& what) {
    if (fault_.message.empty())
      fault_ = Error{ErrorCode::kInvalidArgument, subject_ + ": " + path_ + name + " " + what};
  }
  /// To be called last.
  void refuse_others() {
    if (!object_.is_object()) return;
    for (const auto& [name, value] : object_.items())
      if (std::find(known_.begin(), known_.end(), name) == known_.end())
        fail(name.c_str(), "is not a member of a " + subject_);
  }

 private:
  Members(const Dom& object, std::string subject, std::string path, Error& fault)
      : object_(object), subject_(std::move(subject)), path_(std::move(path)), fault_(fault) {
    if (object_.is_object() || !fault_.message.empty()) return;
    const std::string where = path_.substr(0, path_.empty() ? 0 : path_.size() - 1);
    fault_ = Error{ErrorCode::kInvalidArgument,
                   subject_ + ": " + (where.empty() ? "it" : where) + " must be an object"};
  }

  const Dom* find(const char* name, bool required) {
    known_.emplace_back(name);
    if (!object_.is_object()) return nullptr;
    const auto it = object_.find(name);
    if (it != object_.end()) return &*it;
    if (required) fail(name, "is missing");
    return nullptr;
  }

  const Dom& object_;
  std::string subject_;
  std::string path_;
  Error& fault_;
  std::vector<std::string> known_;
};

}  // namespace json
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_JSON_MEMBERS_H_
