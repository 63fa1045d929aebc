#include "target.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace loadgen {

namespace {

struct HostAndPort {
  std::string host;
  std::uint16_t port;
};

HostAndPort split(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    throw UsageError("--target: expected address:port, got \"" + text + "\"");
  }
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || stop != end || port == 0) {
    throw UsageError("--target: expected a port from 1 to 65535 in \"" + text + "\"");
  }
  const bool bracketed = text[0] == '[' && text[colon - 1] == ']';
  return {bracketed ? text.substr(1, colon - 2) : text.substr(0, colon), port};
}

} // namespace

Target::Target(const Options& options)
    : fastOpen_(options.fastOpen), heavyPercent_(options.heavyPercent), ports_(options.ports),
      firstPort_(options.firstPort) {
  const HostAndPort parts = split(options.target);
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  bool loopback = false;
  if (inet_pton(AF_INET, parts.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(parts.port);
    loopback = (ntohl(v4.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
    std::memcpy(&address_, &v4, sizeof v4);
    addressLength_ = sizeof v4;
    chooseSources(options, loopback);
  } else if (inet_pton(AF_INET6, parts.host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(parts.port);
    loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0;
    std::memcpy(&address_, &v6, sizeof v6);
    addressLength_ = sizeof v6;
    if (ports_ != 0) {
      throw UsageError("--ports: only for an IPv4 target");
    }
  } else {
    throw UsageError("--target: expected a literal address, got \"" + parts.host + "\"");
  }
  if (!loopback && !options.allowAny) {
    throw UsageError("--target: " + parts.host + " is not loopback; --allow-any if the load may leave this machine");
  }
}

void Target::chooseSources(const Options& options, bool loopback) {
  if (options.firstSource.empty()) {
    sources_ = loopback ? options.sources : 0;
    return;
  }
  in_addr first{};
  if (inet_pton(AF_INET, options.firstSource.c_str(), &first) != 1) {
    throw UsageError("--first-source: expected a literal IPv4 address, got \"" + options.firstSource + "\"");
  }
  firstSource_ = ntohl(first.s_addr);
  sources_ = options.sources;
}

/** In turn; a heavy hitter gets its part as soon as it is due, so that any number of connections has the same one. */
std::uint32_t Target::nextSource() noexcept {
  if (heavyPercent_ != 0) {
    owed_ += heavyPercent_;
    if (owed_ >= 100 || sources_ == 1) {
      owed_ -= std::min(owed_, 100U);
      return 0;
    }
    nextSource_ = nextSource_ % (sources_ - 1) + 1;
    return nextSource_;
  }
  const std::uint32_t source = nextSource_;
  nextSource_ = (nextSource_ + 1) % sources_;
  return source;
}

std::uint16_t Target::nextPort() noexcept {
  const std::uint32_t round = opened_++ / std::max(sources_, 1U);
  return static_cast<std::uint16_t>(firstPort_ + round % ports_);
}

bool Target::bindNextSource(int fd) noexcept {
  if (!preparePort(fd)) {
    return false;
  }
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr = sources_ == 0 ? INADDR_ANY : htonl(firstSource_ + nextSource());
  if (ports_ != 0) {
    source.sin_port = htons(nextPort());
  }
  return bind(fd, reinterpret_cast<const sockaddr*>(&source), sizeof source) == 0;
}

bool Target::preparePort(int fd) const noexcept {
  const int on = 1;
  if (ports_ == 0) {
    // Without this option bind() would choose the port before the destination is known, and so exhaust 28 232 ports.
    return setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0;
  }
  // The port is needed again: it is closed by a reset, which leaves no TIME_WAIT here.
  const linger reset{1, 0};
  return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
         setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0;
}

bool Target::prepare(int fd) noexcept {
  const int on = 1;
  if (fastOpen_ && setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on) != 0) {
    return false;
  }
  return (sources_ == 0 && ports_ == 0) || bindNextSource(fd);
}

int Target::connect() noexcept {
  const int fd = socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return -1;
  }
  if (prepare(fd) &&
      (::connect(fd, reinterpret_cast<const sockaddr*>(&address_), addressLength_) == 0 || errno == EINPROGRESS)) {
    return fd;
  }
  const int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

} // namespace loadgen
