#pragma once

#include "core/queue_alarm.h"
#include "core/state_layout.h"
#include "core/watch_report.h"

#include <optional>

namespace reuseport {

/** The circumstances of one look at the rows. */
struct Occasion {
  uint64_t now_ns;
  /** Every queue is read, also where nothing seems to wait. */
  bool all_queues;
  /** The watch itself ran much later than it wanted: what it saw before says nothing about how long things waited. */
  bool late;
  /** Stuck slots whose queue has grown since the last look. */
  SlotSet arrived;
};

/** What a look at one row found. */
struct Verdict {
  std::optional<StuckKind> stuck;
  uint64_t since_ns = 0;
  /** Polls, has not turned since the last look, and nothing waits. */
  bool quiet = true;
  /** When it may become stuck, if it does not turn; 0 when it cannot be told. */
  uint64_t due_ns = 0;
  /** Counts connections as waiting that are not there: the loop should turn, and count anew. Told once. */
  bool stale = false;
};

/** Judges one slot from look to look. */
class RowWatch {
public:
  /** `patience_ns`: how long the loop may be in one turn, or leave what waits for it alone. */
  Verdict look(const Row& row, const std::vector<int>& fds, const Occasion& occasion, uint64_t patience_ns);
  /** Nothing has happened since the last look. For the moment before a sleep. */
  bool unchanged(const Row& row) const;

private:
  Verdict look_at_polling(const Row& row, const std::vector<int>& fds, const Occasion& occasion, uint64_t patience_ns,
                          bool changed);
  Verdict stay_silent(const std::vector<int>& fds, const Occasion& occasion);

  uint64_t last_poll_ns_ = 0;
  uint64_t assigned_ = 0;
  /** When the row or its counters last changed. */
  uint64_t changed_at_ns_ = 0;
  /** When a queue was first seen that waits for a loop which has not turned since; 0: there is none. */
  uint64_t silent_since_ns_ = 0;
  bool is_silent_ = false;
  uint64_t queue_seen_at_ns_ = 0;
  /** `assigned` when the row was last called stale. */
  uint64_t stale_at_ = 0;
};

/** The queues with something in them. */
std::vector<WaitingQueue> read_queues(const std::vector<int>& fds);

} // namespace reuseport
