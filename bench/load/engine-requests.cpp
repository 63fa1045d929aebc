#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "address.hpp"
#include "clock.hpp"
#include "engine.hpp"

namespace loadgen {

namespace {

// A closed-loop connection that failed waits this long: an instant retry would measure the failures.
constexpr std::uint64_t kRetryDelayNs = 10'000'000;

} // namespace

/**
 * On loopback the handshake is over when connect() returns, so the request goes out at once and is watched after that:
 * one epoll turn less for each connection.
 */
void Engine::beginRequest(std::uint32_t slot, std::uint64_t intendedNs) {
  Connection& connection = connections_[slot];
  if (!options_.openLoop()) {
    ++tally_.started;
  }
  ++inFlight_;
  connection.hasRequest = true;
  connection.gotFirstByte = false;
  connection.intendedNs = intendedNs;
  connection.deadlineNs = intendedNs + options_.timeoutNs;
  connection.parser.begin(countHeader_);
  deadlines_.append(slot);
  if (connection.phase == Connection::Phase::idle) {
    send(slot);
  } else if (connection.phase == Connection::Phase::closed) {
    if (!open(slot)) {
      failRequestErrno(slot, errno);
      return;
    }
    if (options_.awaitWritable) {
      watch(slot);
      return;
    }
    send(slot);
    if (connection.hasRequest) {
      watch(slot);
    }
  }
}

bool Engine::open(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  connection.fd = target_.connect();
  if (connection.fd < 0) {
    return false;
  }
  ++tally_.connectionsOpened;
  ++connecting_;
  connection.openedNs = nowNs_;
  connection.phase = Connection::Phase::connecting;
  return true;
}

void Engine::watch(std::uint32_t slot) {
  const Connection& connection = connections_[slot];
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  if (connection.phase == Connection::Phase::connecting) {
    event.events |= EPOLLOUT;
  }
  event.data.u32 = slot;
  if (epoll_ctl(epollFd_, EPOLL_CTL_ADD, connection.fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Engine::send(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  const bool last =
      options_.requestsPerConnection != 0 && connection.requestsDone + 1 >= options_.requestsPerConnection;
  const std::string& text = last ? closingRequest_ : request_;
  const std::uint64_t beforeNs = monotonicNs();
  const ssize_t sent = ::send(connection.fd, text.data(), text.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    // While connecting it only means "not yet"; EPOLLOUT comes.
    if (errno != EAGAIN || connection.phase != Connection::Phase::connecting) {
      failRequestErrno(slot, errno);
    }
    return;
  }
  if (sent != static_cast<ssize_t>(text.size())) {
    // A request is far smaller than a socket buffer, so this is a defect worth seeing.
    failRequestErrno(slot, EMSGSIZE);
    return;
  }
  if (connection.phase == Connection::Phase::connecting) {
    --connecting_;
    tally_.connectNs.record(beforeNs - connection.openedNs);
  }
  connection.phase = Connection::Phase::waiting;
}

void Engine::close(std::uint32_t slot) noexcept {
  if (connections_[slot].phase == Connection::Phase::connecting) {
    --connecting_;
  }
  connections_[slot].close();
}

void Engine::onEvent(std::uint32_t slot, std::uint32_t events) {
  const Connection& connection = connections_[slot];
  if (connection.phase == Connection::Phase::connecting) {
    onEstablished(slot);
    return;
  }
  // Edge-triggered: an end that came together with the data is announced only once, so read up to it.
  const bool ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  while (connection.phase != Connection::Phase::closed) {
    const ssize_t got = recv(connection.fd, buffer_.data(), buffer_.size(), 0);
    if (got == 0) {
      onEnd(slot);
      return;
    }
    if (got < 0) {
      if (errno != EAGAIN) {
        connection.hasRequest ? failRequestErrno(slot, errno) : onEnd(slot);
      }
      return;
    }
    onBytes(slot, {buffer_.data(), static_cast<std::size_t>(got)});
    if (!ended && got < static_cast<ssize_t>(buffer_.size())) {
      return;
    }
  }
}

void Engine::onEstablished(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (connection.hasRequest) {
    error == 0 ? send(slot) : failRequestErrno(slot, error);
    return;
  }
  // Opened ahead of its first request: nobody waited for it, so its time is no latency and its failure no failure.
  if (error != 0) {
    close(slot);
    return;
  }
  --connecting_;
  connection.phase = Connection::Phase::idle;
}

void Engine::onBytes(std::uint32_t slot, std::string_view bytes) {
  Connection& connection = connections_[slot];
  nowNs_ = monotonicNs();
  tally_.bytesReceived += bytes.size();
  if (!connection.hasRequest) {
    // Nobody asked: a server that talks first. No request failed by it.
    ++tally_.idleCloses;
    close(slot);
    return;
  }
  if (!connection.gotFirstByte) {
    connection.gotFirstByte = true;
    tally_.firstByteNs.record(nowNs_ - connection.intendedNs);
  }
  switch (connection.parser.feed(bytes)) {
  case ResponseParser::Outcome::needMore:
    return;
  case ResponseParser::Outcome::complete:
    complete(slot);
    return;
  case ResponseParser::Outcome::malformed:
    failRequest(slot, Failure::malformed);
    return;
  }
}

void Engine::onEnd(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (!connection.hasRequest) {
    ++tally_.idleCloses;
    close(slot);
  } else if (connection.parser.end() == ResponseParser::Outcome::complete) {
    complete(slot);
  } else {
    failRequest(slot, Failure::shortResponse);
  }
}

void Engine::complete(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  const ResponseParser& parser = connection.parser;
  lastCompletionNs_ = nowNs_;
  tally_.totalNs.record(nowNs_ - connection.intendedNs);
  ++tally_.completed;
  tally_.completedInWindow += nowNs_ <= endNs_ ? 1U : 0U;
  ++tally_.statuses[parser.status()];
  if (parser.status() < 200 || parser.status() > 299) {
    tally_.fail(Failure::status);
  }
  if (!countHeader_.empty()) {
    ++tally_.responsesBy[parser.countedValue()];
    if (connection.requestsDone == 0) {
      ++tally_.connectionsBy[parser.countedValue()];
    }
  }
  completeStep(connection);
  ++connection.requestsDone;
  endRequest(slot);
  const bool asked = options_.requestsPerConnection != 0 && connection.requestsDone >= options_.requestsPerConnection;
  if (asked || parser.serverCloses() || parser.end() == ResponseParser::Outcome::complete) {
    close(slot);
  } else {
    connection.phase = Connection::Phase::idle;
  }
  if (options_.openLoop()) {
    free_.push_back(slot);
  } else if (mayStart()) {
    beginRequest(slot, nowNs_);
  }
}

void Engine::failRequest(std::uint32_t slot, Failure kind) {
  const Connection& connection = connections_[slot];
  failStep(connection.intendedNs);
  tally_.lose({localAddressOf(connection.fd), connection.openedNs, monotonicNs(), kind});
  endRequest(slot);
  close(slot);
  if (options_.openLoop()) {
    free_.push_back(slot);
  } else {
    retries_.push_back({slot, nowNs_ + kRetryDelayNs});
  }
}

void Engine::failRequestErrno(std::uint32_t slot, int errorNumber) {
  const Failure kind = failureOf(errorNumber);
  if (kind == Failure::other) {
    ++tally_.otherErrnos[errorNumber];
  }
  failRequest(slot, kind);
}

void Engine::completeStep(const Connection& connection) {
  Timeline::Step* const step = tally_.timeline.at(connection.intendedNs);
  if (step == nullptr) {
    return;
  }
  step->totalNs.record(nowNs_ - connection.intendedNs);
  if (!countHeader_.empty() && connection.requestsDone == 0) {
    ++step->connectionsBy[connection.parser.countedValue()];
  }
}

void Engine::failStep(std::uint64_t intendedNs) {
  if (Timeline::Step* const step = tally_.timeline.at(intendedNs)) {
    ++step->failed;
  }
}

void Engine::endRequest(std::uint32_t slot) noexcept {
  deadlines_.remove(slot);
  connections_[slot].hasRequest = false;
  --inFlight_;
}

} // namespace loadgen
