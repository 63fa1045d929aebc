#pragma once

#include "core/address.h"

#include <optional>
#include <string>

namespace reuseport {

/** Nothing when the path is empty, too long, or holds a NUL elsewhere than in front (the abstract namespace). */
std::optional<SocketAddress> parse_unix_path(const std::string& path);

/** The path, with a leading NUL for the abstract namespace; empty for an unnamed socket. */
std::string format_unix_path(const SocketAddress& address);

/** For messages: `@name` instead of a leading NUL. */
std::string printable_unix_path(std::string path);

} // namespace reuseport
