#pragma once

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <random>
#include <system_error>
#include <vector>

#include "../load/clock.hpp"
#include "../load/histogram.hpp"

namespace delayline {

/** One way of the line: what `from` sends comes out at `to` a fixed time later, in the same order. */
class Direction {
public:
  /** `loss` is the share of packets that never come out, 0 to 1. */
  Direction(int from, int to, std::uint64_t delayNs, double loss, std::uint64_t seed)
      : from_(from), to_(to), delayNs_(delayNs), lost_(loss), random_(seed) {}

  /** Takes everything that waits at `from`. The delay counts from here: what the kernel held before is on top. */
  void take() {
    std::array<std::uint8_t, kLargestPacket> buffer;
    for (;;) {
      const ssize_t got = read(from_, buffer.data(), buffer.size());
      if (got < 0) {
        if (errno == EAGAIN || errno == EINTR) {
          return;
        }
        throw std::system_error(errno, std::generic_category(), "read from a TUN device");
      }
      if (lost_(random_)) {
        ++lostPackets_;
      } else if (held_.size() >= kMostHeld) {
        ++overflowed_;
      } else {
        held_.push_back({loadgen::monotonicNs() + delayNs_, {buffer.data(), buffer.data() + got}});
      }
    }
  }

  /** Delivers what is due by now. */
  void deliver(std::uint64_t nowNs) {
    while (!held_.empty() && held_.front().dueNs <= nowNs) {
      const Packet& packet = held_.front();
      const ssize_t sent = write(to_, packet.bytes.data(), packet.bytes.size());
      lateNs_.record(loadgen::monotonicNs() - packet.dueNs);
      sent < 0 ? ++refused_ : ++delivered_;
      held_.pop_front();
    }
  }

  /** When the next packet is due; UINT64_MAX when none is held. */
  [[nodiscard]] std::uint64_t nextNs() const noexcept { return held_.empty() ? UINT64_MAX : held_.front().dueNs; }

  [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lostPackets_; }
  /** Neither meant: the line held too many, or the kernel did not take it. */
  [[nodiscard]] std::uint64_t overflowed() const noexcept { return overflowed_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  /** How long after its due moment each packet came out. */
  [[nodiscard]] const loadgen::Histogram& lateNs() const noexcept { return lateNs_; }

private:
  struct Packet {
    std::uint64_t dueNs;
    std::vector<std::uint8_t> bytes;
  };

  static constexpr std::size_t kLargestPacket = 65536;
  // A second of 100 000 packets/s: more than one thread can carry.
  static constexpr std::size_t kMostHeld = 100'000;

  int from_;
  int to_;
  std::uint64_t delayNs_;
  std::bernoulli_distribution lost_;
  std::mt19937_64 random_;
  std::deque<Packet> held_;
  std::uint64_t delivered_ = 0;
  std::uint64_t lostPackets_ = 0;
  std::uint64_t overflowed_ = 0;
  std::uint64_t refused_ = 0;
  loadgen::Histogram lateNs_;
};

} // namespace delayline
