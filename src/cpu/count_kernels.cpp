#include "cpu/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/count_kernels.cpp"
#include "hwy/foreach_target.h"
// The line above includes this file once a target; what follows is inside its loop.
#include <algorithm>

#include "core/simd_dispatch.hpp"
#include "cpu/kernels.hpp"
#include "hwy/highway.h"
#include "stages/moments.hpp"
#include "stages/order_statistics.hpp"

#ifndef PUMICE_CPU_COUNT_KERNELS_ONCE
#define PUMICE_CPU_COUNT_KERNELS_ONCE
namespace pumice::cpu {

/// As many samples as the sums in 64 bits are exact for.
inline constexpr std::int64_t kMostInWords = std::int64_t{1} << 30;

}  // namespace pumice::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace pumice::cpu {
namespace HWY_NAMESPACE {

/// The power sums of PowerSums in 64 bits, d^2 < 2^32 cut into halves of 16 bits: d^2 = high 2^16 + low.
stages::PowerSums power_sums(const OrderStatistics& counted, std::int64_t c) {
  const std::uint32_t* const cumulative = counted.cumulative;
  std::int64_t s1 = 0;
  std::int64_t s2 = 0;
  std::int64_t s3_low = 0;
  std::int64_t s3_high = 0;
  std::int64_t s4_low = 0;
  std::int64_t s4_middle = 0;
  std::int64_t s4_high = 0;
  const auto add = [&](std::int64_t d, std::int64_t count) {
    const std::int64_t squared = d * d;
    const std::int64_t low = squared & 0xffff;
    const std::int64_t high = squared >> 16;
    const std::int64_t weighted = d * count;
    const std::int64_t count_low = low * count;
    const std::int64_t count_high = high * count;
    s1 += weighted;
    s2 += squared * count;
    s3_low += low * weighted;
    s3_high += high * weighted;
    s4_low += low * count_low;
    s4_middle += high * count_low;
    s4_high += high * count_high;
  };
  add(counted.base - c, cumulative[0]);
  for (std::int64_t i = 1; i < counted.range; ++i) {
    add(counted.base - c + i, static_cast<std::int64_t>(cumulative[i] - cumulative[i - 1]));
  }
  constexpr stages::Int128 kHigh = 1 << 16;
  stages::PowerSums sums;
  sums.s1 = s1;
  sums.s2 = s2;
  sums.s3 = s3_low + kHigh * s3_high;
  sums.s4 = s4_low + 2 * kHigh * s4_middle + kHigh * kHigh * s4_high;
  return sums;
}

Moments moments_of_counts(const OrderStatistics& counted) {
  if (counted.n > kMostInWords || counted.n == 0) {
    SerialTeam team;
    return stages::moments_from_counts(team, counted.cumulative, counted.base, counted.range);
  }
  const std::uint32_t* const cumulative = counted.cumulative;
  std::int64_t first = 0;
  while (cumulative[first] == 0) {
    ++first;
  }
  std::int64_t last = counted.range - 1;
  while (last > first && cumulative[last - 1] == cumulative[last]) {
    --last;
  }
  // Every sample below the top value is in as many running totals as it is below it.
  std::int64_t below_top = 0;
  for (std::int64_t i = 0; i < counted.range - 1; ++i) {
    below_top += cumulative[i];
  }
  stages::IntegerExtent extent;
  extent.n = counted.n;
  extent.sum = counted.n * (counted.base + counted.range - 1) - below_top;
  extent.minimum = counted.base + first;
  extent.maximum = counted.base + last;
  const std::int64_t c = extent.rounded_mean();
  return stages::finish_integer_moments(extent, c, power_sums(counted, c));
}

OrderStatistics absolute_of_counts(const OrderStatistics& x, std::uint32_t* cumulative) {
  const stages::ValueRange of{x.base, x.base + x.range - 1};
  const stages::ValueRange range = stages::absolute_range(of);
  const auto samples = static_cast<std::uint32_t>(x.n);
  // Values up to the largest sample: how many samples are at most that; beyond it all are.
  const std::int64_t covered = std::clamp<std::int64_t>(of.high - range.low + 1, 0, range.size());
  std::copy_n(x.cumulative + (range.low - x.base), covered, cumulative);
  std::fill(cumulative + covered, cumulative + range.size(), samples);
  // Those below -value are not: -value - 1 falls from -low - 1 to the smallest sample.
  const std::int64_t below = -range.low - 1 - x.base;
  for (std::int64_t i = 0; i < range.size() && i <= below; ++i) {
    cumulative[i] -= x.cumulative[below - i];
  }
  OrderStatistics result;
  result.n = x.n;
  result.cumulative = cumulative;
  result.base = range.low;
  result.range = range.size();
  return result;
}

CountKernels get_count_kernels() { return {.moments = &moments_of_counts, .absolute = &absolute_of_counts}; }

}  // namespace HWY_NAMESPACE
}  // namespace pumice::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pumice::cpu {

HWY_EXPORT(get_count_kernels);

CountKernels count_kernels(std::int64_t targets) {
  return call_for_best(HWY_DISPATCH_TABLE(get_count_kernels), targets);
}

}  // namespace pumice::cpu
#endif  // HWY_ONCE
