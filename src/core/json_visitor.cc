#include "core/json_visitor.h"

#include <charconv>
#include <system_error>

#include "core/json_reader.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace json {
namespace {

bool visit_number(std::string_view number, Visitor& visitor) {
  std::uint64_t value = 0;
  const char* const end = number.data() + number.size();
  const auto read = std::from_chars(number.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? visitor.integer(value) : visitor.other();
}

bool visit(Event event, Reader& reader, Visitor& visitor) {
  switch (event) {
    case Event::kBeginObject:
    case Event::kBeginArray:
      return visitor.open(event == Event::kBeginObject);
    case Event::kEndObject:
    case Event::kEndArray:
      return visitor.close();
    case Event::kName:
      return visitor.name(reader.name());
    case Event::kString:
      return visitor.text(reader.string());
    case Event::kNumber:
      return visit_number(reader.raw(), visitor);
    default:
      return visitor.other();
  }
}

}  // namespace

Visitor::~Visitor() = default;

Result<> visit_sequence(std::string_view text, Visitor& visitor, const Limits& limits) {
  Reader reader(text, limits);
  do {
    for (Event event = reader.next(); event != Event::kEnd; event = reader.next()) {
      if (event == Event::kError) return reader.error();
      if (!visit(event, reader, visitor)) return visitor.failure();
      // Only a bracket ends a value beyond doubt: "12" is not 1 and 2.
      const bool closes = event == Event::kEndObject || event == Event::kEndArray;
      if (closes && reader.depth() == 0) break;
    }
  } while (reader.next_value());
  return {};
}

}  // namespace json
COEFFICIENT_END_NAMESPACE
