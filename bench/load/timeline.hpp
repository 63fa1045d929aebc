#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "histogram.hpp"

namespace loadgen {

/** What became of the requests that were due in each of equal steps from the start of the load. */
class Timeline {
public:
  struct Step {
    std::uint64_t failed = 0;
    Histogram totalNs;
    std::map<std::string, std::uint64_t> connectionsBy;
  };

  /** A width of 0 keeps nothing. */
  void begin(std::uint64_t startNs, std::uint64_t stepNs) noexcept {
    startNs_ = startNs;
    stepNs_ = stepNs;
  }

  /** The step of a moment; null when nothing is kept. */
  Step* at(std::uint64_t momentNs) {
    if (stepNs_ == 0 || momentNs < startNs_) {
      return nullptr;
    }
    const auto index = static_cast<std::size_t>((momentNs - startNs_) / stepNs_);
    if (index >= steps_.size()) {
      steps_.resize(index + 1);
    }
    return &steps_[index];
  }

  [[nodiscard]] std::uint64_t stepNs() const noexcept { return stepNs_; }
  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

private:
  std::uint64_t startNs_ = 0;
  std::uint64_t stepNs_ = 0;
  std::vector<Step> steps_;
};

} // namespace loadgen
