#pragma once

#include "core/state_layout.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace reuseport {

/**
 * How long the turns of the loops last at present: what a stuck one has to stand out from. Where there is more work
 * than cores, every loop is in turns of many milliseconds, of batches of connections or because it has no core; to move
 * queues from one such loop to another gains nothing, costs what is scarce, and doubled the p99 of an overloaded
 * service (ARCHITECTURE.md). A loop that waits for work makes this 0 within some milliseconds.
 */
class TurnAges {
public:
  /** Begins a look at all loops, `pause_ns` before the next; see() is then called for each of them. */
  void begin(uint64_t now_ns, uint64_t pause_ns);
  void see(size_t slot, const Row& row);

  /** How long turns last of the least busy other loop; 0 where there is none. */
  uint64_t of_others(size_t slot) const;
  /** How many loops were in a turn at once, in the mean of the last 50 ms, rounded to the nearest. */
  uint64_t busy_loops() const;

private:
  struct Loop {
    /** How old the turn was whenever one looked, in the mean; of a loop that never waits half of what turns last. */
    uint64_t mean_age_ns = 0;
    /** The share of the time that it was in a turn, in parts of kWhole. */
    uint64_t busy = 0;
    uint64_t seen_at_ns = 0;
  };

  static constexpr size_t kNone = kMaxRows;
  static constexpr uint64_t kWhole = 1'000'000;

  uint64_t mean_age_ns(size_t slot) const;

  std::array<Loop, kMaxRows> loops_;
  uint64_t now_ns_ = 0;
  uint64_t longest_sample_ns_ = 0;
  /** Of all loops together. */
  uint64_t busy_ = 0;
  /** The two least busy. */
  size_t least_ = kNone;
  size_t second_ = kNone;
};

} // namespace reuseport
