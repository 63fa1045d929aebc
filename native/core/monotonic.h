#pragma once

#include <cstdint>
#include <ctime>

namespace reuseport {

inline uint64_t read_clock_ns(clockid_t clock) {
  timespec now{};
  // Cannot fail: both clocks are older than the kernels that we run on.
  ::clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec);
}

/** The clock of the state page, of bpf_ktime_get_ns and of process.hrtime. About 25 ns. */
inline uint64_t monotonic_ns() {
  return read_clock_ns(CLOCK_MONOTONIC);
}

/** The same clock at the kernel's last tick, so up to 10 ms behind. About 6 ns. */
inline uint64_t coarse_monotonic_ns() {
  return read_clock_ns(CLOCK_MONOTONIC_COARSE);
}

} // namespace reuseport
