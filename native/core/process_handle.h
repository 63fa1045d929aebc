#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <sys/types.h>

namespace reuseport {

/**
 * pidfd_open(2): a descriptor of a process that need not be a child. It turns readable when the process ends, and it
 * never means another process that got the same pid later.
 */
Result<UniqueFd> open_process(pid_t pid);

/** pidfd_send_signal(2); ESRCH when the process has been reaped. */
Result<Done> signal_process(int process_fd, int signal);

} // namespace reuseport
