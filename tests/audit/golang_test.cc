// Whether the reference implementation of signed notes and their logs, Go's, takes what we make.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "coefficient/audit/checkpoint.h"
#include "coefficient/audit/tiles.h"
#include "coefficient/core/encoding.h"
#include "support/seed.h"
#include "support/temp_dir.h"

namespace {

namespace audit = coefficient::audit;
namespace fs = std::filesystem;

// Debian's packages golang-go and golang-golang-x-mod-dev.
constexpr const char* kGo = "/usr/bin/go";
constexpr const char* kSources = "/usr/share/gocode";

void write(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(out.flush());
}

std::string output_of(const std::string& command) {
  std::string out;
  // NOLINTNEXTLINE(cert-env33-c): a fixed program and paths of our own
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0);
  return out;
}

std::string base64_words(const std::vector<audit::Hash>& hashes) {
  std::string words;
  for (const audit::Hash& hash : hashes) words += " " + coefficient::base64_encode(hash);
  return words + "\n";
}

TEST(Golang, SumdbAcceptsOurCheckpointsProofsAndTiles) {
  if (!fs::exists(kGo) || !fs::exists(fs::path(kSources) / "src/golang.org/x/mod/sumdb/note"))
    GTEST_SKIP() << "needs Debian's golang-go and golang-golang-x-mod-dev";
  constexpr std::uint64_t kSize = 70'001;
  const test::TempDir temporary;
  const fs::path dir = temporary.path() / "log";
  audit::HashTree tree;
  std::string records;
  for (std::uint64_t i = 0; i < kSize; ++i) {
    const std::string record = "{\"n\":" + std::to_string(i) + "}";
    ASSERT_TRUE(tree.append(*audit::leaf_hash(std::as_bytes(std::span<const char>(record)))));
    records += record + "\n";
  }
  const auto signer = *audit::NoteSigner::generate("log.example/audit");
  const audit::NoteSigner* by = &signer;
  const coefficient::SecretBytes secret = signer.private_text();
  write(dir / "vkey", signer.verifier().text());
  write(dir / "skey", {reinterpret_cast<const char*>(secret.expose().data()), secret.size()});
  write(dir / "checkpoint",
        *audit::sign_checkpoint({"log.example/audit", kSize, *audit::tree_root(tree, kSize), {}},
                                {&by, 1}));
  write(dir / "records", records);
  std::mt19937_64 random(test::seed());
  std::string proofs;
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t n = random() % kSize;
    proofs += "record " + std::to_string(n) + " -" +
              base64_words(*audit::prove_inclusion(tree, n, kSize));
    proofs += "tree " + std::to_string(n + 1) + " " +
              coefficient::base64_encode(*audit::tree_root(tree, n + 1)) +
              base64_words(*audit::prove_consistency(tree, n + 1, kSize));
  }
  write(dir / "proofs", proofs);
  for (unsigned level = 0; level < audit::kTileLevels; ++level)
    for (const audit::Tile& tile : audit::new_tiles(level, 0, kSize)) {
      const auto bytes = *audit::tile_bytes(tree, tile);
      write(dir / audit::tile_path(tile),
            {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
  EXPECT_EQ(output_of("GO111MODULE=off GOFLAGS= GOPATH=" + std::string(kSources) +
                      " GOCACHE=" + (temporary.path() / "cache").string() +
                      " HOME=" + temporary.path().string() + " " + kGo + " run " +
                      COEFFICIENT_SOURCE_DIR + "/tests/audit/go/accept.go " + dir.string()),
            "1 checkpoint, 200 records, 200 trees");
}

}  // namespace
