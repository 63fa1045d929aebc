#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace loadgen {

/**
 * Counts nanosecond values in log-linear buckets, as HdrHistogram does: exact below 2^7, above that 64 buckets for
 * each power of two, so a bucket is at most 1.6 % of its value wide. Two histograms merge by adding their counts.
 */
class Histogram {
public:
  static constexpr unsigned kSubBucketBits = 7;

  void record(std::uint64_t valueNs) noexcept;

  /** Upper edge of the bucket that holds the given share (0 to 1) of the values, never above the maximum; 0 if empty.
   */
  [[nodiscard]] std::uint64_t percentile(double share) const noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
  [[nodiscard]] std::uint64_t min() const noexcept { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
  [[nodiscard]] const std::vector<std::uint64_t>& buckets() const noexcept { return buckets_; }

  static std::size_t indexOf(std::uint64_t value) noexcept;
  static std::uint64_t upperEdge(std::size_t index) noexcept;

private:
  // Enough for every 64-bit value: index of 2^64-1 is 57 * 64 + 127.
  static constexpr std::size_t kBuckets = 3840;

  std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(kBuckets, 0);
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
};

} // namespace loadgen
