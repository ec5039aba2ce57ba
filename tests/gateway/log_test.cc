#include "log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "coefficient/core/encoding.h"
#include "fixture.h"
#include "line_writer.h"
#include "replay.h"

using namespace gateway;
using namespace std::chrono_literals;

TEST(Log, CleansWhatASenderChose) {
  EXPECT_EQ(printable("a\n\"b\"\x1b[0m\xe2\x80\xae"), "a?\"b\"?[0m???");
  EXPECT_EQ(printable(std::string(500, 'x')).size(), 200U);
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const coefficient::ManualClock clock(std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) +
                                       4567ms);
  Log log(ends[1], clock);
  log.warn("e", {{"id", "a\n{\"event\":\"forged\"}"}, {"n", 5}});
  std::array<char, 512> line{};
  const ssize_t n = read(ends[0], line.data(), line.size());
  EXPECT_EQ(std::string(line.data(), static_cast<std::size_t>(n)),
            R"({"time":"2026-02-03T00:00:04.567Z","level":"warn","event":"e",)"
            R"("id":"a?{\"event\":\"forged\"}","n":5})"
            "\n");
  close(ends[0]);
  close(ends[1]);
}

// Nobody reads at first. Without room a line is dropped: this test ends, and what is read says so.
TEST(Log, WaitsForNoReaderAndSaysHowMuchItDropped) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const coefficient::ManualClock clock(std::chrono::sys_days(std::chrono::year(2026) / 2 / 3));
  Log log(ends[1], clock);
  const std::string text(200, 'x');
  constexpr std::int64_t kLines = 2000;
  for (std::int64_t i = 0; i < kLines; ++i) log.info("e", {{"text", text}});
  const auto read_some = [&] {
    std::string out(std::size_t{1} << 20U, ' ');
    const ssize_t n = read(ends[0], out.data(), out.size());
    out.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return out;
  };
  const std::string before = read_some();
  const auto written = std::ranges::count(before, '\n');
  EXPECT_GT(written, 100);
  EXPECT_LT(written, kLines);
  EXPECT_TRUE(before.ends_with("\n"));
  log.info("again");
  log.info("and again");
  const std::string after = read_some();
  EXPECT_EQ(std::ranges::count(after, '\n'), 3);
  const std::string dropped =
      R"("event":"log_lines_dropped","lines":)" + std::to_string(kLines - written) + "}\n";
  EXPECT_NE(after.find(dropped), std::string::npos) << after;
  EXPECT_LT(after.find(dropped), after.find("again"));
  close(ends[0]);
  close(ends[1]);
}

TEST(LineWriter, CutsALineOnlyAtItsEndAndBeginsTheNextAnew) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  LineWriter lines(ends[1]);
  EXPECT_FALSE(lines.write(std::string(std::size_t{1} << 20U, 'x') + "\n"));
  std::string out(std::size_t{1} << 20U, ' ');
  ssize_t n = read(ends[0], out.data(), out.size());
  ASSERT_GT(n, 0);
  EXPECT_EQ(out.substr(0, static_cast<std::size_t>(n)).find_first_not_of('x'), std::string::npos);
  EXPECT_TRUE(lines.write("next\n"));
  n = read(ends[0], out.data(), out.size());
  EXPECT_EQ(out.substr(0, static_cast<std::size_t>(n)), "\nnext\n");
  close(ends[0]);
  close(ends[1]);
}

namespace {
class LogCanaries : public test::GatewayTest {};
}  // namespace

// Plants a mark in everything that must not be logged, makes every kind of thing happen, and
// looks for the marks. That the search can find something is shown by what must be logged.
TEST_F(LogCanaries, NoSecretSignatureHeaderOrBodyByteIsLogged) {
  edit([](auto& c) { c["endpoints"]["github"]["max_body_bytes"] = 8192; });
  start();
  std::vector<std::string> canaries;
  for (const char* name : {"github", "slack", "paystack"}) {
    canaries.push_back(test::text_of(test::secrets_of(directory_, name).front().bytes));
  }
  const std::string body = R"({"action":"CANARYaction","text":"CANARYbody"})";
  HeaderList headers = sign("github", body);
  headers.emplace_back("X-Custom", "CANARYheader");
  canaries.push_back(headers[5].second.substr(7));
  const std::string id = headers[3].second;
  EXPECT_EQ(post("github", headers, body), 202);
  EXPECT_EQ(post("github", headers, body), 200);
  EXPECT_EQ(post("github", headers, body + "CANARYtampered"), 401);
  EXPECT_EQ(post("github", headers, std::string(9000, 'x') + "CANARYlong"), 413);
  HeaderList forged = headers;
  forged[3].second = "CANARYid-of-an-unverified-request";
  forged[4].second = "CANARYevent";
  forged[5].second = "sha256=CANARYsignature";
  EXPECT_EQ(post("github", forged, body), 401);
  EXPECT_EQ(post("github", sign("github", "CANARYnot json"), "CANARYnot json"), 202);
  EXPECT_EQ(post("CANARYpath", headers, body), 404);
  const std::string pr = R"({"action":"opened","number":"CANARYnumber"})";
  EXPECT_EQ(deliver(pr), 202);
  test::RawClient garbage(port());
  garbage.send("CANARYgarbage\r\n\r\n");
  EXPECT_EQ(test::status_of(garbage.response()), 400);
  std::string printed;
  for (const std::string& line : wait_for_results(2)) printed += line;
  EXPECT_TRUE(stop());

  const std::string text = log() + printed;
  EXPECT_EQ(text.find("CANARY"), std::string::npos) << text;
  for (const std::string& canary : canaries) EXPECT_EQ(text.find(canary), std::string::npos);
  EXPECT_NE(text.find(id), std::string::npos);
  EXPECT_NE(text.find("bad_signature"), std::string::npos);
  EXPECT_NE(text.find("\"key\":\"github/1\""), std::string::npos);
}

namespace {
class Replay : public test::GatewayTest {
 protected:
  Result<bool> run(ReplayMode mode, const std::string& endpoint = "github") {
    return replay(
        directory_,
        {.file = file_, .mode = mode, .endpoint = endpoint, .event = "pull_request", .peer = {}},
        coefficient::system_clock(), [this](const std::string& l) { lines_.push_back(l); });
  }
  std::filesystem::path file_{temp_.path() / "body.json"};
  std::vector<std::string> lines_;
};
}  // namespace

TEST_F(Replay, JudgesTheAnswers) {
  ASSERT_TRUE(write_new_file(file_, R"({"type":"event_callback","event":"e","data":{}})"));
  EXPECT_EQ(run(ReplayMode::kSign).error().code, ErrorCode::kNotFound);  // nothing serves it
  start();
  for (const std::string endpoint : {"github", "slack", "paystack"}) {
    SCOPED_TRACE(endpoint);
    EXPECT_TRUE(*run(ReplayMode::kTamper, endpoint));
    EXPECT_TRUE(*run(ReplayMode::kSign, endpoint));
  }
  EXPECT_FALSE(*run(ReplayMode::kSign));  // it was delivered before
  EXPECT_TRUE(*run(ReplayMode::kDuplicate));
  EXPECT_EQ(lines_.back(),
            R"({"sent":"duplicate","status":200,"answer":"duplicate","as_expected":true})");
}

TEST(ParseUrl, TakesLoopbackOnly) {
  for (const auto& [url, port] :
       std::vector<std::pair<std::string, int>>{{"http://127.0.0.1:80/x", 80},
                                                {"http://localhost:8080", 8080},
                                                {"http://[::1]:9", 9},
                                                {"http://127.9.9.9", 80}}) {
    auto parsed = parse_url(url);
    ASSERT_TRUE(parsed) << url;
    EXPECT_EQ(parsed->first.port, port);
  }
  for (const char* url : {"", "https://127.0.0.1", "http://", "http://example.com",
                          "http://192.0.2.1:80", "http://127.0.0.1:", "http://127.0.0.1:99999",
                          "http://127.0.0.1:8x", "http://u@127.0.0.1"}) {
    EXPECT_FALSE(parse_url(url)) << url;
  }
  EXPECT_EQ(http_post({.address = "192.0.2.1", .port = 80}, "/", {}, "").error().code,
            ErrorCode::kPermissionDenied);
}
