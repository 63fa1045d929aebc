#include "core/turn_ages.h"

#include <algorithm>
#include <limits>

namespace reuseport {
namespace {

// Several turns of an overloaded loop, and short enough that a block which has ended is soon forgotten.
constexpr uint64_t kMemoryNs = 10'000'000;

uint64_t towards(uint64_t mean, uint64_t value, uint64_t passed_ns) {
  uint64_t weight = std::min(passed_ns, kMemoryNs);
  return (mean * (kMemoryNs - weight) + value * weight) / kMemoryNs;
}

} // namespace

void TurnAges::begin(uint64_t now_ns) {
  now_ns_ = now_ns;
  least_ = second_ = kNone;
}

void TurnAges::see(size_t slot, const Row& row) {
  uint64_t busy_since = row.worker.busy_since_ns.load(std::memory_order_relaxed);
  uint64_t age = busy_since == 0 || busy_since > now_ns_ ? 0 : now_ns_ - busy_since;
  Loop& loop = loops_[slot];
  loop.mean_age_ns = towards(loop.mean_age_ns, age, now_ns_ - loop.seen_at_ns);
  loop.seen_at_ns = now_ns_;
  if (loop.mean_age_ns < mean_age_ns(least_)) {
    second_ = least_;
    least_ = slot;
  } else if (loop.mean_age_ns < mean_age_ns(second_)) {
    second_ = slot;
  }
}

uint64_t TurnAges::of_others(size_t slot) const {
  size_t other = least_ == slot ? second_ : least_;
  return other == kNone ? 0 : 2 * mean_age_ns(other);
}

uint64_t TurnAges::mean_age_ns(size_t slot) const {
  return slot == kNone ? std::numeric_limits<uint64_t>::max() : loops_[slot].mean_age_ns;
}

} // namespace reuseport
