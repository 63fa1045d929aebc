#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

namespace reuseport {

/**
 * An eventfd on which loops wake the watch. Not a futex in the state page: that page may be a BPF map, and futex(2)
 * between processes answers EFAULT there (such pages have no mapping to make the futex's key from).
 */
Result<UniqueFd> create_wake_fd();

/** A duplicate. EINVAL when it is no eventfd: 8 bytes written to another kind of descriptor would do harm. */
Result<UniqueFd> duplicate_wake_fd(int fd);

} // namespace reuseport
