#include "jwt/header_memo.h"

#include <memory>

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

constexpr std::size_t kMaxSegment = 512;

}  // namespace

HeaderMemo::~HeaderMemo() {
  for (auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
}

const KnownHeader* HeaderMemo::find(std::string_view segment) const noexcept {
  for (const auto& slot : slots_) {
    const KnownHeader* const known = slot.load(std::memory_order_acquire);
    if (known == nullptr) return nullptr;
    if (known->segment == segment) return known;
  }
  return nullptr;
}

void HeaderMemo::remember(std::string_view segment, std::string_view type, std::size_t key) {
  if (segment.size() > kMaxSegment) return;
  std::unique_ptr<const KnownHeader> fresh;
  for (auto& slot : slots_) {
    const KnownHeader* known = slot.load(std::memory_order_acquire);
    if (known == nullptr) {
      if (fresh == nullptr)
        fresh = std::make_unique<const KnownHeader>(
            KnownHeader{std::string(segment), std::string(type), key});
      if (slot.compare_exchange_strong(known, fresh.get(), std::memory_order_acq_rel)) {
        (void)fresh.release();  // the slot owns it now
        return;
      }
    }
    if (known->segment == segment) return;
  }
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
