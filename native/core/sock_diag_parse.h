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
};

struct DumpProgress {
  /** The last part has come. */
  bool done = false;
  /** The table changed while the kernel walked it: what was read may be incomplete (NLM_F_DUMP_INTR). */
  bool interrupted = false;
};

/** Reads one datagram of a sock_diag dump and appends its sockets. Malformed input is EBADMSG. */
Result<DumpProgress> parse_dump(std::span<const std::byte> datagram, std::vector<ListeningSocket>& sockets);

} // namespace reuseport
