#pragma once

#include "core/result.h"
#include "core/sock_diag_parse.h"

#include <cstdint>
#include <vector>

namespace reuseport {

/** The listening TCP sockets of this network namespace, of both families; port 0 means every port. */
Result<std::vector<ListeningSocket>> dump_listening_sockets(uint16_t port);

/** The handshakes under way on a local port, of both families. The kernel looks at every connection that it has. */
Result<std::vector<Handshake>> dump_handshakes(uint16_t port);

} // namespace reuseport
