#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "engine.hpp"
#include "options.hpp"
#include "report.hpp"

namespace {

constexpr rlim_t kSpareDescriptors = 16;

void raiseDescriptorLimit(const loadgen::Options& options) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < options.connections + kSpareDescriptors) {
    throw loadgen::UsageError("--connections: this process may open " + std::to_string(limit.rlim_cur) +
                              " descriptors only (ulimit -n)");
  }
}

} // namespace

int main(int argc, char** argv) {
  try {
    const loadgen::Options options = loadgen::parseOptions({argv + 1, argv + argc});
    raiseDescriptorLimit(options);
    loadgen::Engine engine(options);
    // From here on SIGTERM ends the load, and not the report: an empty line says so.
    std::cout << std::endl;
    loadgen::writeReport(std::cout, options, engine.run());
    return std::cout.flush() ? 0 : 1;
  } catch (const loadgen::UsageError& error) {
    std::fprintf(stderr, "%s\n%s", error.what(), loadgen::kUsage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loadgen: %s\n", error.what());
    return 1;
  }
}
