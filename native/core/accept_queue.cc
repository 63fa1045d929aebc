#include "core/accept_queue.h"

#include <cstddef>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace reuseport {

uint32_t queued_connections(int fd) {
  tcp_info info{};
  // Up to the field that is asked for: the kernel then copies less.
  socklen_t length = offsetof(tcp_info, tcpi_unacked) + sizeof info.tcpi_unacked;
  // Of a connected socket the field means something else.
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 || info.tcpi_state != TCP_LISTEN) {
    return 0;
  }
  return info.tcpi_unacked;
}

} // namespace reuseport
