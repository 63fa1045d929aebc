#pragma once

#include "core/result.h"

#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace reuseport {

/**
 * From now on these signals wait, whichever thread they come to, for the program that this process will execute. For
 * good: their handlers are gone. What they have been called for before is still to be dealt with.
 */
Result<Done> hold_signals(std::span<const int> signals);

/** execve(2) with the environment as it is. Returns only when it fails. */
Failure execute(const std::string& path, const std::vector<std::string>& words);

/** sigqueue(3): a signal with a number, which its receiver can tell from any other. */
Result<Done> queue_signal(pid_t pid, int signal, int value);

} // namespace reuseport
