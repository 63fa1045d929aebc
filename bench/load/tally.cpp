#include "tally.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <fstream>

namespace loadgen {

namespace {

std::uint64_t toNs(const timeval& time) noexcept {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_usec) * 1000U;
}

} // namespace

Failure failureOf(int errorNumber) noexcept {
  switch (errorNumber) {
  case ECONNREFUSED:
    return Failure::refused;
  case ECONNRESET:
  case EPIPE:
    return Failure::reset;
  case ETIMEDOUT:
    return Failure::timeout;
  default:
    return Failure::other;
  }
}

CpuTime CpuTime::now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  CpuTime time{toNs(usage.ru_utime), toNs(usage.ru_stime), 0};
  // The load runs on one thread, so the main thread's line is the whole process. Absent without CONFIG_SCHED_INFO.
  std::ifstream schedstat("/proc/self/schedstat");
  std::uint64_t ranNs = 0;
  schedstat >> ranNs >> time.waitNs;
  return time;
}

CpuTime CpuTime::since(const CpuTime& earlier) const noexcept {
  return {userNs - earlier.userNs, systemNs - earlier.systemNs, waitNs - earlier.waitNs};
}

} // namespace loadgen
