// A wire with a length: joins two network namespaces by a pair of TUN devices and holds each packet for a time. For
// kernels without sch_netem. Says "ready" when both devices are there, ends when its standard input ends or at SIGTERM,
// and then prints what it carried as one JSON object.

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "direction.hpp"
#include "tun.hpp"

namespace {

using delayline::Direction;
using delayline::Tun;
using loadgen::monotonicNs;

constexpr const char* kUsage = "usage: delay-line <namespace> <namespace> <device> <delay-ms> <loss-percent>\n";

double number(const std::string& text, double highest) {
  std::size_t used = 0;
  const double value = std::stod(text, &used);
  if (used != text.size() || !(value >= 0 && value <= highest)) {
    throw std::invalid_argument("expected a number from 0 to " + std::to_string(highest) + ", got \"" + text + "\"");
  }
  return value;
}

/** Exact wake-ups also on a machine that measures under full load: first in line, and no slack for timers. */
bool becomePunctual() noexcept {
  prctl(PR_SET_TIMERSLACK, 1UL);
  sched_param parameters{};
  parameters.sched_priority = 1;
  return sched_setscheduler(0, SCHED_FIFO, &parameters) == 0;
}

int endSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  const int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), "signalfd");
  }
  return fd;
}

timespec until(std::uint64_t momentNs) noexcept {
  const std::uint64_t nowNs = monotonicNs();
  const std::uint64_t restNs = momentNs > nowNs ? momentNs - nowNs : 0;
  return {static_cast<time_t>(restNs / 1'000'000'000U), static_cast<long>(restNs % 1'000'000'000U)};
}

void carry(Direction& there, Direction& back, int firstFd, int secondFd, int endFd) {
  pollfd watched[] = {{firstFd, POLLIN, 0}, {secondFd, POLLIN, 0}, {endFd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  while ((watched[2].revents | watched[3].revents) == 0) {
    const std::uint64_t nextNs = std::min(there.nextNs(), back.nextNs());
    const timespec timeout = nextNs == UINT64_MAX ? timespec{} : until(nextNs);
    if (ppoll(watched, 4, nextNs == UINT64_MAX ? nullptr : &timeout, nullptr) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "ppoll");
    }
    there.deliver(monotonicNs());
    back.deliver(monotonicNs());
    if ((watched[0].revents & POLLIN) != 0) {
      there.take();
    }
    if ((watched[1].revents & POLLIN) != 0) {
      back.take();
    }
  }
}

void report(const char* name, const Direction& way, bool last) {
  const loadgen::Histogram& late = way.lateNs();
  std::printf("\"%s\":{\"delivered\":%llu,\"lost\":%llu,\"overflowed\":%llu,\"refused\":%llu,\"lateP50Ns\":%llu,"
              "\"lateP99Ns\":%llu,\"lateMaxNs\":%llu}%s",
              name, static_cast<unsigned long long>(way.delivered()), static_cast<unsigned long long>(way.lost()),
              static_cast<unsigned long long>(way.overflowed()), static_cast<unsigned long long>(way.refused()),
              static_cast<unsigned long long>(late.percentile(0.5)),
              static_cast<unsigned long long>(late.percentile(0.99)), static_cast<unsigned long long>(late.max()),
              last ? "}\n" : ",");
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  try {
    const auto delayNs = static_cast<std::uint64_t>(number(argv[4], 10'000) * 1e6);
    const double loss = number(argv[5], 100) / 100;
    const int endFd = endSignals();
    const Tun first(argv[1], argv[3]);
    const Tun second(argv[2], argv[3]);
    const bool punctual = becomePunctual();
    Direction there(first.fd(), second.fd(), delayNs, loss, 1);
    Direction back(second.fd(), first.fd(), delayNs, loss, 2);
    std::puts("ready");
    std::fflush(stdout);
    carry(there, back, first.fd(), second.fd(), endFd);
    std::printf("{\"realtime\":%s,", punctual ? "true" : "false");
    report("there", there, false);
    report("back", back, true);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "delay-line: %s\n", error.what());
    return 1;
  }
}
