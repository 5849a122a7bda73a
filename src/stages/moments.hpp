/// Moments of a signal: exact where the samples are integers, two-pass and shifted where they are not.
///
/// Integers: the sums of (x - c)^k, c = round(mean), are taken in 128 bits, which holds 2^27 samples of magnitude 2^24.
/// They do not depend on an order, so every backend, team and table of counts finishes the same numbers by one formula.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "pumice/host_device.hpp"
#include "pumice/team.hpp"
#include "pumice/views.hpp"

namespace pumice::stages {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// `value` as the sum of its two halves' doubles: the same bits on every device, at most two roundings.
[[nodiscard]] PUMICE_HD inline double to_double(Int128 value) {
  const bool negative = value < 0;
  const UInt128 magnitude = negative ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  const double high = static_cast<double>(static_cast<std::uint64_t>(magnitude >> 64));
  const double low = static_cast<double>(static_cast<std::uint64_t>(magnitude));
  const double result = high * 18446744073709551616.0 + low;
  return negative ? -result : result;
}

/// Number, sum and extremes of integer samples.
struct IntegerExtent {
  std::int64_t n = 0;
  std::int64_t sum = 0;
  std::int64_t minimum = INT64_MAX;
  std::int64_t maximum = INT64_MIN;

  /// Takes in `count` samples of one value.
  PUMICE_HD void add(std::int64_t value, std::int64_t count) {
    n += count;
    sum += value * count;
    minimum = value < minimum ? value : minimum;
    maximum = value > maximum ? value : maximum;
  }
  PUMICE_HD void merge(const IntegerExtent& other) {
    n += other.n;
    sum += other.sum;
    minimum = other.minimum < minimum ? other.minimum : minimum;
    maximum = other.maximum > maximum ? other.maximum : maximum;
  }
  /// The mean to the nearest integer, halves up. Needs n >= 1.
  [[nodiscard]] PUMICE_HD std::int64_t rounded_mean() const {
    const std::int64_t numerator = 2 * sum + n;
    const std::int64_t quotient = numerator / (2 * n);
    return quotient * (2 * n) > numerator ? quotient - 1 : quotient;
  }
};

/// Sums of (x - c)^k over integer samples.
struct PowerSums {
  Int128 s1 = 0;
  Int128 s2 = 0;
  Int128 s3 = 0;
  Int128 s4 = 0;

  /// Takes in `count` samples at distance d from c, |d| <= 2^25.
  PUMICE_HD void add(std::int64_t d, std::int64_t count) {
    const std::int64_t d2 = d * d;
    const std::int64_t d1 = d * count;
    s1 += d1;
    s2 += static_cast<Int128>(d2) * count;
    s3 += static_cast<Int128>(d2) * d1;
    s4 += static_cast<Int128>(d2) * d2 * count;
  }
  PUMICE_HD void merge(const PowerSums& other) {
    s1 += other.s1;
    s2 += other.s2;
    s3 += other.s3;
    s4 += other.s4;
  }
};

/// Moments from exact sums about c. m2 is exact but for its last two roundings; |mean - c| <= 1/2 keeps m3 and m4 free
/// of cancellation.
[[nodiscard]] PUMICE_HD inline Moments finish_integer_moments(const IntegerExtent& extent, std::int64_t c,
                                                              const PowerSums& sums) {
  Moments result;
  result.n = extent.n;
  if (extent.n == 0) {
    return result;
  }
  const double n = static_cast<double>(extent.n);
  result.sum = static_cast<double>(extent.sum);
  result.sum_squares = to_double(sums.s2 + 2 * sums.s1 * c + static_cast<Int128>(c) * c * extent.n);
  result.mean = result.sum / n;
  result.minimum = static_cast<double>(extent.minimum);
  result.maximum = static_cast<double>(extent.maximum);
  const double s2 = to_double(sums.s2);
  const double s3 = to_double(sums.s3);
  const double s4 = to_double(sums.s4);
  const double delta = to_double(sums.s1) / n;
  result.center = static_cast<double>(c);
  result.mean_offset = delta;
  const double delta2 = delta * delta;
  result.m2 = to_double(sums.s2 * extent.n - sums.s1 * sums.s1) / n;
  result.m3 = s3 - 3.0 * delta * s2 + 2.0 * n * delta2 * delta;
  result.m4 = s4 - 4.0 * delta * s3 + 6.0 * delta2 * s2 - 3.0 * n * delta2 * delta2;
  return result;
}

/// Exact moments of integer samples. x: [n] {x}, |x| <= 2^24.
template <class T, class Team>
[[nodiscard]] PUMICE_HD Moments integer_moments(Team& team, const T* x, std::int64_t n) {
  const auto extent = team.template reduce<IntegerExtent>(
      n, [&](IntegerExtent& acc, std::int64_t i) { acc.add(x[i], 1); },
      [](IntegerExtent& acc, const IntegerExtent& other) { acc.merge(other); });
  const std::int64_t c = n > 0 ? extent.rounded_mean() : 0;
  const auto sums = team.template reduce<PowerSums>(
      n, [&](PowerSums& acc, std::int64_t i) { acc.add(x[i] - c, 1); },
      [](PowerSums& acc, const PowerSums& other) { acc.merge(other); });
  return finish_integer_moments(extent, c, sums);
}

/// The same moments from a table of counts: `cumulative` [range] is the number of samples <= base + index.
template <class Team>
[[nodiscard]] PUMICE_HD Moments moments_from_counts(Team& team, const std::uint32_t* cumulative, std::int64_t base,
                                                    std::int64_t range) {
  const auto count = [&](std::int64_t i) -> std::int64_t { return cumulative[i] - (i > 0 ? cumulative[i - 1] : 0U); };
  const auto extent = team.template reduce<IntegerExtent>(
      range,
      [&](IntegerExtent& acc, std::int64_t i) {
        if (count(i) > 0) {
          acc.add(base + i, count(i));
        }
      },
      [](IntegerExtent& acc, const IntegerExtent& other) { acc.merge(other); });
  const std::int64_t c = extent.n > 0 ? extent.rounded_mean() : 0;
  const auto sums = team.template reduce<PowerSums>(
      range,
      [&](PowerSums& acc, std::int64_t i) {
        if (count(i) > 0) {
          acc.add(base + i - c, count(i));
        }
      },
      [](PowerSums& acc, const PowerSums& other) { acc.merge(other); });
  return finish_integer_moments(extent, c, sums);
}

/// First pass over decimals.
struct FloatExtent {
  double sum = 0;
  double sum_squares = 0;
  double minimum = HUGE_VAL;
  double maximum = -HUGE_VAL;

  PUMICE_HD void add(double value) {
    sum += value;
    sum_squares += value * value;
    minimum = value < minimum ? value : minimum;
    maximum = value > maximum ? value : maximum;
  }
  PUMICE_HD void merge(const FloatExtent& other) {
    sum += other.sum;
    sum_squares += other.sum_squares;
    minimum = other.minimum < minimum ? other.minimum : minimum;
    maximum = other.maximum > maximum ? other.maximum : maximum;
  }
};

/// Second pass over decimals: sums of (x - shift)^k.
struct ShiftedSums {
  double s1 = 0;
  double s2 = 0;
  double s3 = 0;
  double s4 = 0;

  PUMICE_HD void add(double d) {
    const double d2 = d * d;
    s1 += d;
    s2 += d2;
    s3 += d2 * d;
    s4 += d2 * d2;
  }
  PUMICE_HD void merge(const ShiftedSums& other) {
    s1 += other.s1;
    s2 += other.s2;
    s3 += other.s3;
    s4 += other.s4;
  }
};

/// Moments of decimals: a first mean, then sums about it, corrected for what that mean was off (Chan, Golub & LeVeque
/// 1983). A constant signal has exactly zero central moments. x: [n] {x}, finite.
template <class Team>
[[nodiscard]] PUMICE_HD Moments float_moments(Team& team, const double* x, std::int64_t samples) {
  Moments result;
  result.n = samples;
  if (samples == 0) {
    return result;
  }
  const auto extent = team.template reduce<FloatExtent>(
      samples, [&](FloatExtent& acc, std::int64_t i) { acc.add(x[i]); },
      [](FloatExtent& acc, const FloatExtent& other) { acc.merge(other); });
  const double n = static_cast<double>(samples);
  const double shift = extent.sum / n;
  const auto sums = team.template reduce<ShiftedSums>(
      samples, [&](ShiftedSums& acc, std::int64_t i) { acc.add(x[i] - shift); },
      [](ShiftedSums& acc, const ShiftedSums& other) { acc.merge(other); });
  result.sum = extent.sum;
  result.sum_squares = extent.sum_squares;
  result.minimum = extent.minimum;
  result.maximum = extent.maximum;
  if (extent.minimum == extent.maximum) {
    result.mean = extent.minimum;
    result.center = extent.minimum;
    return result;
  }
  const double delta = sums.s1 / n;
  const double delta2 = delta * delta;
  result.mean = shift + delta;
  result.center = shift;
  result.mean_offset = delta;
  result.m2 = sums.s2 - sums.s1 * delta;
  result.m3 = sums.s3 - 3.0 * delta * sums.s2 + 2.0 * n * delta2 * delta;
  result.m4 = sums.s4 - 4.0 * delta * sums.s3 + 6.0 * delta2 * sums.s2 - 3.0 * n * delta2 * delta2;
  return result;
}

/// Moments of samples of any type; every lane of the team gets them.
template <class T, class Team>
[[nodiscard]] PUMICE_HD Moments moments(Team& team, const T* x, std::int64_t n) {
  if constexpr (std::is_integral_v<T>) {
    return integer_moments(team, x, n);
  } else {
    return float_moments(team, x, n);
  }
}

}  // namespace pumice::stages
