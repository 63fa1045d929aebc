#include "core/watch.h"

#include "core/monotonic.h"
#include "core/quiet_thread.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace reuseport {
namespace {

// At most ten wake-ups a second when nothing happens.
constexpr uint64_t kSlowLookNs = 100'000'000;

// Beyond the precision of any timer: the processor was taken from this thread, and so, probably, from the loops.
constexpr uint64_t kLateNs = 20'000'000;

constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

StatePage& state_page(const SharedMapping& mapping) {
  return *reinterpret_cast<StatePage*>(mapping.data());
}

/** poll(2) until a time of the monotonic clock; 0 at once when that has passed. */
int poll_until(pollfd* fds, size_t count, uint64_t until_ns) {
  if (until_ns == kNever) {
    return ::poll(fds, count, -1);
  }
  uint64_t now = monotonic_ns();
  if (until_ns <= now) {
    return 0;
  }
  uint64_t left = until_ns - now;
  timespec timeout{static_cast<time_t>(left / 1'000'000'000U), static_cast<long>(left % 1'000'000'000U)};
  return ::ppoll(fds, count, &timeout, nullptr);
}

} // namespace

Result<std::unique_ptr<Watch>> Watch::start(Options options) {
  std::unique_ptr<Watch> watch(new Watch(std::move(options)));
  auto entry = [](void* self) -> void* {
    static_cast<Watch*>(self)->run();
    return nullptr;
  };
  if (int code = start_quiet_thread(watch->thread_, entry, watch.get()); code != 0) {
    watch->stopping_ = true;
    return Failure{code, "pthread_create", "the watch"};
  }
  pthread_setname_np(watch->thread_, "reuseport-watch");
  return watch;
}

Watch::Watch(Options options)
    : page_(std::move(options.page)), asleep_(state_page(*page_).wake.watcher_asleep),
      wake_fd_(std::move(options.wake_fd)), notify_(std::move(options.notify)),
      scan_(state_page(*page_), options.rescue_after_ns, options.processors) {}

Watch::~Watch() {
  // Already true when the thread never started.
  if (!stopping_.exchange(true)) {
    interrupt();
    pthread_join(thread_, nullptr);
    scan_.clear_flags();
  }
}

void Watch::run() {
  uint64_t until = 0;
  while (!stopping_) {
    until = look(until);
    wait_until(until);
    wake_ups_.fetch_add(1, std::memory_order_relaxed);
  }
  asleep_.store(0);
}

uint64_t Watch::look(uint64_t wanted_at_ns) {
  uint64_t now = monotonic_ns();
  bool all_queues = now >= slow_look_at_ns_;
  if (all_queues) {
    slow_look_at_ns_ = now + kSlowLookNs;
    pace_.account(read_clock_ns(CLOCK_THREAD_CPUTIME_ID), wake_ups_.load(std::memory_order_relaxed));
  }
  std::unique_lock lock(mutex_);
  bool late = wanted_at_ns != 0 && wanted_at_ns != kNever && now > wanted_at_ns + kLateNs;
  Look found = scan(now, all_queues, late);
  bool tell = found.set_changed || !found.reports.empty() || !found.stale.empty();
  if (tell) {
    publish(found);
    tell = !std::exchange(notified_, true);
  }
  uint64_t next = std::max(std::min(found.next_ns, slow_look_at_ns_), now + WatchPace::kMinPauseNs);
  if (scan_.empty()) {
    next = kNever;
  } else if (found.quiet) {
    next = fall_asleep(next);
  }
  lock.unlock();
  if (tell) {
    notify_();
  }
  return next;
}

Look Watch::scan(uint64_t now_ns, bool all_queues, bool late) {
  Occasion occasion{now_ns, all_queues, late, alarm_.take()};
  if (occasion.arrived.any()) {
    deaf_until_ns_ = now_ns + WatchPace::kMinPauseNs;
  }
  Look found = scan_.look(occasion, pace_.pause_ns(scan_.rescue_after_ns()));
  if (found.set_changed || std::exchange(rows_changed_, false)) {
    alarm_.set(scan_.stuck_rows());
  }
  found.set_changed &= tells_set_;
  return found;
}

uint64_t Watch::fall_asleep(uint64_t next_ns) {
  asleep_.store(1);
  // Who turned before it could see that store is seen here; LoopCell::after_return tells of the gap that remains.
  if (scan_.unchanged()) {
    return slow_look_at_ns_;
  }
  asleep_.store(0);
  return next_ns;
}

void Watch::wait_until(uint64_t until_ns) {
  std::array<pollfd, 2> polled{pollfd{wake_fd_.get(), POLLIN, 0}, pollfd{alarm_.fd(), POLLIN, 0}};
  pollfd& wake = polled[0];
  if (alarm_.fd() < 0) {
    poll_until(&wake, 1, until_ns);
  } else if (poll_until(&wake, 1, std::min(deaf_until_ns_, until_ns)) == 0) {
    poll_until(polled.data(), polled.size(), until_ns);
  }
  if (wake.revents != 0) {
    uint64_t count = 0;
    [[maybe_unused]] ssize_t drained = ::read(wake_fd_.get(), &count, sizeof count);
  }
  if (asleep_.load(std::memory_order_relaxed) != 0) {
    asleep_.store(0);
  }
}

void Watch::interrupt() {
  uint64_t one = 1;
  [[maybe_unused]] ssize_t written = ::write(wake_fd_.get(), &one, sizeof one);
}

void Watch::publish(Look& look) {
  for (StuckReport& report : look.reports) {
    auto same = std::find_if(news_.reports.begin(), news_.reports.end(),
                             [&](const StuckReport& older) { return older.slot == report.slot; });
    if (same != news_.reports.end()) {
      *same = std::move(report);
    } else {
      news_.reports.push_back(std::move(report));
    }
  }
  news_.stale.insert(news_.stale.end(), look.stale.begin(), look.stale.end());
  if (look.set_changed) {
    news_.stuck = scan_.stuck();
  }
}

void Watch::set_rows(std::vector<WatchedRow> rows) {
  {
    std::lock_guard lock(mutex_);
    scan_.set_rows(std::move(rows));
    rows_changed_ = true;
  }
  interrupt();
}

void Watch::set_rescue_after(uint64_t ns) {
  {
    std::lock_guard lock(mutex_);
    scan_.set_rescue_after(ns);
  }
  interrupt();
}

void Watch::set_tells_set(bool tells) {
  std::lock_guard lock(mutex_);
  if (std::exchange(tells_set_, tells) != tells) {
    told_.reset();
    news_.stuck.reset();
  }
}

WatchNews Watch::take() {
  std::lock_guard lock(mutex_);
  notified_ = false;
  WatchNews news = std::exchange(news_, {});
  if (news.stuck == told_) {
    // There and back while nobody asked.
    news.stuck.reset();
  } else if (news.stuck) {
    told_ = news.stuck;
  }
  return news;
}

WatchCost Watch::cost() const {
  WatchCost cost{0, wake_ups_.load(std::memory_order_relaxed)};
  clockid_t clock{};
  if (pthread_getcpuclockid(thread_, &clock) == 0) {
    cost.cpu_ns = read_clock_ns(clock);
  }
  return cost;
}

} // namespace reuseport
