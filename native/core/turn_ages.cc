#include "core/turn_ages.h"

#include <algorithm>
#include <limits>

namespace reuseport {
namespace {

// Several turns of an overloaded loop, and short enough that a block which has ended is soon forgotten.
constexpr uint64_t kMemoryNs = 10'000'000;

// Long enough that two loops which happen to be in short turns at once do not make a machine full.
constexpr uint64_t kBusyMemoryNs = 50'000'000;

uint64_t towards(uint64_t mean, uint64_t value, uint64_t passed_ns) {
  uint64_t weight = std::min(passed_ns, kMemoryNs);
  return (mean * (kMemoryNs - weight) + value * weight) / kMemoryNs;
}

} // namespace

void TurnAges::begin(uint64_t now_ns, uint64_t pause_ns) {
  now_ns_ = now_ns;
  // The watch sleeps while nothing happens: what was not looked at for longer counts as idle.
  longest_sample_ns_ = std::min(2 * pause_ns, kBusyMemoryNs);
  busy_ = 0;
  least_ = second_ = kNone;
}

void TurnAges::see(size_t slot, const Row& row) {
  uint64_t busy_since = row.worker.busy_since_ns.load(std::memory_order_relaxed);
  uint64_t age = busy_since == 0 || busy_since > now_ns_ ? 0 : now_ns_ - busy_since;
  Loop& loop = loops_[slot];
  uint64_t passed = now_ns_ - loop.seen_at_ns;
  loop.mean_age_ns = towards(loop.mean_age_ns, age, passed);
  uint64_t kept = kBusyMemoryNs - std::min(passed, kBusyMemoryNs);
  uint64_t seen = busy_since == 0 ? 0 : std::min(passed, longest_sample_ns_);
  loop.busy = (loop.busy * kept + kWhole * seen) / kBusyMemoryNs;
  busy_ += loop.busy;
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

uint64_t TurnAges::busy_loops() const {
  return (busy_ + kWhole / 2) / kWhole;
}

uint64_t TurnAges::mean_age_ns(size_t slot) const {
  return slot == kNone ? std::numeric_limits<uint64_t>::max() : loops_[slot].mean_age_ns;
}

} // namespace reuseport
