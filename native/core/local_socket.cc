#include "core/local_socket.h"

#include "core/unix_address.h"

#include <cerrno>
#include <cstring>
#include <vector>

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

// Who connects is a master that comes into charge: one, or one more whose predecessor did not succeed.
constexpr int kBacklog = 16;

Result<UniqueFd> open_packet_socket(const SocketAddress& address) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int code = errno;
  if (!fd.valid()) {
    return Failure{code, "socket", printable_unix_path(format_unix_path(address))};
  }
  return fd;
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

Result<UniqueFd> listen_for_packets(const SocketAddress& address) {
  auto fd = open_packet_socket(address);
  if (!fd) {
    return fd;
  }
  if (::bind(fd.value().get(), address.get(), address.length) != 0) {
    int code = errno;
    return Failure{code, "bind", printable_unix_path(format_unix_path(address))};
  }
  if (::listen(fd.value().get(), kBacklog) != 0) {
    int code = errno;
    return Failure{code, "listen", printable_unix_path(format_unix_path(address))};
  }
  return fd;
}

Result<UniqueFd> connect_for_packets(const SocketAddress& address) {
  auto fd = open_packet_socket(address);
  if (fd && ::connect(fd.value().get(), address.get(), address.length) != 0) {
    int code = errno;
    return Failure{code, "connect", printable_unix_path(format_unix_path(address))};
  }
  return fd;
}

Result<Done> send_datagram(const SocketAddress& address, std::span<const std::byte> data, std::span<const int> fds) {
  std::string subject = printable_unix_path(format_unix_path(address));
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  int code = errno;
  if (!fd.valid()) {
    return Failure{code, "socket", subject};
  }
  iovec part{const_cast<std::byte*>(data.data()), data.size()};
  std::vector<std::byte> control(CMSG_SPACE(fds.size_bytes()));
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(address.get());
  message.msg_namelen = address.length;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  // A receiver whose queue is full must not hold the sender up.
  if (::sendmsg(fd.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    code = errno;
    return Failure{code, "sendmsg", subject};
  }
  return Done{};
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

Result<bool> reuses_port(int fd) {
  auto value = read_int_option(fd, SO_REUSEPORT);
  if (!value) {
    return std::move(value.failure());
  }
  return value.value() != 0;
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
