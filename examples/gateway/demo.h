#ifndef COEFFICIENT_GATEWAY_DEMO_H_
#define COEFFICIENT_GATEWAY_DEMO_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "demo_repository.h"
#include "directory.h"
#include "result.h"

namespace gateway {

/// One thing that the demonstration did, what came of it and what should have.
struct DemoStep {
  std::string name;      ///< For machines: "accepted", "duplicate", "tampered" ...
  std::string did;       ///< What was sent, for people.
  std::string expected;  ///< "202 accepted", "401 bad_signature" ...
  std::string got;
  [[nodiscard]] bool ok() const { return expected == got; }
};

struct DemoOutcome {
  DemoChange change;
  Planted planted;
  std::uint16_t port = 0;
  std::vector<DemoStep> steps;
  std::string minimized;  ///< The JSON that would leave the host.
  std::string receipt;    ///< Its manifest, as stored.
  std::size_t payload_bytes = 0;
  /// As the result's report has them.
  std::uint64_t files = 0, added = 0, removed = 0, context = 0, other = 0, diff_bytes = 0,
                output_bytes = 0, withheld_bytes = 0;
  std::uint64_t excluded = 0;       ///< Changed lines of lock files and the like.
  std::uint64_t lines_leaving = 0;  ///< Lines of text in the minimized JSON,
  std::uint64_t lines_altered = 0;  ///< those of them that say what was hidden or made visible,
  std::uint64_t lines_foreign = 0;  ///< and those that git does not show as changed.
  [[nodiscard]] bool ok() const;
};

/// Runs the whole gateway once, over real sockets on a free loopback port, in the new directory
/// `work` with fresh secrets: a pull request made of the newest commits of the repository around
/// `inside` (a sample where there is none) is delivered as GitHub would, then again, and then
/// deliveries that must be refused. One commit more, made for this run, has a token, characters
/// that reorder text, and a lock file. Errors: what kept it from running at all.
Result<DemoOutcome> run_demo(const std::filesystem::path& work, const std::string& inside);

/// Returns the page for people (at most 100 columns) and one JSON object for machines.
std::string demo_page(const DemoOutcome& outcome);
std::string demo_json(const DemoOutcome& outcome);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_DEMO_H_
