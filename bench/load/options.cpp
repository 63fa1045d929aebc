#include "options.hpp"

#include <charconv>
#include <functional>
#include <map>

namespace loadgen {

const char* const kUsage =
    "usage: loadgen --target 127.0.0.1:8080 (--duration-ms n | --count n) [options]\n"
    "  --connections n              at the same time, 1 to 60000; an upper limit in the open loop (64)\n"
    "  --requests-per-connection n  1 opens a connection for each request, 0 never closes (1)\n"
    "  --rate n                     open loop: requests per second, timed from the intended moment\n"
    "  --arrivals constant|poisson  of the open loop (constant)\n"
    "  --burst n                    of the open loop: n requests are due at a time, at the same rate (1)\n"
    "  --timeout-ms n               of one request (5000)\n"
    "  --path /                     --header 'name: value' (repeatable)\n"
    "  --count-header name          count the values of this response header\n"
    "  --sources n                  IPv4 source addresses in turn, 0 to 250 (64)\n"
    "  --first-source address       the first of them (127.1.0.1; outside loopback the kernel chooses unless given)\n"
    "  --heavy-percent n            so many of a hundred connections come from the first of them, 0 to 100 (0)\n"
    "  --ports n                    source ports in turn, a round of the addresses with each, closed by a reset (0: "
    "none)\n"
    "  --first-port n               the first of them (20000)\n"
    "  --timeline-ms n              report steps of so many milliseconds, at most 10000 of them\n"
    "  --seed n                     of the poisson arrivals (1)\n"
    "  --fast-open                  send the request in the SYN (Linux 4.11), where a cookie for it is known\n"
    "  --await-writable             ask on a new connection a turn of the loop later, as wrk does\n"
    "  --allow-any                  allow a target outside 127.0.0.0/8 and ::1\n";

namespace {

template <typename Number>
Number number(const std::string& name, const std::string& text, Number lowest, Number highest) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !(value >= lowest && value <= highest)) {
    throw UsageError(name + ": expected a number from " + std::to_string(lowest) + " to " + std::to_string(highest) +
                     ", got \"" + text + "\"");
  }
  return value;
}

Arrivals arrivalsFrom(const std::string& name, const std::string& text) {
  if (text == "constant") {
    return Arrivals::constant;
  }
  if (text == "poisson") {
    return Arrivals::poisson;
  }
  throw UsageError(name + ": expected constant or poisson, got \"" + text + "\"");
}

} // namespace

Options parseOptions(const std::vector<std::string>& arguments) {
  // Loads are bounded on purpose: an hour, and a billion requests.
  constexpr std::uint64_t kLongestMs = 3'600'000;
  constexpr std::uint64_t kMost = 1'000'000'000;
  constexpr std::uint64_t kNsPerMs = 1'000'000;
  Options options;
  using Setter = std::function<void(const std::string&, const std::string&)>;
  const std::map<std::string, Setter> setters{
      {"--target", [&](auto&, auto& text) { options.target = text; }},
      {"--path", [&](auto&, auto& text) { options.path = text; }},
      {"--header", [&](auto&, auto& text) { options.headers.push_back(text); }},
      {"--count-header", [&](auto&, auto& text) { options.countHeader = text; }},
      {"--connections", [&](auto& name, auto& text) { options.connections = number(name, text, 1U, 60'000U); }},
      {"--requests-per-connection",
       [&](auto& name, auto& text) { options.requestsPerConnection = number(name, text, 0U, 1'000'000'000U); }},
      {"--rate", [&](auto& name, auto& text) { options.ratePerSecond = number(name, text, 0.001, 1e6); }},
      {"--arrivals", [&](auto& name, auto& text) { options.arrivals = arrivalsFrom(name, text); }},
      {"--burst", [&](auto& name, auto& text) { options.burst = number(name, text, 1U, 60'000U); }},
      {"--heavy-percent", [&](auto& name, auto& text) { options.heavyPercent = number(name, text, 0U, 100U); }},
      {"--ports", [&](auto& name, auto& text) { options.ports = number(name, text, 0U, 60'000U); }},
      {"--first-port",
       [&](auto& name, auto& text) {
         options.firstPort = number(name, text, std::uint16_t{1'024}, std::uint16_t{65'535});
       }},
      {"--duration-ms",
       [&](auto& name, auto& text) {
         options.durationNs = kNsPerMs * number(name, text, std::uint64_t{1}, kLongestMs);
       }},
      {"--count", [&](auto& name, auto& text) { options.count = number(name, text, std::uint64_t{1}, kMost); }},
      {"--timeout-ms",
       [&](auto& name, auto& text) {
         options.timeoutNs = kNsPerMs * number(name, text, std::uint64_t{1}, kLongestMs);
       }},
      {"--first-source", [&](auto&, auto& text) { options.firstSource = text; }},
      {"--sources", [&](auto& name, auto& text) { options.sources = number(name, text, 0U, 250U); }},
      {"--timeline-ms",
       [&](auto& name, auto& text) {
         options.timelineStepNs = kNsPerMs * number(name, text, std::uint64_t{1}, kLongestMs);
       }},
      {"--seed", [&](auto& name, auto& text) { options.seed = number(name, text, std::uint64_t{0}, UINT64_MAX); }},
  };
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    const std::string& name = arguments[index];
    if (name == "--allow-any") {
      options.allowAny = true;
      continue;
    }
    if (name == "--fast-open") {
      options.fastOpen = true;
      continue;
    }
    if (name == "--await-writable") {
      options.awaitWritable = true;
      continue;
    }
    const auto setter = setters.find(name);
    if (setter == setters.end()) {
      throw UsageError(name + ": unknown option");
    }
    if (++index == arguments.size()) {
      throw UsageError(name + ": needs a value");
    }
    setter->second(name, arguments[index]);
  }
  if (options.target.empty()) {
    throw UsageError("--target: missing");
  }
  if (options.durationNs == 0 && options.count == 0) {
    throw UsageError("--duration-ms or --count: one of them is needed, so that the load ends");
  }
  if (options.firstPort + options.ports > 65'536U) {
    throw UsageError("--ports: there are not so many after --first-port " + std::to_string(options.firstPort));
  }
  constexpr std::uint64_t kMostSteps = 10'000;
  if (options.timelineStepNs != 0 &&
      (options.durationNs == 0 || options.durationNs / options.timelineStepNs > kMostSteps)) {
    throw UsageError("--timeline-ms: needs a --duration-ms of at most " + std::to_string(kMostSteps) + " steps");
  }
  return options;
}

} // namespace loadgen
