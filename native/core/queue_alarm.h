#pragma once

#include "core/state_layout.h"
#include "core/unique_fd.h"
#include "core/watch_report.h"

#include <bitset>
#include <vector>

namespace reuseport {

using SlotSet = std::bitset<kMaxRows>;

/**
 * Tells at once when a connection comes into the queue of one of a few slots. An epoll set, edge triggered, for slots
 * that are stuck and for no others: on the listener of a loop that works it would be a wake-up for each connection.
 */
class QueueAlarm {
public:
  /**
   * Watches the queues of these rows and no others. What waits in them already is not told. Without descriptors for it
   * (EMFILE) nothing is watched: the next look then finds what has come.
   */
  void set(const std::vector<WatchedRow>& rows);
  /** Readable when there is something to take; -1 while nothing is watched. */
  int fd() const { return epoll_.get(); }
  /** The slots whose queues have grown since the last time. */
  SlotSet take();

private:
  UniqueFd epoll_;
};

} // namespace reuseport
