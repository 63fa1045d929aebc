#pragma once

#include "core/address.h"
#include "core/result.h"
#include "core/unique_fd.h"

namespace reuseport {

/** A bound unix stream socket, non-blocking and not yet listening. Never unlinks what is in the way. */
Result<UniqueFd> bind_unix_listener(const SocketAddress& address);

} // namespace reuseport
