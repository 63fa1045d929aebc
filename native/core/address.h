#pragma once

#include "core/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/socket.h>

namespace reuseport {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

/** Address and port as people write them; no port for a unix socket. */
struct AddressText {
  std::string address;
  uint16_t port = 0;
};

/**
 * Reads a literal IPv4 or IPv6 address; a link-local one may carry its scope as a number or an interface name. Nothing
 * when the text is no such literal; a failure when the interface does not exist.
 */
Result<std::optional<SocketAddress>> parse_address(const std::string& text, uint16_t port);

/** For AF_INET and AF_INET6 only; a scope is written as `%<number>`. */
AddressText format_address(const SocketAddress& address);

/** `0.0.0.0:8080`, `[::1]:8080`. */
std::string format_endpoint(const std::string& address, uint16_t port);

} // namespace reuseport
