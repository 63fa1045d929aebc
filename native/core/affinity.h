#pragma once

#include "core/result.h"

namespace reuseport {

/** Larger than cpu_set_t: the kernel knows machines with more processors than that has bits. */
constexpr int kMostProcessors = 8192;

/** Every thread of this process runs on that processor alone, and so does what they start. EINVAL: it may not be used.
 */
Result<Done> run_on(int processor);

/** The same of the calling thread alone. */
Result<Done> run_thread_on(int processor);

} // namespace reuseport
