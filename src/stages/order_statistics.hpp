/// Order statistics of integer samples by counting: one counter a value, then the running total over the values.
///
/// Counts are integers, so no order of work changes them. Decimals, and integers of a wider range, are sorted by the
/// backend instead; `pumice::OrderStatistics` reads either.
#pragma once

#include <cstdint>

#include "pumice/host_device.hpp"
#include "pumice/team.hpp"
#include "pumice/views.hpp"

namespace pumice::stages {

/// Counters that a table may have; a wider range of values is sorted.
inline constexpr std::int64_t kMaxCounters = 65536;

/// Smallest and largest of integer samples; low > high where there are none.
struct ValueRange {
  std::int64_t low = INT64_MAX;
  std::int64_t high = INT64_MIN;
  PUMICE_HD void add(std::int64_t value) {
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
  PUMICE_HD void merge(const ValueRange& other) {
    low = other.low < low ? other.low : low;
    high = other.high > high ? other.high : high;
  }
  /// Values from low to high, both included; 0 where there are no samples.
  [[nodiscard]] PUMICE_HD std::int64_t size() const { return high < low ? 0 : high - low + 1; }
};

/// True where n integer samples of this range are counted, not sorted.
[[nodiscard]] PUMICE_HD constexpr bool are_counted(std::int64_t range, std::int64_t n) {
  return range <= kMaxCounters && n <= INT64_C(0xffffffff);
}

/// The range of |x| where x has the range `of`; never wider than `of`.
[[nodiscard]] PUMICE_HD inline ValueRange absolute_range(const ValueRange& of) {
  ValueRange result;
  if (of.size() > 0) {
    result.low = of.low > 0 ? of.low : of.high < 0 ? -of.high : 0;
    result.high = of.high > -of.low ? of.high : -of.low;
  }
  return result;
}

/// Range of integer samples. x: [n].
template <class T, class Team>
[[nodiscard]] PUMICE_HD ValueRange value_range(Team& team, const T* x, std::int64_t n) {
  return team.template reduce<ValueRange>(
      n, [&](ValueRange& acc, std::int64_t i) { acc.add(x[i]); },
      [](ValueRange& acc, const ValueRange& other) { acc.merge(other); });
}

/// Order statistics of |x| from those of x, both counted: |x| <= v holds where x <= v but not x <= -v - 1.
/// `cumulative`: room for absolute_range(..).size() counters.
template <class Team>
[[nodiscard]] PUMICE_HD OrderStatistics absolute_counts(Team& team, const OrderStatistics& x,
                                                        std::uint32_t* cumulative) {
  const ValueRange range = absolute_range({x.base, x.base + x.range - 1});
  const auto up_to = [&](std::int64_t value) -> std::uint32_t {
    const std::int64_t index = value - x.base;
    return index < 0 ? 0U : x.cumulative[index < x.range ? index : x.range - 1];
  };
  team.for_each(range.size(), [&](std::int64_t i) {
    const std::int64_t value = range.low + i;
    cumulative[i] = up_to(value) - up_to(-value - 1);
  });
  OrderStatistics result;
  result.n = x.n;
  result.cumulative = cumulative;
  result.base = range.low;
  result.range = range.size();
  return result;
}

}  // namespace pumice::stages
