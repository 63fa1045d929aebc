#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reuseport {

/** A slot to watch. */
struct WatchedRow {
  size_t slot;
  /** Duplicates of its listeners; not owned, and used only while the row is set. */
  std::vector<int> fds;
};

enum class StuckKind {
  /** In one long turn. */
  kTurn,
  /** Said to poll, but does not turn while something waits in its queue: stopped, frozen or starved. */
  kSilent,
};

struct WaitingQueue {
  /** Position in WatchedRow::fds. */
  size_t index;
  uint32_t connections;
};

/** A stuck slot with something in its queues. */
struct StuckReport {
  size_t slot;
  uint64_t for_ns;
  StuckKind kind;
  std::vector<WaitingQueue> queued;
};

} // namespace reuseport
