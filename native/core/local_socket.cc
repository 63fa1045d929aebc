#include "core/local_socket.h"

#include <cerrno>

namespace reuseport {
namespace {

Result<int> read_int_option(int fd, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  if (::getsockopt(fd, SOL_SOCKET, name, &value, &length) != 0) {
    int code = errno;
    return Failure{code, "getsockopt", describe_fd(fd)};
  }
  return value;
}

} // namespace

Result<std::pair<UniqueFd, UniqueFd>> make_socket_pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    int code = errno;
    return Failure{code, "socketpair", "AF_UNIX"};
  }
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Result<ucred> read_peer_credentials(int fd) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
    int code = errno;
    return Failure{code, "getsockopt", describe_fd(fd)};
  }
  // What the kernel says of a socket without a peer; pid 0 alone is a peer outside of our pid namespace.
  if (peer.pid == 0 && peer.uid == static_cast<uid_t>(-1)) {
    return Failure{ENOTCONN, "getsockopt", describe_fd(fd)};
  }
  return peer;
}

Result<bool> is_local_seqpacket(int fd) {
  auto domain = read_int_option(fd, SO_DOMAIN);
  if (!domain) {
    return std::move(domain.failure());
  }
  auto type = read_int_option(fd, SO_TYPE);
  if (!type) {
    return std::move(type.failure());
  }
  return domain.value() == AF_UNIX && type.value() == SOCK_SEQPACKET;
}

} // namespace reuseport
