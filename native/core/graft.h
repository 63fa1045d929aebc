#pragma once

#include "core/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace reuseport {

/** The literal address that a server on this host name binds, as getaddrinfo(3) gives them for AI_PASSIVE: of IPv6 if
 * there is one. Nothing when the name has none. May wait for a name server. */
std::optional<std::string> resolve_host(const std::string& host);

/** The descriptor of this process that listens on 127.0.0.1 at this port; nothing when there is none. */
Result<std::optional<int>> find_loopback_listener(uint16_t port);

} // namespace reuseport
