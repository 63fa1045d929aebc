#include "core/tcp_listener.h"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace reuseport {
namespace {

struct Option {
  const char* title;
  int level;
  int name;
  std::optional<int> value;
};

} // namespace

Result<UniqueFd> bind_tcp_listener(const TcpListenerOptions& options) {
  int family = options.address.family();
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int code = errno;
  if (!fd.valid()) {
    return Failure{code, "socket", options.subject};
  }
  std::optional<int> ipv6_only = family == AF_INET6 ? std::optional<int>(options.ipv6_only) : std::nullopt;
  const std::array wanted{
      Option{"SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, options.reuse_port},
      Option{"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, options.reuse_address},
      // Set also when false: net.ipv6.bindv6only may have turned it on.
      Option{"IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY, ipv6_only},
      Option{"TCP_DEFER_ACCEPT", IPPROTO_TCP, TCP_DEFER_ACCEPT, options.defer_accept_seconds},
      Option{"TCP_FASTOPEN", IPPROTO_TCP, TCP_FASTOPEN, options.fast_open_queue},
      Option{"SO_INCOMING_CPU", SOL_SOCKET, SO_INCOMING_CPU, options.incoming_cpu},
  };
  for (const Option& option : wanted) {
    if (!option.value) {
      continue;
    }
    int value = *option.value;
    if (::setsockopt(fd.get(), option.level, option.name, &value, sizeof value) != 0) {
      code = errno;
      return Failure{code, "setsockopt", std::string(option.title) + " of " + options.subject};
    }
  }
  if (::bind(fd.get(), options.address.get(), options.address.length) != 0) {
    code = errno;
    return Failure{code, "bind", options.subject};
  }
  return fd;
}

Result<Done> start_listening(int fd, int backlog_connections) {
  if (::listen(fd, backlog_connections) != 0) {
    int code = errno;
    return Failure{code, "listen", describe_fd(fd)};
  }
  return Done{};
}

} // namespace reuseport
