#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

namespace reuseport {

/** More descriptors in one message are refused on both sides. */
constexpr size_t kMaxMessageFds = 16;
/** Larger messages are refused on both sides. */
constexpr size_t kMaxMessageBytes = 256 * 1024;

struct Message {
  /** Points into the buffer of the caller. */
  std::span<const std::byte> data;
  /** Where not all could be installed (EMFILE, a security module's refusal): the first of those that were sent. */
  std::vector<UniqueFd> fds;
};
struct NothingYet {};
struct PeerClosed {};
using Reading = std::variant<Message, NothingYet, PeerClosed>;

/** Makes a SOCK_SEQPACKET socket ready for the two functions below. */
Result<Done> prepare_message_socket(int fd);

/** One message with duplicates of `fds`, without waiting; false when the socket is full. Never raises SIGPIPE. */
Result<bool> send_message(int fd, std::span<const std::byte> data, std::span<const int> fds);

/**
 * The next message, without waiting. One that is longer than the buffer, or came with more descriptors than allowed, is
 * a failure (EMSGSIZE) and its descriptors are closed. Descriptors that cannot be installed cost the message nothing
 * else: the kernel installs them in order and drops the rest (scm_detach_fds).
 */
Result<Reading> receive_message(int fd, std::span<std::byte> buffer);

} // namespace reuseport
