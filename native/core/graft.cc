#include "core/graft.h"

#include "core/address.h"
#include "core/listener_info.h"
#include "core/proc_numbers.h"

#include <cstring>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>

namespace reuseport {
namespace {

struct Closer {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

bool listens_on_loopback(int fd, uint16_t port) {
  auto info = read_listener_info(fd);
  return info && info.value().listening && info.value().address == "127.0.0.1" && info.value().port == port;
}

} // namespace

std::optional<std::string> resolve_host(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_flags = AI_PASSIVE;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0) {
    return std::nullopt;
  }
  std::unique_ptr<addrinfo, Closer> all(found);
  for (int family : {AF_INET6, AF_INET}) {
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
      if (each->ai_family == family && each->ai_addrlen <= sizeof(sockaddr_storage)) {
        SocketAddress address;
        std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
        address.length = each->ai_addrlen;
        return format_address(address).address;
      }
    }
  }
  return std::nullopt;
}

Result<std::optional<int>> find_loopback_listener(uint16_t port) {
  auto descriptors = read_numbers("/proc/self/fd");
  if (!descriptors) {
    return std::move(descriptors.failure());
  }
  for (int fd : descriptors.value()) {
    if (listens_on_loopback(fd, port)) {
      return std::optional(fd);
    }
  }
  return std::optional<int>();
}

} // namespace reuseport
