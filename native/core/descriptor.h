#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

namespace reuseport {

/** A close-on-exec duplicate, never 0, 1 or 2. */
Result<UniqueFd> duplicate(int fd);
Result<Done> close_descriptor(int fd);
Result<Done> set_close_on_exec(int fd, bool on);
/** From now on `fd`, whatever it was, is what `source` is: close-on-exec, unless it is 0, 1 or 2. Both stay open. */
Result<Done> replace_descriptor(int source, int fd);

} // namespace reuseport
