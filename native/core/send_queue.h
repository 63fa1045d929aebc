#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace reuseport {

/** Messages that a full socket did not take, in order, each with own duplicates of its descriptors. */
class SendQueue {
public:
  /** Sends now when nothing waits before, else queues. A failure leaves the queue as it was. */
  Result<Done> send(int socket, std::span<const std::byte> data, std::span<const int> fds);
  /** Sends until the socket is full or the queue empty. A failure empties the queue: its order is lost. */
  Result<Done> flush(int socket);
  void clear() { entries_.clear(); }
  bool empty() const { return entries_.empty(); }

private:
  struct Entry {
    std::vector<std::byte> data;
    std::vector<UniqueFd> fds;
  };
  Result<Done> push(int socket, std::span<const std::byte> data, std::span<const int> fds);

  std::deque<Entry> entries_;
};

} // namespace reuseport
