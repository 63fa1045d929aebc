#include "core/send_queue.h"

#include "core/descriptor.h"
#include "core/message.h"

#include <cerrno>
#include <sys/socket.h>

namespace reuseport {
namespace {

// What unix_dgram_sendmsg() takes off SO_SNDBUF to get its limit for one message.
constexpr size_t kKernelReserveBytes = 32;

/** The kernel's own check, made before queueing: later there would be no caller to tell. */
Result<Done> check_size(int socket, size_t bytes, size_t fds) {
  int limit = 0;
  socklen_t length = sizeof limit;
  if (::getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &limit, &length) != 0) {
    int code = errno;
    return Failure{code, "getsockopt", describe_fd(socket)};
  }
  if (bytes + kKernelReserveBytes > static_cast<size_t>(limit) || bytes > kMaxMessageBytes || fds > kMaxMessageFds) {
    return Failure{EMSGSIZE, "sendmsg", describe_fd(socket)};
  }
  return Done{};
}

} // namespace

Result<Done> SendQueue::send(int socket, std::span<const std::byte> data, std::span<const int> fds) {
  if (!entries_.empty()) {
    return push(socket, data, fds);
  }
  auto sent = send_message(socket, data, fds);
  if (!sent) {
    return std::move(sent.failure());
  }
  return sent.value() ? Done{} : push(socket, data, fds);
}

Result<Done> SendQueue::push(int socket, std::span<const std::byte> data, std::span<const int> fds) {
  if (auto fits = check_size(socket, data.size(), fds.size()); !fits) {
    return fits;
  }
  Entry entry{{data.begin(), data.end()}, {}};
  entry.fds.reserve(fds.size());
  for (int fd : fds) {
    auto copy = duplicate(fd);
    if (!copy) {
      return std::move(copy.failure());
    }
    entry.fds.push_back(std::move(copy.value()));
  }
  entries_.push_back(std::move(entry));
  return Done{};
}

Result<Done> SendQueue::flush(int socket) {
  while (!entries_.empty()) {
    const Entry& next = entries_.front();
    std::vector<int> fds;
    fds.reserve(next.fds.size());
    for (const UniqueFd& fd : next.fds) {
      fds.push_back(fd.get());
    }
    auto sent = send_message(socket, next.data, fds);
    if (!sent) {
      entries_.clear();
      return std::move(sent.failure());
    }
    if (!sent.value()) {
      break;
    }
    entries_.pop_front();
  }
  return Done{};
}

} // namespace reuseport
