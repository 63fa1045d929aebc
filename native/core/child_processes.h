#pragma once

#include "core/result.h"

#include <sys/types.h>

namespace reuseport {

/**
 * PR_SET_CHILD_SUBREAPER, for the rest of this process's life: a descendant whose parent ends becomes its child, not
 * process 1's. It must be reaped then, by its pid: a wait for any child would take from libuv what it waits for.
 */
Result<Done> adopt_orphans();

/** waitid(2) for one child that has ended; false while it lives. ECHILD: it is no child of this process. */
Result<bool> reap_child(pid_t pid);

} // namespace reuseport
