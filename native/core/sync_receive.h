#pragma once

#include "core/message.h"
#include "core/send_queue.h"

#include <chrono>

namespace reuseport {

/**
 * Waits for the next message, sending what is queued meanwhile, so that a question can wait for its answer. NothingYet
 * when the time is over.
 */
Result<Reading> wait_for_message(int socket, SendQueue& queue, std::span<std::byte> buffer,
                                 std::chrono::milliseconds timeout);

} // namespace reuseport
