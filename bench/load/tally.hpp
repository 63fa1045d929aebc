#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "histogram.hpp"
#include "timeline.hpp"

namespace loadgen {

enum class Failure { refused, reset, timeout, shortResponse, malformed, status, other };

Failure failureOf(int errorNumber) noexcept;

/** A request that got no whole answer, and whose. Moments are those of CLOCK_MONOTONIC. */
struct Loss {
  /** Address and port of the client; empty when it never had a connection. */
  std::string client;
  std::uint64_t openedNs = 0;
  std::uint64_t endedNs = 0;
  Failure kind = Failure::other;
};

/** Processor time of this process, and the time it was runnable without a processor (/proc/self/schedstat). */
struct CpuTime {
  std::uint64_t userNs = 0;
  std::uint64_t systemNs = 0;
  std::uint64_t waitNs = 0;

  static CpuTime now();
  [[nodiscard]] CpuTime since(const CpuTime& earlier) const noexcept;
};

/** Everything that one load counted. */
struct Tally {
  /** completed + failures, less those of kind status, which are completed too. */
  std::uint64_t started = 0;
  std::uint64_t completed = 0;
  /** Completed before the load's end; what came in afterwards is in `completed` only. */
  std::uint64_t completedInWindow = 0;
  std::uint64_t connectionsOpened = 0;
  /** Idle connections that the server closed or wrote to. */
  std::uint64_t idleCloses = 0;
  std::uint64_t bytesReceived = 0;
  std::uint64_t windowNs = 0;
  std::uint64_t elapsedNs = 0;
  std::uint64_t failures[7] = {};
  /** The first of those failures, up to kMostLosses. */
  std::vector<Loss> losses;
  std::map<int, std::uint64_t> otherErrnos;
  std::map<int, std::uint64_t> statuses;
  std::unordered_map<std::string, std::uint64_t> responsesBy;
  /** By the first response on each connection: who accepted it. */
  std::unordered_map<std::string, std::uint64_t> connectionsBy;
  Histogram connectNs;
  Histogram firstByteNs;
  Histogram totalNs;
  /** Open loop: how late the generator itself was, for requests that waited for no connection. */
  Histogram lagNs;
  Timeline timeline;
  CpuTime cpu;

  static constexpr std::size_t kMostLosses = 100'000;

  void fail(Failure kind) noexcept { ++failures[static_cast<std::size_t>(kind)]; }
  void lose(Loss loss) {
    fail(loss.kind);
    if (losses.size() < kMostLosses) {
      losses.push_back(std::move(loss));
    }
  }
};

} // namespace loadgen
