#ifndef COEFFICIENT_SRC_RATELIMIT_TABLE_ENGINE_H_
#define COEFFICIENT_SRC_RATELIMIT_TABLE_ENGINE_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/version.h"
#include "ratelimit/engine.h"
#include "ratelimit/shared_cell.h"
#include "ratelimit/wide.h"
#include "ratelimit/zeroed_lines.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// Counts of many keys in a fixed table of 64-byte lines. A key's cell is in one of kProbeLines
/// lines from its home line on. Its tag is 58 bits of the key's hash and the generation of terms.
///
/// - Look-up takes no lock. Cells are never emptied, so a line with an empty cell ends it.
/// - A new key takes the first cell that owes nothing, under the lock of its home line: of two
///   threads with the same new key one makes the cell. A debtor's cell is never taken. Nothing is
///   lost with the others: an idle cell says what an absent one says.
/// - If all cells owe, the key shares one of kPoolCells counts with others, picked by its hash.
/// When
///   it gets a cell later, it takes the debt of that count along, as part of it may be its own.
/// - `reclaimed_until_` is the largest time until which a reclaimed cell had owed. Should the clock
///   go back before it, a new key is taken to owe until then, as it may be the one.
///
/// Thread safety: as Engine.
template <class Cell>
class TableEngine final : public KeyedEngine {
  using State = typename Cell::State;
  static constexpr std::uint64_t kPoolCells = 256;
  static constexpr std::size_t kMaxStripes = 1024;
  static constexpr std::size_t kBatch = 16;  // as many misses as a core keeps in flight
  static_assert(sizeof(Cell) * Cell::kPerLine == ZeroedLines::kLineBytes);

 public:
  /// Returns how many lines hold `keys` with seven of ten cells in use.
  static std::size_t lines_for(std::size_t keys) noexcept {
    const std::size_t cells = keys + (keys * 3 + 6) / 7;
    return std::max<std::size_t>((cells + Cell::kPerLine - 1) / Cell::kPerLine, Cell::kProbeLines);
  }

  TableEngine(const Terms& terms, std::string policy_name, ZeroedLines lines)
      : KeyedEngine(terms, std::move(policy_name)),
        lines_(std::move(lines)),
        cells_(static_cast<Cell*>(lines_.data())),
        line_count_(lines_.bytes() / ZeroedLines::kLineBytes),
        stripes_(std::clamp<std::size_t>(line_count_ / Cell::kProbeLines, 1, kMaxStripes)) {}

  Step run(std::uint64_t hash, std::uint64_t now, Operation operation,
           std::uint64_t cost) noexcept override {
    return run_inline(hash, now, operation, cost);
  }
  Decision decide(std::uint64_t hash, std::uint64_t now, Operation operation,
                  std::uint64_t cost) noexcept override {
    Decision out;
    if (operation == Operation::kCheck)  // nearly all are: code for it alone
      run_inline(hash, now, Operation::kCheck, cost).describe(policy_name(), out);
    else
      run(hash, now, operation, cost).describe(policy_name(), out);
    return out;
  }
  void refund_pool(std::uint64_t hash, std::uint64_t now, std::uint64_t cost) noexcept override {
    (void)pool_cell(hash).run(history_, now, Operation::kRefund, cost);
  }
  void check_many(const SipHash13& hash, std::uint64_t now, std::span<const KeyedCost> costs,
                  std::span<Decision> decisions) noexcept override {
    const std::size_t count = std::min(costs.size(), decisions.size());
    for (std::size_t begin = 0; begin < count; begin += kBatch)
      check_batch(hash, now, costs.subspan(begin, std::min(kBatch, count - begin)),
                  decisions.subspan(begin));
  }
  Result<> change(const Terms& terms) override { return change_terms<Cell>(history_, terms); }
  [[nodiscard]] std::size_t bytes() const noexcept override {
    return lines_.bytes() + sizeof pool_ + stripes_.size() * sizeof(std::mutex);
  }
  [[nodiscard]] std::uint64_t overflowed() const noexcept override {
    return overflowed_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t reclaimed() const noexcept override {
    return reclaimed_.load(std::memory_order_relaxed);
  }

 private:
  static std::uint64_t tag_of(std::uint64_t hash, std::uint64_t generation) noexcept {
    return (hash & ~TermsHistory::kGenerationMask) | generation;
  }
  // The high bits of the hash, spread over any number of lines.
  [[nodiscard]] std::size_t home_line(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(product(hash, line_count_) >> 64U);
  }
  [[nodiscard]] Cell* line_at(std::size_t line) const noexcept {
    return std::assume_aligned<ZeroedLines::kLineBytes>(
        cells_ + (line < line_count_ ? line : line - line_count_) * Cell::kPerLine);
  }
  SharedCell<Cell>& pool_cell(std::uint64_t hash) noexcept {
    return pool_[(hash >> 8U) % kPoolCells];  // bits that the home line hardly depends on
  }

  static bool has_empty(Cell* line) noexcept {
    return std::any_of(line, line + Cell::kPerLine, [](Cell& cell) { return cell.tag() == 0; });
  }

  // Whether the home line is full of others.
  [[nodiscard]] bool is_passed_on(std::uint64_t hash) const noexcept {
    Cell* const line = line_at(home_line(hash));
    unsigned ends = 0;
#pragma GCC unroll 4
    for (std::size_t j = 0; j < Cell::kPerLine; ++j) {
      const std::uint64_t seen = line[j].tag();
      ends |= static_cast<unsigned>(seen == 0) |
              static_cast<unsigned>((seen ^ hash) < TermsHistory::kGenerations);
    }
    return ends == 0;
  }

  template <class Matches>
  [[nodiscard, gnu::always_inline]] Cell* find(std::uint64_t hash, Matches matches) const noexcept {
    const std::size_t home = home_line(hash);
    for (std::size_t i = 0; i < Cell::kProbeLines; ++i) {
      Cell* const line = line_at(home + i);
      // All of them are compared: where in its line a key is cannot be predicted.
      Cell* found = nullptr;
#pragma GCC unroll 4
      for (std::size_t j = 0; j < Cell::kPerLine; ++j)
        found = matches(line[j].tag()) ? line + j : found;
      if (found != nullptr) return found;
      if (has_empty(line)) return nullptr;
    }
    return nullptr;
  }

  void check_batch(const SipHash13& hash, std::uint64_t now, std::span<const KeyedCost> costs,
                   std::span<Decision> decisions) noexcept {
    // Not zeroed by -ftrivial-auto-var-init, in the one spelling that g++ and clang share.
    __attribute__((uninitialized)) std::array<std::uint64_t, kBatch> all;  // NOLINT(*-member-init)
    const std::span hashes = std::span(all).first(costs.size());
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      hashes[i] = hash(costs[i].key.substr(0, kMaxKeyBytes));
      __builtin_prefetch(line_at(home_line(hashes[i])), 1);  // arrives while the next is hashed
    }
    for (const std::uint64_t of : hashes)
      if (is_passed_on(of)) __builtin_prefetch(line_at(home_line(of) + 1), 1);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      if (costs[i].key.size() > kMaxKeyBytes)
        decisions[i] = key_too_long();
      else
        run_inline(hashes[i], now, Operation::kCheck, costs[i].cost)
            .describe(policy_name(), decisions[i]);
    }
  }

  // The step stays in registers: see GcraCell::apply().
  [[gnu::always_inline]] Step run_inline(std::uint64_t hash, std::uint64_t now, Operation operation,
                                         std::uint64_t cost) noexcept {
    for (;;) {
      const std::uint64_t tag = tag_of(hash, history_.generation());
      if (Cell* const cell = find(hash, [tag](std::uint64_t seen) { return seen == tag; })) {
        Step step;
        if (cell->apply(tag, history_, now, operation, cost, step)) return step;
      } else if (const std::optional<Step> step = run_absent(hash, now, operation, cost)) {
        return *step;
      }
    }
  }

  // Returns nothing if the key has a cell by now, or the terms are others: look again.
  [[gnu::noinline]] std::optional<Step> run_absent(std::uint64_t hash, std::uint64_t now,
                                                   Operation operation,
                                                   std::uint64_t cost) noexcept {
    const std::lock_guard lock(stripes_[home_line(hash) % stripes_.size()]);
    const std::uint64_t generation = history_.generation();
    const Terms terms = history_.at(generation);
    if (Cell* const cell = find(hash, [hash](std::uint64_t seen) {
          return seen != 0 && (seen ^ hash) < TermsHistory::kGenerations;
        })) {
      bring_up_to_date(*cell, hash);
      return std::nullopt;
    }
    State state = state_of_new(hash, now, terms);
    if (history_.generation() != generation) return std::nullopt;
    Step step;
    Cell::advance(terms, state, now, operation, cost, step);
    terms.describe(step);
    if (operation == Operation::kProbe || operation == Operation::kRefund) return step;
    if (step.allowed && (!step.store || place(hash, generation, now, state))) return step;
    if (step.retry == Step::kNever) return step;
    overflowed_.fetch_add(1, std::memory_order_relaxed);
    if (!step.allowed)
      return step;  // by the debt of the shared count, or of a clock that went back
    step = pool_cell(hash).run(history_, now, operation, cost);
    step.pooled = true;
    return step;
  }

  // The cell may have been given away since it was found.
  void bring_up_to_date(Cell& cell, std::uint64_t hash) noexcept {
    State state = cell.lock();
    std::uint64_t tag = cell.tag();
    if ((tag ^ hash) < TermsHistory::kGenerations) {
      const std::uint64_t to = history_.generation();
      state = convert_chain<Cell>(state, tag & TermsHistory::kGenerationMask, to, history_);
      tag = tag_of(hash, to);
    }
    cell.publish(tag, state);
  }

  State state_of_new(std::uint64_t hash, std::uint64_t now, const Terms& terms) noexcept {
    State state = Cell::fresh();
    if (overflowed_.load(std::memory_order_relaxed) != 0)
      state = pool_cell(hash).state(history_, now);
    std::uint64_t until = reclaimed_until_.load(std::memory_order_acquire);
    if (until <= now) return state;
    const std::uint64_t most = Cell::expiry(terms, Cell::full(terms, now));
    if (until - now > most - now + kClockStep) {  // the clock was set
      reclaimed_until_.compare_exchange_strong(until, now, std::memory_order_acq_rel);
      return state;
    }
    return Cell::later(state, Cell::owing_until(terms, until));
  }

  bool place(std::uint64_t hash, std::uint64_t generation, std::uint64_t now,
             const State& state) noexcept {
    const std::size_t home = home_line(hash);
    for (std::size_t i = 0; i < Cell::kProbeLines; ++i) {
      Cell* const line = line_at(home + i);
      for (const bool never_used : {true, false}) {
        for (Cell* cell = line; cell != line + Cell::kPerLine; ++cell) {
          if ((cell->tag() == 0) != never_used || !take_idle(*cell, now)) continue;
          cell->publish(tag_of(hash, generation), state);
          return true;
        }
      }
    }
    return false;
  }

  struct Owed {
    std::uint64_t generation;
    Terms terms;
    State state;
  };
  // Returns what `cell` holds as of the terms in force.
  Owed owed(Cell& cell, const State& held) noexcept {
    const std::uint64_t tag = cell.tag();
    const std::uint64_t to = history_.generation();
    const std::uint64_t from = tag == 0 ? to : tag & TermsHistory::kGenerationMask;
    return {to, history_.at(to), convert_chain<Cell>(held, from, to, history_)};
  }

  // Locks `cell` if it owes nothing at `now`, and notes until when it did. What the cell owes by a
  // clock that was set back since is cut to a full bucket, or it would block the place until then.
  bool take_idle(Cell& cell, std::uint64_t now) noexcept {
    State held;
    const auto is_idle_or_ahead = [&](const State& seen) {
      const Owed of = owed(cell, seen);
      return Cell::expiry(of.terms, of.state) <= now || Cell::is_ahead(of.terms, of.state, now);
    };
    if (!cell.lock_if(is_idle_or_ahead, held)) return false;
    const std::uint64_t tag = cell.tag();
    const Owed of = owed(cell, held);
    const std::uint64_t until = Cell::expiry(of.terms, of.state);
    if (until > now) {
      if (Cell::is_ahead(of.terms, of.state, now))
        cell.publish(tag_of(tag, of.generation), Cell::kept(of.terms, of.state, now));
      else
        cell.publish(tag, held);
      return false;
    }
    if (tag != 0) note_reclaimed(until);
    return true;
  }

  void note_reclaimed(std::uint64_t until) noexcept {
    reclaimed_.fetch_add(1, std::memory_order_relaxed);
    std::uint64_t seen = reclaimed_until_.load(std::memory_order_relaxed);
    while (seen < until && !reclaimed_until_.compare_exchange_weak(seen, until)) {
    }
  }

  const ZeroedLines lines_;
  Cell* const cells_;
  const std::size_t line_count_;
  std::vector<std::mutex> stripes_;
  std::array<SharedCell<Cell>, kPoolCells> pool_{};
  alignas(64) std::atomic<std::uint64_t> overflowed_{0};
  std::atomic<std::uint64_t> reclaimed_{0};
  std::atomic<std::uint64_t> reclaimed_until_{0};
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_TABLE_ENGINE_H_
