#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace loadgen {

enum class Arrivals { constant, poisson };

struct Options {
  /** `127.0.0.1:8080` or `[::1]:8080`. */
  std::string target;
  std::string path = "/";
  /** Whole header lines without the line end. */
  std::vector<std::string> headers;
  /** Response header whose values are counted; empty for none. */
  std::string countHeader;
  /** Connections at the same time; in the open loop their upper limit. */
  std::uint32_t connections = 64;
  /** Requests before a connection is closed; 0 keeps it for ever. */
  std::uint32_t requestsPerConnection = 1;
  /** Open loop at this rate; 0 is the closed loop. */
  double ratePerSecond = 0;
  Arrivals arrivals = Arrivals::constant;
  /** Of the open loop: so many requests are due at one moment, as seldom as the rate allows. */
  std::uint32_t burst = 1;
  /** No request starts later than this; 0 means until `count`. */
  std::uint64_t durationNs = 0;
  /** No more requests than this; 0 means until `durationNs`. */
  std::uint64_t count = 0;
  std::uint64_t timeoutNs = 5'000'000'000;
  /** Source addresses used in turn, from `firstSource` on; 0 leaves the source to the kernel. */
  std::uint32_t sources = 64;
  /** A literal IPv4 address; empty is 127.1.0.1 for a target on loopback, and the kernel's choice for any other. */
  std::string firstSource;
  /** Heavy hitters: so many of a hundred connections come from the first source address, the others from the rest. */
  std::uint32_t heavyPercent = 0;
  /**
   * Source ports used in turn, the next one after each round of the addresses; 0 leaves the port to the kernel.
   * Connections from them are closed by a reset, so that the port can be used again.
   */
  std::uint32_t ports = 0;
  std::uint16_t firstPort = 20'000;
  std::uint64_t seed = 1;
  /** Width of a step of the timeline; 0 is none. */
  std::uint64_t timelineStepNs = 0;
  /** TCP_FASTOPEN_CONNECT: the request goes in the SYN, where a former connection brought the cookie for it. */
  bool fastOpen = false;
  /**
   * Ask on a new connection when the event loop says that it is writable, as other load generators do. Otherwise at
   * once, as the kernel does it for a client far away: its ACK and its request come together.
   */
  bool awaitWritable = false;
  bool allowAny = false;

  [[nodiscard]] bool openLoop() const noexcept { return ratePerSecond > 0; }
};

/** A wrong command line; the text says which option. */
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

Options parseOptions(const std::vector<std::string>& arguments);

extern const char* const kUsage;

} // namespace loadgen
