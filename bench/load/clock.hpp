#pragma once

#include <time.h>

#include <cstdint>

namespace loadgen {

/** CLOCK_MONOTONIC in nanoseconds; read through the vDSO, so it costs no system call. */
inline std::uint64_t monotonicNs() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

} // namespace loadgen
