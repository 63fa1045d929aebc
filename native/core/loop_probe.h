#pragma once

#include "core/loop_probe_hook.h"
#include "core/shared_memory.h"
#include "core/unique_fd.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reuseport {

/**
 * Publishes what one loop does into its row of the state page. Made, used and destroyed on the thread of the loop; one
 * per thread.
 */
class LoopProbe {
public:
  struct Options {
    /** At least kPageBytes. */
    std::shared_ptr<SharedMapping> page;
    size_t slot;
    /** The watch's eventfd. */
    UniqueFd wake_fd;
    /** What the loop waits on. */
    int epoll_fd;
    /** Any function of the library that runs the loop. */
    const void* loop_code;
  };

  /** Null when this thread has a probe already. */
  static std::unique_ptr<LoopProbe> start(Options options);
  LoopProbe(const LoopProbe&) = delete;
  ~LoopProbe();

  /** Why only about_to_poll() is seen; empty when every return of epoll_pwait is. */
  const std::string& why() const { return why_; }
  void set_listeners(std::vector<int> fds);
  /** To be called once in each turn of the loop, before it polls. */
  void about_to_poll();

private:
  LoopProbe(Options options, const std::string& why);
  void count_accepted();

  std::shared_ptr<SharedMapping> page_;
  UniqueFd wake_fd_;
  const std::string& why_;
  Row& row_;
  LoopCell cell_;
  std::vector<int> listeners_;
  /** `assigned` when the queues were last seen empty; nothing when there must be another count. */
  std::optional<uint64_t> counted_at_;
};

} // namespace reuseport
