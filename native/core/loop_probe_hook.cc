#include "core/loop_probe_hook.h"

#include "core/loop_probe_import.h"
#include "core/monotonic.h"

#include <cerrno>
#include <sys/epoll.h>
#include <unistd.h>

namespace reuseport {
namespace {

using EpollPwait = int (*)(int, epoll_event*, int, int, const sigset_t*);

// What was in the slot. Valid from the start, because other threads come through as soon as the slot is written.
std::atomic<EpollPwait> original = ::epoll_pwait;

thread_local LoopCell* current_cell = nullptr;

int hooked_epoll_pwait(int epoll_fd, epoll_event* events, int max, int timeout, const sigset_t* mask) {
  EpollPwait next = original.load(std::memory_order_relaxed);
  LoopCell* cell = current_cell;
  if (cell == nullptr || cell->epoll_fd != epoll_fd) {
    return next(epoll_fd, events, max, timeout, mask);
  }
  bool may_wait = timeout != 0;
  cell->clear_stuck();
  if (may_wait) {
    cell->before_wait();
  }
  int count = next(epoll_fd, events, max, timeout, mask);
  // Nothing in here changes errno.
  cell->after_return(may_wait);
  return count;
}

void store_longest(WorkerLine& line, uint64_t turn_ns) {
  if (turn_ns > line.longest_turn_ns.load(std::memory_order_relaxed)) {
    line.longest_turn_ns.store(turn_ns, std::memory_order_relaxed);
  }
}

} // namespace

void LoopCell::clear_stuck() {
  if ((flags->load(std::memory_order_relaxed) & kFlagStuck) != 0) {
    flags->fetch_and(~kFlagStuck);
  }
}

/*
 * One exact clock read for each turn, on return. Before a wait, only the coarse clock (6 ns instead of 25): it has
 * passed the beginning of the turn when a tick of the kernel (1 to 10 ms) fell into the turn, and only then is the
 * exact time read. So each turn longer than a tick is measured, and of shorter ones a share that grows with their
 * length: in the long run the longest is among them. A turn that ends without a wait is measured by the two returns
 * around it.
 */
void LoopCell::before_wait() {
  if (coarse_monotonic_ns() > turn_began_ns) {
    store_longest(*line, monotonic_ns() - turn_began_ns);
  }
  line->busy_since_ns.store(0, std::memory_order_release);
}

/*
 * The store of busySince and the load of watcherAsleep may pass each other in the processor; the watch stores asleep
 * and then reads the rows again, and so may miss this turn and sleep. A fence here would cost each turn 5 to 20 ns.
 * Without it, a turn that begins within the some 50 ns of that reading is found, should it get stuck, by the next turn
 * of any loop, or by the watch's slow tick.
 */
void LoopCell::after_return(bool waited) {
  uint64_t now = monotonic_ns();
  if (!waited) {
    store_longest(*line, now - turn_began_ns);
  }
  turn_began_ns = now;
  line->last_poll_ns.store(now, std::memory_order_relaxed);
  line->turns.store(line->turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  line->busy_since_ns.store(now, std::memory_order_release);
  wake_watch();
}

void LoopCell::wake_watch() {
  if (watcher_asleep->load(std::memory_order_relaxed) == 0 || watcher_asleep->exchange(0) == 0) {
    return;
  }
  int code = errno;
  uint64_t one = 1;
  // An eventfd that is full wakes just as well.
  [[maybe_unused]] ssize_t written = ::write(wake_fd, &one, sizeof one);
  errno = code;
}

const std::string& hook_epoll_pwait(const void* loop_code) {
  static const auto* why = new std::string(replace_import(loop_code, "epoll_pwait", original, &hooked_epoll_pwait));
  return *why;
}

bool set_loop_cell(LoopCell* cell) {
  if (current_cell != nullptr) {
    return false;
  }
  current_cell = cell;
  return true;
}

void clear_loop_cell() {
  current_cell = nullptr;
}

} // namespace reuseport
