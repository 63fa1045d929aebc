#pragma once

#include <cstdint>

namespace reuseport {

/** Connections in a listener's accept queue (tcpi_unacked); 0 for what is no TCP listener. */
uint32_t queued_connections(int fd);

} // namespace reuseport
