#pragma once

#include "core/address.h"
#include "core/result.h"
#include "core/unique_fd.h"

#include <optional>
#include <string>

namespace reuseport {

struct TcpListenerOptions {
  SocketAddress address;
  /** The endpoint as the user wrote it, for messages. */
  std::string subject;
  bool reuse_port = true;
  bool reuse_address = true;
  /** IPv6 only. */
  bool ipv6_only = false;
  std::optional<int> defer_accept_seconds;
  std::optional<int> fast_open_queue;
  std::optional<int> incoming_cpu;
};

/** A bound TCP socket, non-blocking and not yet listening: it joins its reuseport group at listen(2). */
Result<UniqueFd> bind_tcp_listener(const TcpListenerOptions& options);

/** listen(2); on a listening socket it only changes the backlog. */
Result<Done> start_listening(int fd, int backlog_connections);

} // namespace reuseport
