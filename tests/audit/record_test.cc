#include "coefficient/audit/record.h"

#include <gtest/gtest.h>

#include <random>

#include "support/seed.h"
#include "support/vectors.h"

using namespace coefficient;
using namespace coefficient::audit;

namespace {

Record full() {
  Record r;
  r.id = "01JDEXAMPLE0000000000000000";
  r.time = *parse_time("2026-11-23T22:00:00.000001Z");
  r.seq = 7;
  r.boot = "5a0c";
  r.mono = 9'007'199'254'740'992U;
  r.actor = {.type = "user", .id = "u_42", .session = Encrypted{"k", "n", "c", "t"}};
  r.action = "vault.secret.read";
  r.target = {.type = "secret", .id = "github-app-key"};
  r.src = {.ip = "192.0.2.7", .user_agent = "curl/8"};
  r.service = "gateway";
  r.host = "h1";
  r.outcome = Outcome::kDenied;
  r.intent = "01JD";
  r.reason = "no role";
  r.trace = "00-ab-cd-01";
  r.details = {
      {"n", -3}, {"list", Value::Array{true, nullptr, "x"}}, {"o", Value::Object{{"k", 1}}}};
  return r;
}

constexpr std::string_view kFull =
    R"({"action":"vault.secret.read","actor":{"id":"u_42","session":{"$enc":{"ct":"c","kid":"k",)"
    R"("nonce":"n","tag":"t"}},"type":"user"},"boot":"5a0c","details":{"list":[true,null,"x"],)"
    R"("n":-3,"o":{"k":1}},"host":"h1","id":"01JDEXAMPLE0000000000000000","intent":"01JD",)"
    R"("mono":9007199254740992,"outcome":"denied","reason":"no role","seq":7,"service":"gateway",)"
    R"("src":{"ip":"192.0.2.7","ua":"curl/8"},"target":{"id":"github-app-key","type":"secret"},)"
    R"("time":"2026-11-23T22:00:00.000001Z","trace":"00-ab-cd-01","v":1})";

}  // namespace

TEST(Record, IsWrittenAndReadBack) {
  const auto text = to_canonical(full());
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, kFull);
  const auto record = parse_record(*text);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(*record, full());
}

TEST(Record, ReadsTheKnownAnswers) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "audit/ours");
  std::istringstream lines(test::read_file(dir / "records.jsonl"));
  int n = 0;
  for (std::string line; std::getline(lines, line); ++n) {
    const auto record = parse_record(line);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->action, "vault.secret.read");
    EXPECT_EQ(record->id, "01JDEXAMPLE000000000000000" + std::to_string(n));
    EXPECT_EQ(to_canonical(*record).value(), line);
  }
  EXPECT_EQ(n, 3);
}

TEST(Record, RefusesWhatIsOutOfItsLimits) {
  struct Case {
    const char* why;
    void (*change)(Record&);
    ErrorCode code = ErrorCode::kInvalidArgument;
  };
  const Case cases[] = {
      {"action", [](Record& r) { r.action.clear(); }},
      {"action", [](Record& r) { r.action = "Read"; }},
      {"action", [](Record& r) { r.action = std::string(65, 'a'); }},
      {"actor.id", [](Record& r) { r.actor.id = ""; }},
      {"type", [](Record& r) { r.actor.type = "a b"; }},
      {"type", [](Record& r) { r.target.type.clear(); }},
      {"id", [](Record& r) { r.id.clear(); }},
      {"id", [](Record& r) { r.id = "a.b"; }},
      {"intent", [](Record& r) { r.intent = "\n"; }},
      {"host", [](Record& r) { r.host = "\xff"; }},
      {"ip", [](Record& r) { r.src.ip = "\xed\xa0\x80"; }},
      {"session",
       [](Record& r) {
         r.actor.session = Encrypted{"\xc0", "", "", ""};
       }},
      {"mono", [](Record& r) { r.mono = 9'007'199'254'740'993U; }},
      {"time", [](Record& r) { r.time = Timestamp(std::chrono::microseconds(-1)); }},
      {"time", [](Record& r) { r.time = Timestamp(std::chrono::hours(24 * 366 * 8031)); }},
      {"outcome", [](Record& r) { r.outcome = static_cast<Outcome>(9); }},
      {"details",
       [](Record& r) {
         r.details = {{"A", 1}};
       }},
      {"details",
       [](Record& r) {
         r.details = {{"", 1}};
       }},
      {"details",
       [](Record& r) {
         r.details = {{"$enc", 1}};
       }},
      {"details",
       [](Record& r) {
         r.details = {{"a", Value::Array{"\xff"}}};
       }},
      {"details",
       [](Record& r) {
         r.details = {{"a", std::int64_t{9'007'199'254'740'993}}};
       }},
      {"longer", [](Record& r) { r.reason = std::string(65'535, 'a'); },
       ErrorCode::kResourceExhausted},
      {"deep",
       [](Record& r) {
         Value value = 1;
         for (int i = 0; i < 8; ++i) value = Value::Array{value};
         r.details = {{"a", value}};
       },
       ErrorCode::kResourceExhausted},
  };
  for (const Case& tested : cases) {
    Record record = full();
    tested.change(record);
    const auto text = to_canonical(record);
    ASSERT_FALSE(text) << tested.why;
    EXPECT_EQ(text.error().code, tested.code) << tested.why;
    EXPECT_NE(text.error().message.find(tested.why), std::string::npos) << text.error().message;
  }
}

TEST(Record, HoldsTheLargestAndTheDeepest) {
  Record record = full();
  record.reason = "";
  const std::size_t room = kMaxRecordBytes - to_canonical(record)->size() - 12;  // "reason":"",
  record.reason = std::string(room, 'a');
  const auto text = to_canonical(record);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->size(), kMaxRecordBytes);
  EXPECT_EQ(parse_record(*text).value(), record);
  Value value = Encrypted{"k", "n", "c", "t"};
  for (int i = 0; i < 7; ++i) value = Value::Array{value};
  record.reason = "";
  record.details = {{"a", value}};
  const auto deep = to_canonical(record);
  ASSERT_TRUE(deep) << deep.error().message;
  EXPECT_EQ(parse_record(*deep).value(), record);
}

TEST(Record, ReadsNothingElse) {
  const auto change = [](std::string_view from, std::string_view to) {
    std::string text(kFull);
    return text.replace(text.find(from), from.size(), to);
  };
  ASSERT_TRUE(parse_record(kFull));
  for (const std::string& text : {change("\"v\":1", "\"v\":2"),
                                  change(",\"v\":1", ""),
                                  change("\"v\":1", "\"v\":1.0"),
                                  change("\"v\":1", "\"v\":1,\"w\":1"),
                                  change("denied", "maybe"),
                                  change("denied", "success "),
                                  change("\"outcome\":\"denied\",", ""),
                                  change("22:00:00.000001Z", "24:00:00.000001Z"),
                                  change("2026-11-23", "2026-02-30"),
                                  change("\"seq\":7", "\"seq\":-7"),
                                  change("\"seq\":7", "\"seq\":\"7\""),
                                  change("{\"id\":\"u_42\"", "{\"ID\":\"u_42\""),
                                  change("\"host\":\"h1\"", "\"host\":\"\""),
                                  change("\"n\":-3", "\"n\":-3.5"),
                                  change("\"n\":-3", "\"N\":-3"),
                                  change("{\"action\"", "{ \"action\""),
                                  change("u_42", "u\\u005f42"),
                                  change("\"tag\":\"t\"", "\"tag\":1"),
                                  std::string(kFull) + "\n",
                                  std::string("[]"),
                                  std::string()}) {
    EXPECT_FALSE(parse_record(text)) << text;
  }
}

TEST(Record, IsOneLineWhateverItHolds) {
  std::mt19937 random(test::seed());
  for (int round = 0; round < 500; ++round) {
    Record record = full();
    std::string evil;
    for (int i = 0; i < 40; ++i) evil.push_back(static_cast<char>(random() % 128));
    record.reason = record.trace = record.service = evil;
    record.details["x"] = evil;
    const auto text = to_canonical(record);
    ASSERT_TRUE(text);
    EXPECT_TRUE(std::none_of(text->begin(), text->end(),
                             [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    EXPECT_EQ(parse_record(*text).value(), record);
  }
}

TEST(Record, TimesHaveOneForm) {
  for (const char* text : {"1970-01-01T00:00:00.000000Z", "2024-02-29T23:59:59.999999Z",
                           "9999-12-31T23:59:59.999999Z"})
    EXPECT_EQ(format_time(parse_time(text).value()), text);
  for (const char* text :
       {"1969-12-31T23:59:59.999999Z", "2023-02-29T00:00:00.000000Z", "2024-01-01T00:00:60.000000Z",
        "2024-01-01T00:00:00.00000Z", "2024-01-01t00:00:00.000000Z", "2024-01-01T00:00:00.000000",
        "2024-13-01T00:00:00.000000Z", "2024-01-01T24:00:00.000000Z", ""})
    EXPECT_FALSE(parse_time(text)) << text;
  EXPECT_EQ(format_time(Timestamp(std::chrono::microseconds(-1))), "");
}
