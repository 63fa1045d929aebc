#pragma once

#include <string>

namespace loadgen {

/** `127.0.0.1:4321`, or `[::1]:4321`; empty for a descriptor that is no connected socket. */
std::string localAddressOf(int fd);

} // namespace loadgen
