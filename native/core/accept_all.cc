#include "core/accept_all.h"

#include "core/address.h"
#include "core/tcp_listener.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>

namespace reuseport {
namespace {

// A firewall that refuses every one must not hold the caller for ever.
constexpr size_t kMaxPassedOver = 4096;

/** Errors of one connection, not of the listener (accept(2): treat them like EAGAIN by retrying). */
bool is_of_connection(int code) {
  switch (code) {
  case ECONNABORTED:
  case EINTR:
  case EPROTO:
  case ENOPROTOOPT:
  case ENETDOWN:
  case ENETUNREACH:
  case EHOSTDOWN:
  case EHOSTUNREACH:
  case ENONET:
  case EPERM: // A firewall's refusal.
    return true;
  default:
    return false;
  }
}

/** At a listener that somebody made blocking, accept4 would hold the caller for ever. */
Result<Done> check_nonblocking(int fd) {
  int flags = ::fcntl(fd, F_GETFL);
  int code = errno;
  if (flags < 0) {
    return Failure{code, "accept4", describe_fd(fd)};
  }
  if ((flags & O_NONBLOCK) == 0) {
    return Failure{EINVAL, "accept4", "blocking " + describe_fd(fd)};
  }
  return Done{};
}

} // namespace

Result<std::vector<UniqueFd>> accept_all(int fd, size_t max) {
  if (auto checked = check_nonblocking(fd); !checked) {
    return std::move(checked.failure());
  }
  std::vector<UniqueFd> accepted;
  size_t passed_over = 0;
  while (accepted.size() < max && passed_over < kMaxPassedOver) {
    UniqueFd connection(::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    int code = errno;
    if (connection.valid()) {
      accepted.push_back(std::move(connection));
    } else if (is_of_connection(code)) {
      passed_over++;
    } else if (code == EAGAIN || !accepted.empty()) {
      break;
    } else {
      return Failure{code, "accept4", describe_fd(fd)};
    }
  }
  return accepted;
}

Result<Done> migrate_queue(int fd, int backlog_connections) {
  SocketAddress name;
  name.length = sizeof name.storage;
  if (::getsockname(fd, name.get(), &name.length) != 0) {
    int code = errno;
    return Failure{code, "getsockname", describe_fd(fd)};
  }
  if (::shutdown(fd, SHUT_RD) != 0) {
    int code = errno;
    return Failure{code, "shutdown", describe_fd(fd)};
  }
  // A port that the kernel chose (bind to port 0) is given up by shutdown, and listen would choose another.
  if (::bind(fd, name.get(), name.length) != 0) {
    int code = errno;
    // Still bound, to a port that was asked for. Below 1024 the kernel looks at the privilege before it sees that.
    if (code != EINVAL && code != EACCES) {
      return Failure{code, "bind", describe_fd(fd)};
    }
  }
  return start_listening(fd, backlog_connections);
}

} // namespace reuseport
