#pragma once

#include "core/result.h"

namespace reuseport {

/** Every thread of this process runs on that processor alone, and so does what they start. EINVAL: it may not be used.
 */
Result<Done> run_on(int processor);

} // namespace reuseport
