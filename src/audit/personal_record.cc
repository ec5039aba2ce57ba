// Personal texts of a whole record, each in its place.
#include <algorithm>
#include <array>
#include <utility>

#include "coefficient/audit/personal.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

struct Place {
  std::string_view name;
  Field& (*field_of)(Record& record);
};

constexpr std::array<Place, 6> kPlaces = {{
    {"actor.id", [](Record& record) -> Field& { return record.actor.id; }},
    {"actor.session", [](Record& record) -> Field& { return record.actor.session; }},
    {"target.id", [](Record& record) -> Field& { return record.target.id; }},
    {"src.ip", [](Record& record) -> Field& { return record.src.ip; }},
    {"src.ua", [](Record& record) -> Field& { return record.src.user_agent; }},
    {"reason", [](Record& record) -> Field& { return record.reason; }},
}};
constexpr std::string_view kDetails = "details.";

// Encrypts what `Holder`, a variant of text, Encrypted and perhaps more, holds.
template <class Holder>
Result<bool> seal_text(SubjectKeys& keys, std::string_view subject, std::string_view place,
                       Holder& holder) {
  if (std::holds_alternative<Encrypted>(holder)) return false;
  const auto* text = std::get_if<std::string>(&holder);
  if (text == nullptr)
    return Error{ErrorCode::kInvalidArgument, std::string(place) + " is not a text"};
  if (text->empty()) return false;
  Result<Encrypted> sealed = seal_field(keys, subject, place, *text);
  if (!sealed) return sealed.error();
  holder.template emplace<Encrypted>(*std::move(sealed));
  return true;
}

template <class Holder>
Result<> open_text(SubjectKeys& keys, std::string_view place, Holder& holder, std::size_t& closed) {
  const auto* encrypted = std::get_if<Encrypted>(&holder);
  if (encrypted == nullptr) return {};
  Result<SecretBytes> text = open_field(keys, place, *encrypted);
  if (!text && text.error().code == ErrorCode::kNotFound) {
    ++closed;
    return {};
  }
  if (!text) return text.error();
  const auto bytes = text->expose();
  holder.template emplace<std::string>(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return {};
}

Result<> open_value(SubjectKeys& keys, const std::string& place, Value& value,
                    std::size_t& closed) {
  if (auto* elements = std::get_if<Value::Array>(&value.data)) {
    for (Value& element : *elements)
      if (Result<> done = open_value(keys, place, element, closed); !done) return done;
    return {};
  }
  if (auto* members = std::get_if<Value::Object>(&value.data)) {
    for (auto& [name, member] : *members) {
      const std::string below = std::string(place).append(1, '.').append(name);
      if (Result<> done = open_value(keys, below, member, closed); !done) return done;
    }
    return {};
  }
  return open_text(keys, place, value.data, closed);
}

}  // namespace

Result<bool> seal_in_place(SubjectKeys& keys, std::string_view subject, std::string_view place,
                           Record& record) {
  const auto* const known = std::find_if(kPlaces.begin(), kPlaces.end(),
                                         [place](const Place& p) { return p.name == place; });
  if (known != kPlaces.end()) return seal_text(keys, subject, place, known->field_of(record));
  if (!place.starts_with(kDetails) || place.size() == kDetails.size())
    return Error{ErrorCode::kInvalidArgument, "a record has no text of that name to encrypt"};
  const auto member = record.details.find(std::string(place.substr(kDetails.size())));
  if (member == record.details.end()) return false;
  return seal_text(keys, subject, place, member->second.data);
}

Result<std::size_t> open_in_place(SubjectKeys& keys, Record& record) {
  std::size_t closed = 0;
  for (const Place& place : kPlaces) {
    Result<> done = open_text(keys, place.name, place.field_of(record), closed);
    if (!done) return done.error();
  }
  for (auto& [name, value] : record.details) {
    Result<> done = open_value(keys, std::string(kDetails) + name, value, closed);
    if (!done) return done.error();
  }
  return closed;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
