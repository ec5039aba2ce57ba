#include <filesystem>
#include <system_error>

#include "coefficient/core/random.h"
#include "demo_repository.h"
#include "directory.h"
#include "process.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLockEntries = 20;

// A token as GitHub makes them, so far as anyone outside can tell, and nobody's.
Result<std::string> random_token() {
  constexpr std::string_view kBase62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::array<std::byte, 36> bytes{};
  if (auto filled = coefficient::random_bytes(bytes); !filled) return filled.error();
  std::string token = "ghp_";
  for (const std::byte byte : bytes)
    token.push_back(kBase62[std::to_integer<std::size_t>(byte) % kBase62.size()]);
  return token;
}

std::string lock_file(std::uint64_t& lines) {
  std::string text = "{\n";
  for (std::size_t i = 0; i < kLockEntries; ++i)
    text += "  \"package-" + std::to_string(i) + "\": \"1.0." + std::to_string(i) + "\"" +
            (i + 1 < kLockEntries ? ",\n" : "\n");
  lines = kLockEntries + 2;
  return text + "}\n";
}

// Git's commands in one repository; the first failure stays.
class Git {
 public:
  explicit Git(std::string repository) : repository_(std::move(repository)) {}

  // The first line of what the command prints.
  std::string run(const std::vector<std::string>& arguments) {
    if (!failure_) return {};
    auto out = run_git(repository_, arguments, kDemoGit);
    if (!out) {
      failure_ = out.error();
      return {};
    }
    return out->substr(0, out->find('\n'));
  }
  [[nodiscard]] const Result<>& failure() const { return failure_; }

 private:
  std::string repository_;
  Result<> failure_;
};

// Makes a bare repository that reads the objects of `clone`, whatever its history is cut to.
Result<> borrow(const std::string& clone, const fs::path& path) {
  auto made = run_process({"git", "init", "--quiet", "--bare", "--template=", path.string()},
                          {"LC_ALL=C", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1"}, kDemoGit);
  if (!made) return made.error();
  Git git(clone);
  const std::string objects =
      git.run({"rev-parse", "--path-format=absolute", "--git-path", "objects"});
  const std::string shallow =
      git.run({"rev-parse", "--path-format=absolute", "--git-path", "shallow"});
  if (!git.failure()) return git.failure();
  std::error_code ec;
  fs::create_directories(path / "objects" / "info", ec);
  if (fs::exists(shallow, ec)) fs::copy_file(shallow, path / "shallow", ec);
  if (ec) return Error{ErrorCode::kInternal, path.string() + ": " + ec.message()};
  return write_new_file(path / "objects" / "info" / "alternates", objects + "\n");
}

}  // namespace

Result<DemoChange> plant(const DemoChange& change, const std::string& path, Planted& planted) {
  auto token = random_token();
  if (!token) return token.error();
  planted = {.token = *token,
             .token_file = "planted/deploy.py",
             .bidi_file = "planted/access.js",
             .lock_file = "planted/package-lock.json"};
  // In the last one a reader sees a comment where the interpreter sees a condition.
  const std::array<std::pair<std::string, std::string>, 3> files{
      {{planted.token_file, "# Nobody should commit this.\nGITHUB_TOKEN = \"" + *token + "\"\n"},
       {planted.lock_file, lock_file(planted.lock_lines)},
       {planted.bidi_file,
        "if (role !== \"user\xe2\x80\xae \xe2\x81\xa6// only admins\xe2\x81\xa9 \xe2\x81\xa6\") "
        "{\n  grant();\n}\n"}}};

  if (auto made = borrow(change.clone, path); !made) return made.error();
  Git git(path);
  git.run({"read-tree", change.pull_request.head_sha});
  for (const auto& [name, text] : files) {
    const fs::path file = fs::path(path) / fs::path(name).filename();
    if (auto written = write_new_file(file, text); !written) return written.error();
    const std::string id = git.run({"hash-object", "-w", "--no-filters", "--", file.string()});
    git.run({"update-index", "--add", "--cacheinfo", "100644", id, name});
  }
  const std::string tree = git.run({"write-tree"});
  const std::string head =
      git.run({"-c", "user.name=Demo", "-c", "user.email=demo@example.invalid", "-c",
               "commit.gpgSign=false", "commit-tree", "-p", change.pull_request.head_sha, "-m",
               "Planted by the demonstration", tree});
  if (!git.failure()) return git.failure().error();
  DemoChange grown = change;
  grown.clone = path;
  grown.pull_request.head_sha = head;
  if (auto loaded = load_diff(grown); !loaded) return loaded.error();
  return grown;
}

}  // namespace gateway
