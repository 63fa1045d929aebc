#include "core/graft.h"

#include "core/address.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace reuseport {
namespace {

struct Closer {
  void operator()(DIR* folder) const { ::closedir(folder); }
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

bool listens_on_loopback(int fd, uint16_t port) {
  int listening = 0;
  socklen_t size = sizeof listening;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
    return false;
  }
  sockaddr_in name{};
  size = sizeof name;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0 && name.sin_family == AF_INET &&
         ntohs(name.sin_port) == port && ntohl(name.sin_addr.s_addr) == INADDR_LOOPBACK;
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
  std::unique_ptr<DIR, Closer> all(::opendir("/proc/self/fd"));
  int code = errno;
  if (all == nullptr) {
    return Failure{code, "opendir", "/proc/self/fd"};
  }
  while (const dirent* entry = ::readdir(all.get())) {
    std::string_view name = entry->d_name;
    int fd = -1;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), fd);
    if (error == std::errc{} && listens_on_loopback(fd, port)) {
      return std::optional(fd);
    }
  }
  return std::optional<int>();
}

} // namespace reuseport
