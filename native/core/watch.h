#pragma once

#include "core/queue_alarm.h"
#include "core/result.h"
#include "core/shared_memory.h"
#include "core/unique_fd.h"
#include "core/watch_pace.h"
#include "core/watch_scan.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <vector>

namespace reuseport {

/** What the watch has found since it was last asked. */
struct WatchNews {
  /** The newest of each slot. */
  std::vector<StuckReport> reports;
  /** Slots that count connections as waiting which are not there: their loops should turn once. */
  std::vector<size_t> stale;
  /** When it is not the one of the last time. */
  std::optional<std::vector<size_t>> stuck;
};

struct WatchCost {
  uint64_t cpu_ns;
  uint64_t wake_ups;
};

/** The thread that watches the loops. All functions are for one thread, another than its own. */
class Watch {
public:
  struct Options {
    /** At least kPageBytes. */
    std::shared_ptr<SharedMapping> page;
    UniqueFd wake_fd;
    uint64_t rescue_after_ns;
    /** How many loops can be in their turns at once. */
    uint64_t processors;
    /** Called on the watch's thread when there is news; must not wait. Again only after take(). */
    std::function<void()> notify;
  };

  static Result<std::unique_ptr<Watch>> start(Options options);
  Watch(const Watch&) = delete;
  /** Ends and joins the thread; no slot stays flagged as stuck. */
  ~Watch();

  /** Afterwards no descriptor of the former rows is used any more. */
  void set_rows(std::vector<WatchedRow> rows);
  void set_rescue_after(uint64_t ns);
  /** Is a change of the stuck set news; it is at first. */
  void set_tells_set(bool tells);
  WatchNews take();
  WatchCost cost() const;

private:
  explicit Watch(Options options);
  void run();
  /** One look; returns until when to wait. */
  uint64_t look(uint64_t wanted_at_ns);
  Look scan(uint64_t now_ns, bool all_queues, bool late);
  uint64_t fall_asleep(uint64_t next_ns);
  void wait_until(uint64_t until_ns);
  void interrupt();
  void publish(Look& look);

  std::shared_ptr<SharedMapping> page_;
  std::atomic<uint32_t>& asleep_;
  UniqueFd wake_fd_;
  std::function<void()> notify_;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> wake_ups_ = 0;
  uint64_t slow_look_at_ns_ = 0;
  WatchPace pace_;
  pthread_t thread_{};

  /** Guards all below; held for a look, never for a wait. */
  std::mutex mutex_;
  WatchScan scan_;
  /** Since the last look. */
  bool rows_changed_ = false;
  QueueAlarm alarm_;
  /** The alarm is not listened to before: a flood into a stuck queue must not be a wake-up for each connection. */
  uint64_t deaf_until_ns_ = 0;
  WatchNews news_;
  bool tells_set_ = true;
  /** The last set that take() gave out; none while that may be another than what the flags were read as. */
  std::optional<std::vector<size_t>> told_ = std::vector<size_t>{};
  bool notified_ = false;
};

} // namespace reuseport
