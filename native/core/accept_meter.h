#pragma once

#include "core/shared_memory.h"
#include "core/unique_fd.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace reuseport {

/**
 * Puts functions of ours before accept4 and close in the loaded library at `path`, which calls them for the connections
 * of its own servers. Never undone. Returns why it cannot be done; empty when it is.
 */
std::string hook_accepts(const std::string& path);

/** The calling thread adds what the libraries accept and close on it to this row, from now on; null: to none. */
void publish_accepts(std::shared_ptr<SharedMapping> page, size_t slot);

/**
 * The connections of one listener of a hooked library: counted, and given to it as if it had accepted them itself. The
 * library finds the latter on a second descriptor, which it believes to be a listener, too.
 */
class AcceptMeter {
public:
  /** Of the listener `fd`, until the library closes it. Null: there are too many, or the number of `fd` is too high. */
  static std::shared_ptr<AcceptMeter> open(int fd);
  AcceptMeter(const AcceptMeter&) = delete;
  ~AcceptMeter();

  uint64_t accepted() const { return accepted_.load(std::memory_order_relaxed); }
  uint64_t open_connections() const { return open_.load(std::memory_order_relaxed); }
  /** Given, and not yet taken by the library. */
  size_t waiting() const;
  /** Makes `fd`, which the library listens on, the descriptor on which it finds what it is given; 0 or an errno. */
  int feed_on(int fd);
  /** Takes the connection over: false where there is no way to give it, and it stays the caller's. */
  bool feed(UniqueFd& connection);
  /** Ends our side of every open connection. */
  void shut_down_all() const;

private:
  friend struct AcceptHooks;
  AcceptMeter(int fd, uint8_t index) : listener_(fd), index_(index) {}
  bool is_over() const;
  void count_open();
  void count_closed();

  std::atomic<uint64_t> accepted_ = 0;
  std::atomic<uint64_t> open_ = 0;
  std::atomic<int> listener_;
  std::atomic<int> feeder_ = -1;
  uint8_t index_;
  mutable std::mutex mutex_;
  std::vector<UniqueFd> waiting_;
};

} // namespace reuseport
