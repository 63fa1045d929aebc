#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <cstddef>
#include <vector>

namespace reuseport {

/**
 * Accepts what waits at a non-blocking listener, at most `max`; close-on-exec and non-blocking. Connections that died
 * in the queue are passed over. Without descriptors left it gives back what it has, and fails only when that is
 * nothing.
 */
Result<std::vector<UniqueFd>> accept_all(int fd, size_t max);

/**
 * Takes a listener out of its group for a moment: with migration on (kernel-wide, or by the group's program), what
 * waits in its queue moves to live members. Without another live member it is reset. Address and port stay. Its slot in
 * a sockarray is empty afterwards.
 */
Result<Done> migrate_queue(int fd, int backlog_connections);

} // namespace reuseport
