#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <string>

namespace reuseport {

/** Gives a map or program a name in a mounted bpffs, which keeps it alive without any process. */
Result<Done> bpf_pin(int fd, const std::string& path);
Result<UniqueFd> bpf_get_pinned(const std::string& path);

} // namespace reuseport
