#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

namespace reuseport {

/** A close-on-exec duplicate, never 0, 1 or 2. */
Result<UniqueFd> duplicate(int fd);
Result<Done> close_descriptor(int fd);
Result<Done> set_close_on_exec(int fd, bool on);

} // namespace reuseport
