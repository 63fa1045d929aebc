#include "core/address.h"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <string_view>

namespace reuseport {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/** Index of an interface; 0 when the text can be none. */
Result<uint32_t> parse_scope(const std::string& scope) {
  if (all_digits(scope)) {
    uint32_t index = 0;
    auto [end, error] = std::from_chars(scope.data(), scope.data() + scope.size(), index);
    return error == std::errc{} ? index : 0U;
  }
  if (scope.empty() || scope.size() >= IF_NAMESIZE) {
    return 0U;
  }
  unsigned index = if_nametoindex(scope.c_str());
  int code = errno;
  if (index == 0) {
    return Failure{code, "if_nametoindex", scope};
  }
  return index;
}

std::optional<SocketAddress> parse_ipv4(const std::string& text, uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  if (inet_pton(AF_INET, text.c_str(), &in.sin_addr) != 1) {
    return std::nullopt;
  }
  SocketAddress result;
  std::memcpy(&result.storage, &in, sizeof in);
  result.length = sizeof in;
  return result;
}

} // namespace

Result<std::optional<SocketAddress>> parse_address(const std::string& text, uint16_t port) {
  constexpr std::optional<SocketAddress> none = std::nullopt;
  if (text.find('\0') != std::string::npos) {
    return none;
  }
  if (auto ipv4 = parse_ipv4(text, port)) {
    return ipv4;
  }
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  size_t percent = text.find('%');
  if (inet_pton(AF_INET6, text.substr(0, percent).c_str(), &in.sin6_addr) != 1) {
    return none;
  }
  if (percent != std::string::npos) {
    // The kernel ignores a scope on every other address: accepting it there would hide a mistake.
    if (!IN6_IS_ADDR_LINKLOCAL(&in.sin6_addr)) {
      return none;
    }
    auto scope = parse_scope(text.substr(percent + 1));
    if (!scope) {
      return std::move(scope.failure());
    }
    if (scope.value() == 0) {
      return none;
    }
    in.sin6_scope_id = scope.value();
  }
  SocketAddress result;
  std::memcpy(&result.storage, &in, sizeof in);
  result.length = sizeof in;
  return std::optional(result);
}

AddressText format_address(const SocketAddress& address) {
  char buffer[INET6_ADDRSTRLEN] = "";
  if (address.family() == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof in);
    inet_ntop(AF_INET, &in.sin_addr, buffer, sizeof buffer);
    return {buffer, ntohs(in.sin_port)};
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &address.storage, sizeof in);
  inet_ntop(AF_INET6, &in.sin6_addr, buffer, sizeof buffer);
  std::string text = buffer;
  if (in.sin6_scope_id != 0) {
    text += "%" + std::to_string(in.sin6_scope_id);
  }
  return {text, ntohs(in.sin6_port)};
}

std::string format_endpoint(const std::string& address, uint16_t port) {
  bool ipv6 = address.find(':') != std::string::npos;
  return (ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

} // namespace reuseport
