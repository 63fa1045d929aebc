#include "core/sync_receive.h"

#include <cerrno>
#include <ctime>
#include <poll.h>

namespace reuseport {

Result<Reading> wait_for_message(int socket, SendQueue& queue, std::span<std::byte> buffer,
                                 std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + timeout;
  for (;;) {
    // EPIPE: the peer is gone, yet what it wrote before is still to be read.
    if (auto sent = queue.flush(socket); !sent && sent.failure().code != EPIPE) {
      return std::move(sent.failure());
    }
    auto reading = receive_message(socket, buffer);
    if (!reading || !std::holds_alternative<NothingYet>(reading.value())) {
      return reading;
    }
    auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      return reading;
    }
    constexpr long kNanosecondsPerSecond = 1'000'000'000;
    timespec wait{left.count() / kNanosecondsPerSecond, left.count() % kNanosecondsPerSecond};
    pollfd entry{socket, static_cast<short>(queue.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    int ready = ::ppoll(&entry, 1, &wait, nullptr);
    int code = errno;
    if (ready < 0 && code != EINTR) {
      return Failure{code, "poll", describe_fd(socket)};
    }
  }
}

} // namespace reuseport
