#include "engine.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "clock.hpp"

namespace loadgen {

namespace {

constexpr std::uint64_t kPoolConnectNs = 2'000'000'000;
constexpr std::size_t kBufferBytes = 64 * 1024;

std::string requestText(const Options& options, bool closing) {
  std::string text = "GET " + options.path + " HTTP/1.1\r\nHost: " + options.target + "\r\n";
  for (const std::string& header : options.headers) {
    text += header + "\r\n";
  }
  return text + (closing ? "Connection: close\r\n\r\n" : "\r\n");
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
  return text;
}

volatile std::sig_atomic_t endAsked = 0;

} // namespace

Engine::Engine(const Options& options)
    : options_(options), target_(options), request_(requestText(options, false)),
      closingRequest_(requestText(options, true)), countHeader_(lowered(options.countHeader)),
      connections_(options.connections), buffer_(kBufferBytes), epollFd_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epollFd_ < 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
  // The default slack of 50 µs would be added to every wait of an open loop.
  prctl(PR_SET_TIMERSLACK, 1UL);
  // A load whose end depends on something else is ended so: no request starts any more, those in flight finish.
  std::signal(SIGTERM, [](int) { endAsked = 1; });
}

Engine::~Engine() {
  for (Connection& connection : connections_) {
    connection.close();
  }
  ::close(epollFd_);
}

Tally Engine::run() {
  if (options_.openLoop()) {
    connectPool();
  }
  const CpuTime cpuBefore = CpuTime::now();
  startNs_ = nowNs_ = monotonicNs();
  tally_.timeline.begin(startNs_, options_.timelineStepNs);
  endNs_ = options_.durationNs == 0 ? UINT64_MAX : startNs_ + options_.durationNs;
  if (options_.openLoop()) {
    schedule_.emplace(options_);
    nextArrivalNs_ = startNs_ + schedule_->nextOffsetNs();
  } else {
    startClosedLoop();
  }
  do {
    turn();
  } while (!finished());
  tally_.cpu = CpuTime::now().since(cpuBefore);
  tally_.elapsedNs = nowNs_ - startNs_;
  // A load that ends by count has no fixed end: its window is up to the last response.
  const bool byCount = options_.count != 0 && tally_.started >= options_.count;
  const std::uint64_t windowEndNs = byCount ? std::min(lastCompletionNs_, endNs_) : endNs_;
  tally_.windowNs = std::max(windowEndNs, startNs_) - startNs_;
  return std::move(tally_);
}

/** Long-lived connections of an open loop are opened before the clock starts, so the first requests are no different.
 */
void Engine::connectPool() {
  nowNs_ = monotonicNs();
  for (std::uint32_t slot = 0; slot < options_.connections; ++slot) {
    free_.push_back(slot);
    if (options_.requestsPerConnection == 1) {
      continue;
    }
    // One that fails here fails nobody: the request that needs it opens it again.
    if (open(slot)) {
      watch(slot);
    }
  }
  const std::uint64_t untilNs = nowNs_ + kPoolConnectNs;
  while (connecting_ > 0 && nowNs_ < untilNs) {
    wait(untilNs);
  }
}

void Engine::startClosedLoop() {
  for (std::uint32_t slot = 0; slot < options_.connections && mayStart(); ++slot) {
    nowNs_ = monotonicNs();
    beginRequest(slot, nowNs_);
  }
}

void Engine::turn() {
  if (endAsked != 0 && nowNs_ < endNs_) {
    endNs_ = nowNs_;
    nextArrivalNs_ = UINT64_MAX;
  }
  releaseArrivals();
  dispatchPending();
  runRetries();
  expire();
  if (!finished()) {
    wait(nextMomentNs());
  }
}

void Engine::wait(std::uint64_t untilNs) {
  std::array<epoll_event, 256> events;
  nowNs_ = monotonicNs();
  timespec timeout{};
  if (untilNs > nowNs_) {
    const std::uint64_t restNs = untilNs - nowNs_;
    timeout.tv_sec = static_cast<time_t>(restNs / 1'000'000'000U);
    timeout.tv_nsec = static_cast<long>(restNs % 1'000'000'000U);
  }
  const int count = epoll_pwait2(epollFd_, events.data(), static_cast<int>(events.size()),
                                 untilNs == UINT64_MAX ? nullptr : &timeout, nullptr);
  if (count < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
  }
  nowNs_ = monotonicNs();
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    onEvent(event.data.u32, event.events);
  }
}

std::uint64_t Engine::nextMomentNs() const noexcept {
  std::uint64_t momentNs = nextArrivalNs_;
  if (!retries_.empty()) {
    momentNs = std::min(momentNs, retries_.front().atNs);
  }
  if (!pending_.empty()) {
    momentNs = std::min(momentNs, pending_.front() + options_.timeoutNs);
  }
  if (deadlines_.first() != Connection::kNone) {
    momentNs = std::min(momentNs, connections_[deadlines_.first()].deadlineNs);
  }
  return momentNs;
}

bool Engine::mayStart() const noexcept {
  return nowNs_ < endNs_ && (options_.count == 0 || tally_.started < options_.count);
}

bool Engine::finished() const noexcept {
  const bool more = options_.openLoop() ? nextArrivalNs_ != UINT64_MAX || !pending_.empty() : !retries_.empty();
  return inFlight_ == 0 && !more;
}

void Engine::releaseArrivals() {
  if (!schedule_) {
    return;
  }
  while (nextArrivalNs_ <= nowNs_) {
    pending_.push_back(nextArrivalNs_);
    ++tally_.started;
    nextArrivalNs_ = startNs_ + schedule_->nextOffsetNs();
    // By the intended moment, not by the clock: a generator that is late still sends everything that was due.
    if (nextArrivalNs_ >= endNs_ || (options_.count != 0 && tally_.started >= options_.count)) {
      nextArrivalNs_ = UINT64_MAX;
    }
  }
}

void Engine::dispatchPending() {
  const bool nothingWaited = pending_.size() <= free_.size();
  while (!pending_.empty() && !free_.empty()) {
    const std::uint64_t intendedNs = pending_.front();
    const std::uint32_t slot = free_.front();
    pending_.pop_front();
    free_.pop_front();
    nowNs_ = monotonicNs();
    if (nothingWaited) {
      tally_.lagNs.record(nowNs_ - intendedNs);
    }
    beginRequest(slot, intendedNs);
  }
}

void Engine::runRetries() {
  while (!retries_.empty() && (retries_.front().atNs <= nowNs_ || !mayStart())) {
    const std::uint32_t slot = retries_.front().slot;
    retries_.pop_front();
    if (mayStart()) {
      beginRequest(slot, nowNs_);
    }
  }
}

void Engine::expire() {
  while (!pending_.empty() && pending_.front() + options_.timeoutNs <= nowNs_) {
    failStep(pending_.front());
    pending_.pop_front();
    tally_.lose({"", nowNs_ - options_.timeoutNs, nowNs_, Failure::timeout});
  }
  for (std::uint32_t slot = deadlines_.first(); slot != Connection::kNone; slot = deadlines_.first()) {
    if (connections_[slot].deadlineNs > nowNs_) {
      break;
    }
    failRequest(slot, Failure::timeout);
  }
}

} // namespace loadgen
