#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <sys/socket.h>
#include <utility>

namespace reuseport {

/** A connected pair of SOCK_SEQPACKET sockets. */
Result<std::pair<UniqueFd, UniqueFd>> make_socket_pair();

/** SO_PEERCRED; ENOTCONN when the socket has no peer with credentials. */
Result<ucred> read_peer_credentials(int fd);

/** Is it a unix SOCK_SEQPACKET socket. */
Result<bool> is_local_seqpacket(int fd);

} // namespace reuseport
