#pragma once

#include "core/result.h"

#include <cstddef>
#include <span>

namespace reuseport {

/**
 * These hold for the whole reuseport group of a listening socket. On a socket that is not listening yet they would make
 * a group of their own, and its listen(2) then fails with EADDRINUSE.
 */

/** SO_ATTACH_REUSEPORT_EBPF. */
Result<Done> attach_reuseport_ebpf(int socket_fd, int program_fd);
/** SO_ATTACH_REUSEPORT_CBPF; whole instructions of 8 bytes. */
Result<Done> attach_reuseport_cbpf(int socket_fd, std::span<const std::byte> instructions);
/** SO_DETACH_REUSEPORT_BPF, Linux 5.3. ENOENT when nothing was attached. */
Result<Done> detach_reuseport_bpf(int socket_fd);

} // namespace reuseport
