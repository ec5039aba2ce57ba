#include "coefficient/audit/exporter.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audit/export_cursor.h"
#include "audit/log_support.h"
#include "support/python.h"

namespace {

namespace audit = coefficient::audit;
using audit::Exporter;
using audit::ExportFormat;
using audit::LogReader;
using audit::Record;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;
using Json = nlohmann::json;

Record full_record() {
  Record record;
  record.id = "01JD";
  record.time = audit::Timestamp(std::chrono::microseconds(1'764'000'000'123'456));
  record.seq = 41;
  record.actor = {"user", std::string("u_42"), std::string("s_1")};
  record.action = "vault.secret.read";
  record.target = {"secret", std::string("github")};
  record.src = {std::string("192.0.2.7"), std::string("curl")};
  record.service = "vault";
  record.host = "db1.example";
  record.outcome = audit::Outcome::kDenied;
  record.reason = std::string("no\nrole <13>1 forged");
  record.trace = "t";
  record.details = {{"attempt", 3}};
  return record;
}

TEST(ExportFormat, OcsfHasWhatItsClassRequires) {
  const Json event = Json::parse(audit::to_ocsf(full_record()));
  EXPECT_EQ(event["category_uid"], 6);
  EXPECT_EQ(event["class_uid"], 6003);
  EXPECT_EQ(event["activity_id"], 2);
  EXPECT_EQ(event["type_uid"], 600302);
  EXPECT_EQ(event["time"], 1'764'000'000'123);
  EXPECT_EQ(event["status_id"], 2);
  EXPECT_EQ(event["status_code"], "denied");
  EXPECT_EQ(event["metadata"]["version"], "1.3.0");
  EXPECT_EQ(event["metadata"]["uid"], "01JD");
  EXPECT_EQ(event["metadata"]["sequence"], 41);
  EXPECT_EQ(event["actor"]["user"]["uid"], "u_42");
  EXPECT_EQ(event["actor"]["session"]["uid"], "s_1");
  EXPECT_EQ(event["api"]["operation"], "vault.secret.read");
  EXPECT_EQ(event["api"]["service"]["name"], "vault");
  EXPECT_EQ(event["src_endpoint"]["ip"], "192.0.2.7");
  EXPECT_EQ(event["resources"][0]["uid"], "github");
  EXPECT_EQ(event["unmapped"]["details"]["attempt"], 3);
}

TEST(ExportFormat, EncryptedFieldsAreTheirKeysIdAndNeverTheirText) {
  Record record = full_record();
  const audit::Encrypted secret{"k1", "bm9uY2U=", "Y2lwaGVy", "dGFn"};
  record.actor.id = secret;
  record.src.ip = secret;
  const std::string text = audit::to_ocsf(record);
  const Json event = Json::parse(text);
  EXPECT_EQ(event["actor"]["user"]["uid"], "enc:k1");
  EXPECT_EQ(event["src_endpoint"]["uid"], "enc:k1");
  EXPECT_FALSE(event["src_endpoint"].contains("ip"));
  EXPECT_EQ(text.find("Y2lwaGVy"), std::string::npos);
}

TEST(ExportFormat, SyslogIsOfRfc5424) {
  Record record = full_record();
  const std::string text = *audit::to_canonical(record);
  EXPECT_EQ(audit::to_syslog(record, text),
            "<108>1 2025-11-24T16:00:00.123456Z db1.example vault - vault.secret.read "
            "[meta sequenceId=\"42\"] \xEF\xBB\xBF" +
                text);
  record.outcome = audit::Outcome::kSuccess;
  record.host = "two words";
  record.service = std::string(60, 's');
  record.seq.reset();
  EXPECT_EQ(audit::to_syslog(record, "{}"), "<110>1 2025-11-24T16:00:00.123456Z - " +
                                                std::string(48, 's') +
                                                " - vault.secret.read - \xEF\xBB\xBF{}");
  record.seq = (std::uint64_t{1} << 31U) - 2;
  EXPECT_NE(audit::to_syslog(record, "{}").find("sequenceId=\"2147483647\""), std::string::npos);
  ++*record.seq;
  EXPECT_NE(audit::to_syslog(record, "{}").find("sequenceId=\"1\""), std::string::npos);
}

TEST(ExportFormat, RefusesWhatIsNoRecord) {
  EXPECT_EQ(audit::export_text(ExportFormat::kOcsf, "{}").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(audit::export_text(ExportFormat::kSyslog, "no").error().code,
            ErrorCode::kInvalidArgument);
}

TEST(ExportCursor, IsReadStrictly) {
  const audit::ExportCursor cursor{"o", 7, {}};
  const std::string text = audit::format_cursor(cursor);
  EXPECT_EQ(*audit::parse_cursor(text), cursor);
  for (std::size_t i = 0; i < text.size(); ++i)
    EXPECT_EQ(audit::parse_cursor(text.substr(0, i)).error().code, ErrorCode::kDataLoss);
  EXPECT_FALSE(audit::parse_cursor(text + "\n"));
}

// Takes what it is given, but for the calls that a test says fail.
class Collector final : public audit::ExportSink {
 public:
  Result<> deliver(std::string_view messages) override {
    if (calls++ == fail_at) return Error{ErrorCode::kUnavailable, "the collector is away"};
    taken += messages;
    return {};
  }
  std::string taken;
  int calls = 0;
  int fail_at = -1;
};

class ExporterTest : public test::LogTest {
 protected:
  [[nodiscard]] std::string cursor() const { return path("cursor").string(); }
  void fill(int records) {
    auto log = std::filesystem::exists(path("root.vkey")) ? open() : create();
    ASSERT_TRUE(log);
    for (int i = 0; i < records; ++i) ASSERT_TRUE(log->append(test::event(std::to_string(i))));
    ASSERT_TRUE(log->close());
  }
  [[nodiscard]] LogReader reader() const {
    auto opened = LogReader::open(dir());
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }
  static std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += text + "\n";
    return all;
  }
};

TEST_F(ExporterTest, SendsEachRecordOnceWhereNothingFails) {
  fill(30);
  Collector sink;
  LogReader first = reader();
  EXPECT_EQ(*Exporter(cursor(), {}).run(first, sink), first.checkpoint().size);
  EXPECT_EQ(*Exporter(cursor(), {}).run(first, sink), 0U);
  fill(5);
  LogReader second = reader();
  EXPECT_EQ(*Exporter(cursor(), {}).run(second, sink),
            second.checkpoint().size - first.checkpoint().size);
  EXPECT_EQ(sink.taken, joined(test::texts(dir())));
}

TEST_F(ExporterTest, AFailureRepeatsNothingThatWasTakenAndLosesNothing) {
  fill(40);
  LogReader log = reader();
  const std::string want = joined(test::texts(dir()));
  for (int fail_at = 0; fail_at < 5; ++fail_at) {
    std::filesystem::remove(cursor());
    Collector sink;
    sink.fail_at = fail_at;
    Exporter exporter(cursor(), {.batch_bytes = 2000});
    EXPECT_EQ(exporter.run(log, sink).error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(exporter.run(log, sink));
    EXPECT_EQ(sink.taken, want);
  }
}

TEST_F(ExporterTest, ARewrittenOrShorterLogIsFoundOut) {
  fill(10);
  Collector sink;
  LogReader log = reader();
  ASSERT_TRUE(Exporter(cursor(), {}).run(log, sink));
  const std::string kept = test::read_all(path("cursor"));
  auto changed = *audit::parse_cursor(kept);
  changed.root[0] ^= std::byte{1};
  test::write_all(path("cursor"), audit::format_cursor(changed));
  EXPECT_EQ(Exporter(cursor(), {}).run(log, sink).error().code, ErrorCode::kDataLoss);
  changed = *audit::parse_cursor(kept);
  ++changed.next;
  test::write_all(path("cursor"), audit::format_cursor(changed));
  EXPECT_EQ(Exporter(cursor(), {}).run(log, sink).error().code, ErrorCode::kDataLoss);
  changed = *audit::parse_cursor(kept);
  changed.origin = "other";
  test::write_all(path("cursor"), audit::format_cursor(changed));
  EXPECT_EQ(Exporter(cursor(), {}).run(log, sink).error().code, ErrorCode::kDataLoss);
  test::write_all(path("cursor"), "damaged");
  EXPECT_EQ(Exporter(cursor(), {}).run(log, sink).error().code, ErrorCode::kDataLoss);
}

TEST_F(ExporterTest, DecryptsWhatItIsGivenKeysForAndFailsWithoutThem) {
  const test::TempDir temporary;
  auto keys = *audit::FileSubjectKeys::open(temporary.string());
  {
    auto log = create();
    for (const char* who : {"ann", "bob"}) {
      Record record = test::event(who);
      ASSERT_TRUE(*audit::seal_in_place(*keys, who, "actor.id", record));
      ASSERT_TRUE(log->append(record));
    }
    ASSERT_TRUE(log->close());
  }
  const auto sent = [&](audit::SubjectKeys* with) {
    std::filesystem::remove(cursor());
    Collector sink;
    LogReader log = reader();
    const auto done = Exporter(cursor(), {.open_with = with}).run(log, sink);
    EXPECT_TRUE(done) << done.error().message;
    return sink.taken;
  };
  EXPECT_EQ(sent(nullptr), joined(test::texts(dir())));
  const std::string read = sent(keys.get());
  EXPECT_NE(read.find(R"("id":"ann")"), std::string::npos);
  EXPECT_NE(read.find(R"("id":"bob")"), std::string::npos);
  ASSERT_TRUE(keys->erase("ann"));
  const std::string left = sent(keys.get());
  EXPECT_EQ(left.find(R"("id":"ann")"), std::string::npos);
  EXPECT_NE(left.find(R"("id":"bob")"), std::string::npos);

  // Where the keys cannot be asked nothing is sent in their stead.
  class Away final : public audit::SubjectKeys {
    Result<audit::SubjectKey> key_of(std::string_view) override { return away(); }
    Result<coefficient::SecretBytes> find(std::string_view) override { return away(); }
    Result<std::string> kid_of(std::string_view) override { return away(); }
    Result<std::string> erase(std::string_view) override { return away(); }
    static Error away() { return Error{ErrorCode::kUnavailable, "the vault is away"}; }
  } away;
  std::filesystem::remove(cursor());
  Collector sink;
  LogReader log = reader();
  EXPECT_EQ(Exporter(cursor(), {.open_with = &away}).run(log, sink).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(sink.taken, "");
}

// An RFC 6587/5425 reader: a count, a blank, so many bytes; and the header of RFC 5424.
constexpr const char* kSyslogReader = R"py(
import json, re, sys
data = open(sys.argv[1], "rb").read()
n = 0
while data:
    count, data = data.split(b" ", 1)
    message, data = data[:int(count)], data[int(count):]
    assert len(message) == int(count)
    m = re.fullmatch(rb'<(\d{1,3})>1 (\S{27}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) '
                     rb'(-|\[meta sequenceId="\d+"\]) \xef\xbb\xbf(.*)', message, re.S)
    assert m and b"\n" not in message, message
    record = json.loads(m.group(8))
    assert record["seq"] == n and record["action"].encode() == m.group(6)
    n += 1
print(n, end="")
)py";

TEST_F(ExporterTest, AnIndependentReaderTakesTheFramedSyslogApart) {
  {
    auto log = create();
    for (int i = 0; i < 20; ++i) {
      Record record = test::event("u\n13 <13>1 x");
      record.reason = std::string("\xF0\x9F\x94\x91\r\n\x01");
      ASSERT_TRUE(log->append(record));
    }
    ASSERT_TRUE(log->close());
  }
  Collector sink;
  LogReader log = reader();
  const auto sent = Exporter(cursor(), {.format = ExportFormat::kSyslog}).run(log, sink);
  ASSERT_TRUE(sent) << sent.error().message;
  test::write_all(path("out"), sink.taken);
  const auto read = test::python(kSyslogReader, {path("out").string()});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, std::to_string(*sent));
}

}  // namespace
