#pragma once

#include <unistd.h>

#include <cstdint>
#include <vector>

#include "response-parser.hpp"

namespace loadgen {

/** One slot for a connection. It owns its descriptor from open to close. */
struct Connection {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  enum class Phase { closed, connecting, idle, waiting };

  int fd = -1;
  Phase phase = Phase::closed;
  bool hasRequest = false;
  bool gotFirstByte = false;
  std::uint32_t requestsDone = 0;
  std::uint64_t intendedNs = 0;
  std::uint64_t openedNs = 0;
  std::uint64_t deadlineNs = 0;
  // Neighbours in the list of deadlines.
  std::uint32_t previous = kNone;
  std::uint32_t next = kNone;
  ResponseParser parser;

  void close() noexcept {
    if (fd >= 0) {
      ::close(fd);
    }
    fd = -1;
    phase = Phase::closed;
    requestsDone = 0;
  }
};

/** Requests in flight, oldest deadline first. All have the same timeout, so appending keeps the order: O(1) each. */
class DeadlineList {
public:
  explicit DeadlineList(std::vector<Connection>& connections) : connections_(connections) {}

  [[nodiscard]] std::uint32_t first() const noexcept { return first_; }

  void append(std::uint32_t slot) noexcept {
    Connection& connection = connections_[slot];
    connection.previous = last_;
    connection.next = Connection::kNone;
    (last_ == Connection::kNone ? first_ : connections_[last_].next) = slot;
    last_ = slot;
  }

  void remove(std::uint32_t slot) noexcept {
    const Connection& connection = connections_[slot];
    (connection.previous == Connection::kNone ? first_ : connections_[connection.previous].next) = connection.next;
    (connection.next == Connection::kNone ? last_ : connections_[connection.next].previous) = connection.previous;
  }

private:
  std::vector<Connection>& connections_;
  std::uint32_t first_ = Connection::kNone;
  std::uint32_t last_ = Connection::kNone;
};

} // namespace loadgen
