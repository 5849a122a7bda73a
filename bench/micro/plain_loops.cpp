#include "micro/plain_loops.hpp"

#include <cmath>
#include <type_traits>

namespace pumice::bench::plain {

/// As exact as pumice's: every sum keeps what its rounding loses. In front of the pragma, which would drop that.
template <>
double slope<double>(const double* x, std::int64_t n) {
  constexpr std::int64_t kSums = 32;
  double high[kSums] = {};
  double low[kSums] = {};
  const auto add = [&](std::int64_t i, std::int64_t k) {
    const double term = static_cast<double>(2 * i - (n - 1)) * (x[i] - x[0]);
    const double sum = high[k] + term;
    const double part = sum - high[k];
    low[k] += (high[k] - (sum - part)) + (term - part);
    high[k] = sum;
  };
  std::int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (std::int64_t k = 0; k < kSums; ++k) {
      add(i + k, k);
    }
  }
  for (; i < n; ++i) {
    add(i, 0);
  }
  double total = 0;
  for (std::int64_t k = 0; k < kSums; ++k) {
    total += high[k] + low[k];
  }
  const auto samples = static_cast<double>(n);
  return total * 6 / (samples * (samples * samples - 1));
}

#pragma GCC optimize("fast-math")

namespace {

/// What sums of T are kept in.
template <class T>
using Sum = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;

}  // namespace

template <class T>
double mean_absolute_deviation(const T* x, std::int64_t n, double mean) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    sum += std::fabs(static_cast<double>(x[i]) - mean);
  }
  return sum / static_cast<double>(n);
}

template <class T>
double mean_abs_change(const T* x, std::int64_t n) {
  Sum<T> sum = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    const auto step = x[i] - x[i - 1];
    sum += step < 0 ? -step : step;
  }
  return static_cast<double>(sum) / static_cast<double>(n - 1);
}

template <class T>
double zero_crossing_rate(const T* x, std::int64_t n) {
  std::int64_t crossings = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    crossings += (x[i] >= 0) != (x[i - 1] >= 0) ? 1 : 0;
  }
  return static_cast<double>(crossings) / static_cast<double>(n - 1);
}

template <>
double slope<std::int16_t>(const std::int16_t* x, std::int64_t n) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    sum += (2 * i - (n - 1)) * (x[i] - x[0]);
  }
  const auto samples = static_cast<double>(n);
  return static_cast<double>(sum) * 6 / (samples * (samples * samples - 1));
}

template double mean_absolute_deviation(const std::int16_t*, std::int64_t, double);
template double mean_absolute_deviation(const double*, std::int64_t, double);
template double mean_abs_change(const std::int16_t*, std::int64_t);
template double mean_abs_change(const double*, std::int64_t);
template double zero_crossing_rate(const std::int16_t*, std::int64_t);
template double zero_crossing_rate(const double*, std::int64_t);

}  // namespace pumice::bench::plain
