#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "options.hpp"
#include "schedule.hpp"
#include "tally.hpp"
#include "target.hpp"

namespace loadgen {

/**
 * Runs one load on one thread. Closed loop: each connection sends its next request when the last one is answered. Open
 * loop: requests come by the clock, wait for a free connection when all are busy, and are timed from the intended
 * moment.
 */
class Engine {
public:
  explicit Engine(const Options& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Tally run();

private:
  struct Retry {
    std::uint32_t slot;
    std::uint64_t atNs;
  };

  void connectPool();
  void startClosedLoop();
  void turn();
  void wait(std::uint64_t untilNs);
  [[nodiscard]] std::uint64_t nextMomentNs() const noexcept;
  [[nodiscard]] bool finished() const noexcept;
  [[nodiscard]] bool mayStart() const noexcept;

  void releaseArrivals();
  void dispatchPending();
  void runRetries();
  void expire();

  void beginRequest(std::uint32_t slot, std::uint64_t intendedNs);
  bool open(std::uint32_t slot);
  void watch(std::uint32_t slot);
  void send(std::uint32_t slot);
  void close(std::uint32_t slot) noexcept;
  void onEvent(std::uint32_t slot, std::uint32_t events);
  void onEstablished(std::uint32_t slot);
  void onBytes(std::uint32_t slot, std::string_view bytes);
  void onEnd(std::uint32_t slot);
  void complete(std::uint32_t slot);
  void failRequest(std::uint32_t slot, Failure kind);
  void failRequestErrno(std::uint32_t slot, int errorNumber);
  void endRequest(std::uint32_t slot) noexcept;
  void completeStep(const Connection& connection);
  void failStep(std::uint64_t intendedNs);

  const Options& options_;
  Target target_;
  std::string request_;
  std::string closingRequest_;
  std::string countHeader_;
  std::vector<Connection> connections_;
  DeadlineList deadlines_{connections_};
  std::optional<Schedule> schedule_;
  /** Intended moments of requests that wait for a free connection. */
  std::deque<std::uint64_t> pending_;
  std::deque<std::uint32_t> free_;
  std::deque<Retry> retries_;
  std::vector<char> buffer_;
  Tally tally_;
  int epollFd_ = -1;
  std::uint64_t nowNs_ = 0;
  std::uint64_t startNs_ = 0;
  std::uint64_t endNs_ = UINT64_MAX;
  std::uint64_t nextArrivalNs_ = UINT64_MAX;
  std::uint64_t lastCompletionNs_ = 0;
  std::uint64_t inFlight_ = 0;
  std::uint64_t connecting_ = 0;
};

} // namespace loadgen
