#include "core/watch_row.h"

#include "core/accept_queue.h"

namespace reuseport {
namespace {

// A SYN whose handshake never ends leaves assigned ahead of accepted until the loop turns; a handshake over the widest
// network takes less. After that only the slow look reads the queue.
constexpr uint64_t kHandshakeNs = 1'000'000'000;

// A silent loop whose queue was emptied by others does not turn by that, even when it runs again. So after a while it
// is tried with new connections: a stopped one delays a few of them once in this time.
constexpr uint64_t kSilentHoldNs = 1'000'000'000;

// Handshakes of almost all clients are over by then; one that is not is counted as accepted a little early.
constexpr uint64_t kStaleNs = 400'000'000;

bool something_waits(const std::vector<int>& fds) {
  for (int fd : fds) {
    if (queued_connections(fd) > 0) {
      return true;
    }
  }
  return false;
}

} // namespace

std::vector<WaitingQueue> read_queues(const std::vector<int>& fds) {
  std::vector<WaitingQueue> queues;
  for (size_t i = 0; i < fds.size(); i++) {
    if (uint32_t connections = queued_connections(fds[i]); connections > 0) {
      queues.push_back({i, connections});
    }
  }
  return queues;
}

Verdict RowWatch::look(const Row& row, const std::vector<int>& fds, const Occasion& occasion, uint64_t patience_ns) {
  uint64_t busy_since = row.worker.busy_since_ns.load(std::memory_order_acquire);
  uint64_t last_poll = row.worker.last_poll_ns.load(std::memory_order_relaxed);
  uint64_t assigned = row.kernel.assigned.load(std::memory_order_relaxed);
  bool turned = last_poll != last_poll_ns_;
  bool changed = turned || assigned != assigned_;
  last_poll_ns_ = last_poll;
  assigned_ = assigned;
  if (changed) {
    changed_at_ns_ = occasion.now_ns;
  }
  if (turned || busy_since != 0) {
    silent_since_ns_ = 0;
    is_silent_ = false;
  }
  if (busy_since == 0) {
    return is_silent_ ? stay_silent(fds, occasion) : look_at_polling(row, fds, occasion, patience_ns, changed);
  }
  uint64_t due = busy_since + patience_ns;
  if (occasion.now_ns >= due) {
    return {StuckKind::kTurn, busy_since, false, 0};
  }
  return {std::nullopt, 0, false, due};
}

Verdict RowWatch::look_at_polling(const Row& row, const std::vector<int>& fds, const Occasion& occasion,
                                  uint64_t patience_ns, bool changed) {
  uint64_t now = occasion.now_ns;
  uint64_t accepted = row.worker.accepted.load(std::memory_order_relaxed);
  bool assigned_more = assigned_ > accepted && now - changed_at_ns_ < kHandshakeNs;
  bool waits = (assigned_more || silent_since_ns_ != 0 || occasion.all_queues) && something_waits(fds);
  if (!waits) {
    silent_since_ns_ = 0;
    // A client gave up in its handshake, or its connection was taken by others before this loop saw it.
    bool stale =
        occasion.all_queues && assigned_ > accepted && assigned_ != stale_at_ && now - changed_at_ns_ > kStaleNs;
    if (stale) {
      stale_at_ = assigned_;
    }
    return {std::nullopt, 0, !changed && !assigned_more, 0, stale};
  }
  if (silent_since_ns_ == 0 || occasion.late) {
    silent_since_ns_ = now;
  }
  uint64_t due = silent_since_ns_ + patience_ns;
  if (now < due) {
    return {std::nullopt, 0, false, due};
  }
  is_silent_ = true;
  queue_seen_at_ns_ = now;
  return {StuckKind::kSilent, silent_since_ns_, false, 0};
}

Verdict RowWatch::stay_silent(const std::vector<int>& fds, const Occasion& occasion) {
  if (something_waits(fds)) {
    queue_seen_at_ns_ = occasion.now_ns;
  }
  if (occasion.now_ns - queue_seen_at_ns_ > kSilentHoldNs) {
    is_silent_ = false;
    silent_since_ns_ = 0;
    return {};
  }
  return {StuckKind::kSilent, silent_since_ns_, false, 0};
}

bool RowWatch::unchanged(const Row& row) const {
  return row.worker.busy_since_ns.load(std::memory_order_acquire) == 0 &&
         row.worker.last_poll_ns.load(std::memory_order_relaxed) == last_poll_ns_ &&
         row.kernel.assigned.load(std::memory_order_relaxed) == assigned_;
}

} // namespace reuseport
