#include "vault/dek_cache.h"

#include <condition_variable>
#include <optional>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

// Tenants have no NUL, so a slot's tenant ends at its first one.
std::string prefix(std::string_view tenant) {
  std::string out(tenant);
  out += '\0';
  return out;
}

}  // namespace

// One load that others may wait for.
struct DekCache::Flight {
  std::condition_variable landed;
  std::optional<Result<Entry>> result;
  bool keep = true;  // false once the slot was forgotten
};

// Ends a flight in any case: were memory to run out in `load`, the others must not wait forever.
class DekCache::Landing {
 public:
  Landing(DekCache& cache, const std::string& slot, std::shared_ptr<Flight> flight) noexcept
      : cache_(cache), slot_(slot), flight_(std::move(flight)) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing() {
    const std::lock_guard lock(cache_.mutex_);
    if (!flight_->result)
      flight_->result = Error{ErrorCode::kInternal, "loading a data key was broken off"};
    const auto it = cache_.flights_.find(slot_);
    if (it != cache_.flights_.end() && it->second == flight_) cache_.flights_.erase(it);
    flight_->landed.notify_all();
  }

 private:
  DekCache& cache_;
  const std::string& slot_;
  const std::shared_ptr<Flight> flight_;
};

DekCache::DekCache(std::size_t capacity, std::chrono::seconds max_age, const Clock& clock)
    : max_age_(max_age), clock_(clock), cached_(capacity) {}

std::string DekCache::slot(std::string_view tenant, const DekId& id) {
  std::string out = prefix(tenant);
  out.append(reinterpret_cast<const char*>(id.data()), id.size());
  return out;
}

std::string DekCache::active_slot(std::string_view tenant) {
  return prefix(tenant);  // no id: shorter than any other slot of the tenant
}

bool DekCache::fresh(const Cached& cached, std::chrono::system_clock::time_point now) const {
  return cached.loaded_at <= now && now - cached.loaded_at < max_age_;
}

Result<DekCache::Entry> DekCache::get(const std::string& slot, const Load& load) {
  const auto now = clock_.now();  // before loading: the age counts from the older moment
  std::unique_lock lock(mutex_);
  if (const Cached* cached = cached_.find(slot); cached != nullptr && fresh(*cached, now))
    return cached->entry;
  if (const auto it = flights_.find(slot); it != flights_.end()) {
    const std::shared_ptr<Flight> flight = it->second;
    flight->landed.wait(lock, [&] { return flight->result.has_value(); });
    return *flight->result;
  }
  // What is too old must not stay in memory only because nobody asks for it.
  cached_.erase_if([&](const std::string&, const Cached& cached) { return !fresh(cached, now); });
  const auto flight = std::make_shared<Flight>();
  flights_.emplace(slot, flight);
  lock.unlock();
  const Landing landing(*this, slot, flight);
  auto loaded = load();
  lock.lock();
  if (loaded && flight->keep) cached_.put(slot, Cached{*loaded, now});
  flight->result = loaded;
  lock.unlock();
  return loaded;
}

void DekCache::forget(const std::string& slot) {
  const std::lock_guard lock(mutex_);
  cached_.erase(slot);
  if (const auto it = flights_.find(slot); it != flights_.end()) {
    it->second->keep = false;
    flights_.erase(it);
  }
}

void DekCache::purge(std::string_view tenant) {
  const std::string of_tenant = prefix(tenant);
  const std::lock_guard lock(mutex_);
  cached_.erase_if(
      [&](const std::string& slot, const Cached&) { return slot.starts_with(of_tenant); });
  for (auto it = flights_.begin(); it != flights_.end();) {
    if (it->first.starts_with(of_tenant)) {
      it->second->keep = false;
      it = flights_.erase(it);
    } else {
      ++it;
    }
  }
}

std::size_t DekCache::size() const {
  const std::lock_guard lock(mutex_);
  return cached_.size();
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
