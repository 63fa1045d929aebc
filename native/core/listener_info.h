#pragma once

#include "core/result.h"

#include <cstdint>
#include <string>

namespace reuseport {

struct ListenerInfo {
  /** AF_INET, AF_INET6 or AF_UNIX. */
  int family = 0;
  std::string address;
  uint16_t port = 0;
  uint64_t inode = 0;
  bool listening = false;
  uint32_t queued_connections = 0;
  uint32_t backlog_connections = 0;
  uint32_t drops = 0;
};

/** What the kernel tells of a TCP or unix socket. */
Result<ListenerInfo> read_listener_info(int fd);

} // namespace reuseport
