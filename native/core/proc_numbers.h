#pragma once

#include "core/result.h"

#include <string>
#include <vector>

namespace reuseport {

/** The entries of a folder of /proc that are numbers: descriptors of /proc/self/fd, threads of /proc/self/task. */
Result<std::vector<int>> read_numbers(const std::string& folder);

} // namespace reuseport
