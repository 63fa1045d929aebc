#include "core/queue_alarm.h"

#include <array>
#include <sys/epoll.h>

namespace reuseport {

void QueueAlarm::set(const std::vector<WatchedRow>& rows) {
  // Made anew: a registration belongs to the open socket, and outlives a descriptor that was closed meanwhile.
  epoll_.reset(rows.empty() ? -1 : ::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) {
    return;
  }
  for (const WatchedRow& row : rows) {
    for (int fd : row.fds) {
      epoll_event event{};
      event.events = EPOLLIN | EPOLLET;
      event.data.u64 = row.slot;
      // Refused for a descriptor that is gone, whose row will be taken away next.
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    }
  }
  take();
}

SlotSet QueueAlarm::take() {
  SlotSet slots;
  std::array<epoll_event, kMaxRows> events{};
  int count = 0;
  do {
    count = epoll_.valid() ? ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0) : 0;
    for (int i = 0; i < count; i++) {
      slots.set(events[static_cast<size_t>(i)].data.u64);
    }
  } while (count == static_cast<int>(events.size()));
  return slots;
}

} // namespace reuseport
