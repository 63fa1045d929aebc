#pragma once

#include <algorithm>
#include <cstdint>

namespace reuseport {

/**
 * How often the watch looks while loops turn. A loop in a long turn is found in time at any pace, because its row tells
 * when it becomes due; what depends on the pace is how soon a queue is seen that waits for a loop which does not turn.
 * So the watch looks each 2 ms where that costs little, and less often, at least once in each rescue-after, where a
 * wake-up is dear: 4 us on a plain machine, 20 to 30 us in some virtual ones. A rescue-after of more than 40 ms does
 * with twenty looks.
 */
class WatchPace {
public:
  /** Totals of the watch's thread. To be told now and then. */
  void account(uint64_t cpu_ns, uint64_t wake_ups) {
    uint64_t wakes = wake_ups - wake_ups_;
    // A few wake-ups are those of an idle machine with cold caches: they cost more than the many would.
    if (wakes >= kEnough) {
      wake_up_ns_ = (wake_up_ns_ + (cpu_ns - cpu_ns_) / wakes) / 2;
    }
    cpu_ns_ = cpu_ns;
    wake_ups_ = wake_ups;
  }

  uint64_t pause_ns(uint64_t rescue_after_ns) const {
    uint64_t longest = std::max(rescue_after_ns, kMinPauseNs);
    uint64_t shortest = std::clamp(rescue_after_ns / 2, kMinPauseNs, std::max(kBestPauseNs, rescue_after_ns / 20));
    return std::clamp(wake_up_ns_ * kPausePerCost, std::min(shortest, longest), longest);
  }

  /** Never sooner: what becomes due earlier is found that much later. */
  static constexpr uint64_t kMinPauseNs = 500'000;

private:
  static constexpr uint64_t kBestPauseNs = 2'000'000;
  static constexpr uint64_t kEnough = 8;
  /** 0.4 % of a core. */
  static constexpr uint64_t kPausePerCost = 250;

  uint64_t wake_up_ns_ = 8'000;
  uint64_t cpu_ns_ = 0;
  uint64_t wake_ups_ = 0;
};

} // namespace reuseport
