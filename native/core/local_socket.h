#pragma once

#include "core/address.h"
#include "core/result.h"
#include "core/unique_fd.h"

#include <cstddef>
#include <span>
#include <sys/socket.h>
#include <utility>

namespace reuseport {

/** A connected pair of SOCK_SEQPACKET sockets. */
Result<std::pair<UniqueFd, UniqueFd>> make_socket_pair();

/** A SOCK_SEQPACKET socket that listens at `address`, non-blocking. Never unlinks what is in the way. */
Result<UniqueFd> listen_for_packets(const SocketAddress& address);

/** A SOCK_SEQPACKET socket connected to `address`, non-blocking; EAGAIN when the listener's backlog is full. */
Result<UniqueFd> connect_for_packets(const SocketAddress& address);

/** One datagram to the unix socket at `address`, with duplicates of `fds`. */
Result<Done> send_datagram(const SocketAddress& address, std::span<const std::byte> data, std::span<const int> fds);

/** SO_PEERCRED; ENOTCONN when the socket has no peer with credentials. */
Result<ucred> read_peer_credentials(int fd);

/** SO_REUSEPORT. */
Result<bool> reuses_port(int fd);

/** Is it a unix SOCK_SEQPACKET socket. */
Result<bool> is_local_seqpacket(int fd);

} // namespace reuseport
