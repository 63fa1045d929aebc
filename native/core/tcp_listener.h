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

/** The socket listens no longer and leaves its group, whoever else holds it. Its queue goes as at its close. */
Result<Done> stop_listening(int fd);

/**
 * Has the kernel drop the SYNs that reach this listener, or take them again: a socket filter, for which some kernels
 * ask CAP_NET_ADMIN. Handshakes that have begun go on. Who sent the SYN sends it again after a second, maybe to another
 * listener.
 */
Result<Done> ignore_syns(int fd, bool on);

/**
 * No SYN reaches this listener any more, by binding it to a network device that does not exist (no privilege, Linux
 * 5.7). Handshakes that have begun go on. In a group it must be done to all members: one that is still reached makes
 * the kernel choose among all.
 */
Result<Done> refuse_syns(int fd);

/** Takes that back, where it was done: for which the kernel asks CAP_NET_RAW. */
Result<Done> accept_syns(int fd);

} // namespace reuseport
