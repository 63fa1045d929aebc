#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "options.hpp"

namespace loadgen {

/**
 * Where the load goes and from where. Each new connection takes the next of several source addresses (127.1.0.0/24
 * on loopback), so that ephemeral ports held by TIME_WAIT (28 232 for each source by default) never limit the rate.
 */
class Target {
public:
  /** Throws UsageError for what is no literal address and port, or not loopback without `--allow-any`. */
  explicit Target(const Options& options);

  /** A non-blocking socket that is connected or connecting; -1 with errno set when the kernel refuses. */
  [[nodiscard]] int connect() noexcept;

private:
  void chooseSources(const Options& options, bool loopback);
  [[nodiscard]] bool bindNextSource(int fd) noexcept;
  [[nodiscard]] bool preparePort(int fd) const noexcept;
  [[nodiscard]] std::uint32_t nextSource() noexcept;
  [[nodiscard]] std::uint16_t nextPort() noexcept;
  [[nodiscard]] bool prepare(int fd) noexcept;

  sockaddr_storage address_{};
  socklen_t addressLength_ = 0;
  bool fastOpen_ = false;
  std::uint32_t sources_ = 0;
  std::uint32_t firstSource_ = 0x7F010001; // 127.1.0.1
  std::uint32_t nextSource_ = 0;
  std::uint32_t heavyPercent_ = 0;
  /** What the first source is owed, in hundredths of a connection. */
  std::uint32_t owed_ = 0;
  std::uint32_t ports_ = 0;
  std::uint16_t firstPort_ = 0;
  std::uint32_t opened_ = 0;
};

} // namespace loadgen
