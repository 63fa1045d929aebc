#pragma once

#include "core/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace reuseport {

struct ListeningSocket {
  /** AF_INET or AF_INET6. */
  int family = 0;
  std::string address;
  uint16_t port = 0;
  uint32_t inode = 0;
  uint32_t uid = 0;
  uint32_t queued_connections = 0;
  uint32_t backlog_connections = 0;
  bool ipv6_only = false;
  /** Of the interface that the socket is bound to; 0 without one. */
  uint32_t interface_index = 0;
};

/** A connection whose handshake is under way: between the SYN and the ACK that ends it. */
struct Handshake {
  /** The kernel's name for it, unique until the next boot. */
  uint64_t cookie = 0;
  uint16_t port = 0;
  /** How often its SYN-ACK was sent again. */
  uint8_t retransmissions = 0;
};

struct DumpProgress {
  /** The last part has come. */
  bool done = false;
  /** The table changed while the kernel walked it: what was read may be incomplete (NLM_F_DUMP_INTR). */
  bool interrupted = false;
};

/** Reads one datagram of a sock_diag dump and appends its sockets. Malformed input is EBADMSG. */
Result<DumpProgress> parse_dump(std::span<const std::byte> datagram, std::vector<ListeningSocket>& sockets);
Result<DumpProgress> parse_dump(std::span<const std::byte> datagram, std::vector<Handshake>& handshakes);

} // namespace reuseport
