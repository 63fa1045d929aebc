#include "address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

namespace loadgen {

std::string localAddressOf(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  // The C interface of sockets.
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd, address, &length) != 0) {
    return "";
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& inet = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &inet.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ':' + std::to_string(ntohs(inet.sin_port));
  }
  if (storage.ss_family == AF_INET6) {
    const auto& inet = reinterpret_cast<const sockaddr_in6&>(storage);
    inet_ntop(AF_INET6, &inet.sin6_addr, text.data(), text.size());
    return std::string("[") + text.data() + "]:" + std::to_string(ntohs(inet.sin6_port));
  }
  return "";
}

} // namespace loadgen
