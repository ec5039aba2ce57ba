#include "directory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace audit_verify {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxSegment = (std::uint64_t{1} << 30) + (std::uint64_t{1} << 24);
constexpr std::size_t kHeaderBytes = 64;
constexpr std::size_t kFrameHeaderBytes = 8;
constexpr std::uint32_t kMaxPayload = 65'535;

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    value = (value << 8U) | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

// A segment's file name: its first index in 20 digits, and what it holds.
std::optional<std::uint64_t> index_in(const std::string& name, std::string_view suffix) {
  if (name.size() != 20 + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    if (name[i] < '0' || name[i] > '9') return std::nullopt;
    index = index * 10 + static_cast<std::uint64_t>(name[i] - '0');
  }
  return index;
}

class Reader {
 public:
  Reader(const std::string& directory, const std::function<void(Tree&)>& at_size)
      : directory_(directory), at_size_(at_size) {}

  SegmentsRead read() {
    list();
    at_size_(tree_);
    while (result_.fault.empty() && next_file()) ++result_.files;
    if (result_.fault.empty() && !left_over().empty())
      result_.fault = "no segment leads up to " + left_over();
    if (!tree_.ok()) result_.fault = "OpenSSL failed";
    result_.records = tree_.size();
    return result_;
  }

 private:
  void list() {
    std::error_code error;
    for (fs::directory_iterator it(directory_, error), end; !error && it != end;
         it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (const auto index = index_in(name, ".seg")) segments_.emplace(*index, name);
      if (const auto index = index_in(name, ".hashes")) hashes_.emplace(*index, name);
    }
    if (error) result_.fault = "the directory cannot be read";
  }
  bool next_file() {
    const std::uint64_t index = tree_.size();
    if (const auto found = segments_.find(index); found != segments_.end()) {
      const std::string name = found->second;
      segments_.erase(found);
      last_ = segments_.empty();
      const auto twin = hashes_.find(index);
      if (twin == hashes_.end()) return read_records(name, nullptr);
      const std::string twin_name = twin->second;
      hashes_.erase(twin);
      return read_beside(name, twin_name);
    }
    if (const auto found = hashes_.find(index); found != hashes_.end()) {
      const std::string name = found->second;
      hashes_.erase(found);
      return read_hashes(name);
    }
    return false;
  }
  // A segment, and the hashes of it that an interrupted pruning left.
  bool read_beside(const std::string& name, const std::string& twin_name) {
    std::string_view rest;
    if (!open(twin_name, "CFAUDIH1", rest)) return false;
    const std::string wanted(rest);
    std::string leaves;
    if (!read_records(name, &leaves)) return false;
    return leaves == wanted || fault(twin_name, "has not the hashes of its segment");
  }
  [[nodiscard]] std::string left_over() const {
    if (!segments_.empty()) return segments_.begin()->second;
    return hashes_.empty() ? "" : hashes_.begin()->second;
  }
  bool fault(const std::string& name, const char* what) {
    result_.fault = name + " " + what;
    return false;
  }

  // Reads the file into bytes_ and checks its header, which is taken off `rest`.
  bool open(const std::string& name, std::string_view magic, std::string_view& rest) {
    const std::string path = directory_ + "/" + name;
    if (!is_plain_file(path)) return fault(name, "is no regular file");
    if (!read_whole(path, kMaxSegment, bytes_)) return fault(name, "cannot be read");
    rest = bytes_;
    if (rest.size() < kHeaderBytes || rest.substr(0, 8) != magic ||
        little_endian(rest.substr(8, 4)) != 1 || little_endian(rest.substr(12, 4)) > 1 ||
        little_endian(rest.substr(56, 4)) != crc32c(0, as_bytes(rest.substr(0, 56))) ||
        little_endian(rest.substr(60, 4)) != 0)
      return fault(name, "has no valid header");
    const Digest root = tree_.root();
    if (little_endian(rest.substr(16, 8)) != tree_.size() ||
        !std::ranges::equal(as_bytes(rest.substr(24, 32)), root))
      return fault(name, "follows other records than those before it");
    rest.remove_prefix(kHeaderBytes);
    return true;
  }

  // Adds what the leaves are to `leaves`, if somebody asks.
  bool read_records(const std::string& name, std::string* leaves) {
    std::string_view rest;
    if (!open(name, "CFAUDIT1", rest)) return false;
    if (kept_nothing_yet_) result_.first_kept = tree_.size();
    kept_nothing_yet_ = false;
    while (const std::optional<std::string_view> record = frame(rest)) {
      const auto json = nlohmann::json::parse(*record, nullptr, false);
      if (!has_its_place(json)) return fault(name, "has a record that is not in its place");
      see_own(json);
      const Digest leaf = tree_.append_record(as_bytes(*record));
      if (leaves != nullptr)
        leaves->append(reinterpret_cast<const char*>(leaf.data()), leaf.size());
      at_size_(tree_);
    }
    const bool zeros = rest.find_first_not_of('\0') == std::string_view::npos;
    if (!zeros && !last_) return fault(name, "has a damaged record");
    if (!zeros) result_.unfinished_bytes = rest.size();
    return true;
  }
  // The frame that `rest` begins with, taken off it; nothing if there is no whole and valid one.
  [[nodiscard]] std::optional<std::string_view> frame(std::string_view& rest) const {
    if (rest.size() < kFrameHeaderBytes) return std::nullopt;
    const std::uint64_t size = little_endian(rest.substr(0, 4));
    if (size == 0 || size > kMaxPayload || size > rest.size() - kFrameHeaderBytes)
      return std::nullopt;
    const std::string_view payload = rest.substr(kFrameHeaderBytes, size);
    std::array<std::byte, 8> index{};
    for (unsigned i = 0; i < 8; ++i) index[i] = static_cast<std::byte>(tree_.size() >> (8 * i));
    if (crc32c(crc32c(0, index), as_bytes(payload)) != little_endian(rest.substr(4, 4)))
      return std::nullopt;
    rest.remove_prefix(kFrameHeaderBytes + size);
    return payload;
  }
  [[nodiscard]] bool has_its_place(const nlohmann::json& json) const {
    if (!json.is_object()) return false;
    const auto seq = json.find("seq");
    if (seq == json.end()) return false;
    const auto* number = seq->get_ptr<const std::uint64_t*>();
    return number != nullptr && *number == tree_.size();
  }

  void see_own(const nlohmann::json& json) {
    const nlohmann::json own = {{"type", "system"}, {"id", "coefficient.audit"}};
    if (json.value("outcome", nlohmann::json()) != "success" ||
        json.value("actor", nlohmann::json()) != own)
      return;
    const nlohmann::json action = json.value("action", nlohmann::json());
    const std::uint64_t index = tree_.size();
    if (action == "log.pruned") {
      const auto kept = detail(json, "first_kept");
      if (kept && *kept <= index) result_.prunings.push_back({index, *kept});
    } else if (action == "log.recovered") {
      const auto begin = detail(json, "unconfirmed_from");
      if (begin && *begin < index) result_.recoveries.push_back({index, *begin});
    }
  }
  static std::optional<std::uint64_t> detail(const nlohmann::json& json, const char* name) {
    const auto details = json.value("details", nlohmann::json::object());
    const auto found = details.find(name);
    if (found == details.end()) return std::nullopt;
    const auto* number = found->get_ptr<const std::uint64_t*>();
    return number == nullptr ? std::nullopt : std::optional(*number);
  }

  bool read_hashes(const std::string& name) {
    std::string_view rest;
    if (!open(name, "CFAUDIH1", rest)) return false;
    if (rest.size() % sizeof(Digest) != 0) return fault(name, "is cut");
    for (; !rest.empty(); rest.remove_prefix(sizeof(Digest))) {
      Digest leaf{};
      std::ranges::copy(as_bytes(rest.substr(0, sizeof(Digest))), leaf.begin());
      tree_.append_leaf(leaf);
      at_size_(tree_);
    }
    result_.first_kept = tree_.size();
    return true;
  }

  std::string directory_;
  const std::function<void(Tree&)>& at_size_;
  std::map<std::uint64_t, std::string> segments_;
  std::map<std::uint64_t, std::string> hashes_;
  std::string bytes_;
  Tree tree_;
  bool last_ = false;
  bool kept_nothing_yet_ = true;
  SegmentsRead result_;
};

}  // namespace

SegmentsRead read_segments(const std::string& directory,
                           const std::function<void(Tree&)>& at_size) {
  return Reader(directory, at_size).read();
}

bool is_plain_file(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(path, error));
}

bool read_whole(const std::string& path, std::uint64_t limit, std::string& out) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  const std::uint64_t size = fs::file_size(path, error);
  if (error || size > limit) return false;
  out.assign(size, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(out.data(), static_cast<std::streamsize>(size));
  out.resize(static_cast<std::size_t>(in.gcount()));  // shorter if somebody cut it meanwhile
  return !in.bad();
}

}  // namespace audit_verify
