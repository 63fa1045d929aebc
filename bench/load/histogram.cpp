#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace loadgen {

namespace {
constexpr std::size_t kHalf = std::size_t{1} << (Histogram::kSubBucketBits - 1);
} // namespace

std::size_t Histogram::indexOf(std::uint64_t value) noexcept {
  if (value < 2 * kHalf) {
    return static_cast<std::size_t>(value);
  }
  const auto shift = static_cast<std::size_t>(std::bit_width(value)) - kSubBucketBits;
  return shift * kHalf + static_cast<std::size_t>(value >> shift);
}

std::uint64_t Histogram::upperEdge(std::size_t index) noexcept {
  if (index < 2 * kHalf) {
    return index;
  }
  const std::size_t shift = index / kHalf - 1;
  const std::uint64_t lower = static_cast<std::uint64_t>(index - shift * kHalf) << shift;
  return lower + ((std::uint64_t{1} << shift) - 1);
}

void Histogram::record(std::uint64_t valueNs) noexcept {
  ++buckets_[indexOf(valueNs)];
  ++count_;
  sum_ += valueNs;
  min_ = std::min(min_, valueNs);
  max_ = std::max(max_, valueNs);
}

std::uint64_t Histogram::percentile(double share) const noexcept {
  if (count_ == 0) {
    return 0;
  }
  const auto wanted =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t index = 0; index < buckets_.size(); ++index) {
    seen += buckets_[index];
    if (seen >= wanted) {
      return std::min(upperEdge(index), max_);
    }
  }
  return max_;
}

} // namespace loadgen
