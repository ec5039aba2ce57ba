#include "leaving_lines.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "coefficient/core/encoding.h"

namespace gateway {
namespace {

const std::string* text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

// Text that is not UTF-8 stands there in base64.
std::optional<std::string> content_of(const nlohmann::json& line) {
  if (const std::string* text = text_of(line, "text")) return *text;
  const std::string* encoded = text_of(line, "text_base64");
  if (encoded == nullptr) return {};
  const auto bytes = coefficient::base64_decode(*encoded);
  if (!bytes) return {};
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

}  // namespace

LeavingLines::LeavingLines(const std::string& minimized) {
  const nlohmann::json json = nlohmann::json::parse(minimized, nullptr, false);
  const auto files = json.is_object() ? json.find("files") : json.end();
  if (files == json.end()) return;
  for (const nlohmann::json& file : *files) {
    const auto hunks = file.find("hunks");
    if (hunks == file.end()) continue;
    for (const nlohmann::json& hunk : *hunks) {
      for (const nlohmann::json& line : hunk) {
        const std::string* op = text_of(line, "op");
        const auto content = content_of(line);
        if (op == nullptr || !content) continue;
        const bool altered = line.contains("escaped") || line.contains("cut") ||
                             content->find("[REDACTED:") != std::string::npos;
        (altered ? altered_ : verbatim_).insert(*op + *content);
      }
    }
  }
}

bool LeavingLines::take(const std::string& line) {
  for (std::multiset<std::string>* lines : {&verbatim_, &altered_}) {
    if (const auto found = lines->find(line); found != lines->end()) {
      lines->erase(found);
      return true;
    }
  }
  return false;
}

}  // namespace gateway
