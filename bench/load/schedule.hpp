#pragma once

#include <cmath>
#include <cstdint>
#include <random>

#include "options.hpp"

namespace loadgen {

/**
 * The moments at which an open loop intends to send. They depend on the clock alone and never on how the server did,
 * so a stall of the server leaves its whole trace in the latencies (no coordinated omission).
 */
class Schedule {
public:
  explicit Schedule(const Options& options)
      : burst_(options.burst), intervalNs_(1e9 * options.burst / options.ratePerSecond), arrivals_(options.arrivals),
        random_(options.seed) {}

  /** Nanoseconds after the start at which request 0, 1, 2 … is due. */
  std::uint64_t nextOffsetNs() {
    // Summed as a double: 2^53 ns are 104 days, so no rounding drift that matters.
    const auto due = static_cast<std::uint64_t>(offsetNs_);
    if (++ofBurst_ < burst_) {
      return due;
    }
    ofBurst_ = 0;
    offsetNs_ += arrivals_ == Arrivals::constant ? intervalNs_ : exponential_(random_) * intervalNs_;
    return due;
  }

private:
  std::uint32_t burst_;
  std::uint32_t ofBurst_ = 0;
  double intervalNs_;
  Arrivals arrivals_;
  std::mt19937_64 random_;
  std::exponential_distribution<double> exponential_{1.0};
  double offsetNs_ = 0;
};

} // namespace loadgen
