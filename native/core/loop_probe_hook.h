#pragma once

#include "core/state_layout.h"

#include <string>

namespace reuseport {

/** What the hook needs of one loop. Belongs to the thread of that loop. */
struct LoopCell {
  /** The descriptor that the loop waits on: spawnSync waits on another one of the same thread, in the midst of a turn.
   */
  int epoll_fd = -1;
  /** An eventfd of ours. */
  int wake_fd = -1;
  WorkerLine* line = nullptr;
  /** The master's, of the same row. */
  std::atomic<uint32_t>* flags = nullptr;
  std::atomic<uint32_t>* watcher_asleep = nullptr;
  /** When epoll_pwait returned last. */
  uint64_t turn_began_ns = 0;

  /** The loop polls again: it takes new connections, also when the watch, which needs a processor, has not seen it yet.
   */
  void clear_stuck();
  /** The loop is about to wait. */
  void before_wait();
  /** The loop has returned from epoll_pwait; `waited`: it was allowed to wait. */
  void after_return(bool waited);
  /** A loop turns: the watch must not sleep on. */
  void wake_watch();
};

/**
 * Puts a function of ours before epoll_pwait in the object that holds `loop_code` (any function of libuv). Done once in
 * a process and never undone: another thread may be in it at any time. Returns why it cannot be done; empty when it is.
 */
const std::string& hook_epoll_pwait(const void* loop_code);

/** The cell of the calling thread; without one, epoll_pwait is called straight through. False when it has one already.
 */
bool set_loop_cell(LoopCell* cell);
void clear_loop_cell();

} // namespace reuseport
