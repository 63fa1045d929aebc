#include "core/message.h"

#include "core/descriptor.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>

namespace reuseport {
namespace {

constexpr size_t kFdControlBytes = CMSG_SPACE(kMaxMessageFds * sizeof(int));
// The kernel keeps the time of a message in up to two 64-bit words.
constexpr size_t kTimeControlBytes = CMSG_SPACE(2 * sizeof(int64_t));

/** Takes every descriptor out of the control messages, so that each has an owner from here on. */
std::vector<UniqueFd> take_descriptors(msghdr& header, bool& stamped) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET) {
      continue;
    }
    if (part->cmsg_type != SCM_RIGHTS) {
      stamped = true;
      continue;
    }
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    fds.reserve(fds.size() + count);
    for (size_t i = 0; i < count; i++) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

} // namespace

Result<Done> prepare_message_socket(int fd) {
  // A time on each message tells an empty one from the end of the stream: both read as 0 bytes, the end has no time.
  int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on) != 0) {
    int code = errno;
    return Failure{code, "setsockopt", "SO_TIMESTAMP of " + describe_fd(fd)};
  }
  // The kernel doubles the value and refuses messages larger than that; cut to net.core.wmem_max it still serves.
  int size = kMaxMessageBytes;
  if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) != 0) {
    int code = errno;
    return Failure{code, "setsockopt", "SO_SNDBUF of " + describe_fd(fd)};
  }
  return Done{};
}

Result<bool> send_message(int fd, std::span<const std::byte> data, std::span<const int> fds) {
  if (data.size() > kMaxMessageBytes || fds.size() > kMaxMessageFds) {
    return Failure{EMSGSIZE, "sendmsg", describe_fd(fd)};
  }
  iovec body{const_cast<std::byte*>(data.data()), data.size()};
  msghdr header{};
  header.msg_iov = &body;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::byte control[kFdControlBytes] = {};
  if (!fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
  }
  bool reset = false;
  for (;;) {
    ssize_t sent = ::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    int code = errno;
    if (sent >= 0) {
      return true;
    }
    if (code == EAGAIN) {
      return false;
    }
    // A peer that closed with messages unread leaves one ECONNRESET behind; what holds after it is EPIPE.
    if (code == EINTR || (code == ECONNRESET && !std::exchange(reset, true))) {
      continue;
    }
    return Failure{code, "sendmsg", describe_fd(fd)};
  }
}

Result<Reading> receive_message(int fd, std::span<std::byte> buffer) {
  alignas(cmsghdr) std::byte control[kTimeControlBytes + kFdControlBytes];
  iovec body{buffer.data(), buffer.size()};
  msghdr header{};
  bool reset = false;
  ssize_t size = -1;
  do {
    header = msghdr{};
    header.msg_iov = &body;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    size = ::recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    int code = errno;
    if (size >= 0) {
      break;
    }
    if (code == EAGAIN) {
      return Reading(NothingYet{});
    }
    // The kernel tells a reset before the messages that are still queued; they come when asked again.
    if (code != EINTR && (code != ECONNRESET || std::exchange(reset, true))) {
      return Failure{code, "recvmsg", describe_fd(fd)};
    }
  } while (size < 0);

  bool stamped = false;
  std::vector<UniqueFd> fds = take_descriptors(header, stamped);
  if (size == 0 && !stamped && fds.empty()) {
    return Reading(PeerClosed{});
  }
  bool too_many = fds.size() > kMaxMessageFds || (fds.size() == kMaxMessageFds && (header.msg_flags & MSG_CTRUNC) != 0);
  if (too_many || (header.msg_flags & MSG_TRUNC) != 0) {
    return Failure{EMSGSIZE, "recvmsg", describe_fd(fd)};
  }
  return Reading(Message{buffer.first(static_cast<size_t>(size)), std::move(fds)});
}

} // namespace reuseport
