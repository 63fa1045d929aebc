#include "core/listener_info.h"

#include "core/address.h"
#include "core/unix_address.h"

#include <array>
#include <cerrno>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace reuseport {
namespace {

// Linux 4.12; the headers of older systems lack it.
#ifndef SO_MEMINFO
constexpr int SO_MEMINFO = 55;
#endif

template <class T>
Result<Done> read_option(int fd, int level, int name, T& value) {
  socklen_t length = sizeof value;
  if (::getsockopt(fd, level, name, &value, &length) != 0) {
    int code = errno;
    return Failure{code, "getsockopt", describe_fd(fd)};
  }
  return Done{};
}

Result<Done> read_name(int fd, ListenerInfo& info) {
  SocketAddress name;
  name.length = sizeof name.storage;
  if (::getsockname(fd, name.get(), &name.length) != 0) {
    int code = errno;
    return Failure{code, "getsockname", describe_fd(fd)};
  }
  info.family = name.family();
  if (info.family == AF_UNIX) {
    info.address = format_unix_path(name);
  } else if (info.family == AF_INET || info.family == AF_INET6) {
    AddressText text = format_address(name);
    info.address = text.address;
    info.port = text.port;
  } else {
    return Failure{EAFNOSUPPORT, "getsockname", describe_fd(fd)};
  }
  return Done{};
}

} // namespace

Result<ListenerInfo> read_listener_info(int fd) {
  ListenerInfo info;
  if (auto name = read_name(fd, info); !name) {
    return std::move(name.failure());
  }
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    int code = errno;
    return Failure{code, "fstat", describe_fd(fd)};
  }
  info.inode = status.st_ino;
  int listening = 0;
  if (auto read = read_option(fd, SOL_SOCKET, SO_ACCEPTCONN, listening); !read) {
    return std::move(read.failure());
  }
  info.listening = listening != 0;
  std::array<uint32_t, SK_MEMINFO_VARS> memory{};
  if (auto read = read_option(fd, SOL_SOCKET, SO_MEMINFO, memory); !read) {
    return std::move(read.failure());
  }
  info.drops = memory[SK_MEMINFO_DROPS];
  if (info.listening && info.family != AF_UNIX) {
    tcp_info tcp{};
    if (auto read = read_option(fd, IPPROTO_TCP, TCP_INFO, tcp); !read) {
      return std::move(read.failure());
    }
    // Of a listener these two fields tell its accept queue and the limit of it.
    info.queued_connections = tcp.tcpi_unacked;
    info.backlog_connections = tcp.tcpi_sacked;
  }
  return info;
}

} // namespace reuseport
