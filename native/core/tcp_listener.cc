#include "core/tcp_listener.h"

#include <array>
#include <cerrno>
#include <limits>
#include <linux/filter.h>
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

// In a TCP header.
constexpr uint32_t kFlagsByte = 13;
constexpr uint32_t kSyn = 0x02;
constexpr uint32_t kAck = 0x10;
constexpr uint32_t kAll = 0xffffffff;

// Numbers of network devices: of none, and of one that there will not be.
constexpr int kAnywhere = 0;
constexpr int kNowhere = std::numeric_limits<int>::max();

Result<Done> bind_to_device(int fd, int index) {
  // Unlike SO_BINDTODEVICE it does not look whether there is such a device.
  if (::setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof index) != 0) {
    int code = errno;
    return Failure{code, "setsockopt", "SO_BINDTOIFINDEX of " + describe_fd(fd)};
  }
  return Done{};
}

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

Result<Done> stop_listening(int fd) {
  if (::shutdown(fd, SHUT_RD) != 0) {
    int code = errno;
    return Failure{code, "shutdown", describe_fd(fd)};
  }
  return Done{};
}

Result<Done> ignore_syns(int fd, bool on) {
  // A filter of a TCP socket begins at the TCP header.
  std::array filter{
      sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsByte),
      sock_filter BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSyn | kAck),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
      sock_filter BPF_STMT(BPF_RET | BPF_K, kAll),
  };
  sock_fprog program{filter.size(), filter.data()};
  if (::setsockopt(fd, SOL_SOCKET, on ? SO_ATTACH_FILTER : SO_DETACH_FILTER, &program, sizeof program) != 0) {
    int code = errno;
    return Failure{code, "setsockopt",
                   std::string(on ? "SO_ATTACH_FILTER" : "SO_DETACH_FILTER") + " of " + describe_fd(fd)};
  }
  return Done{};
}

Result<Done> refuse_syns(int fd) {
  return bind_to_device(fd, kNowhere);
}

Result<Done> accept_syns(int fd) {
  int device = kAnywhere;
  socklen_t length = sizeof device;
  // A kernel without the option has refused nothing.
  if (::getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &device, &length) != 0 && errno != ENOPROTOOPT) {
    int code = errno;
    return Failure{code, "getsockopt", "SO_BINDTOIFINDEX of " + describe_fd(fd)};
  }
  return device == kNowhere ? bind_to_device(fd, kAnywhere) : Done{};
}

} // namespace reuseport
