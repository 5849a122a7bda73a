/// What a feature may ask for: device-copyable views of one signal of one segment.
/// A view borrows; asking for one in a feature's signature is what makes its stage run.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "pumice/host_device.hpp"

namespace pumice {

/// The channel as it was read, before the missing-value policy.
struct Intake {
  std::int64_t n = 0;            ///< samples
  std::int64_t n_valid = 0;      ///< samples that are not missing
  std::int64_t longest_gap = 0;  ///< samples in the longest run of missing ones
  bool is_constant = false;      ///< all valid samples equal, and there is at least one
};

/// The samples that statistics see: the valid ones, in order (or all, where the policy filled the gaps). x: [n] {x}.
template <class T>
struct Valid {
  const T* x = nullptr;
  std::int64_t n = 0;
  [[nodiscard]] PUMICE_HD double operator[](std::int64_t i) const { return static_cast<double>(x[i]); }
};

/// The samples that features of the time axis see: one a tick, gaps filled by the policy. x: [n] {x}.
template <class T>
struct TimeAxis {
  const T* x = nullptr;
  std::int64_t n = 0;
  double sample_rate = 0;  ///< Hz
  [[nodiscard]] PUMICE_HD double operator[](std::int64_t i) const { return static_cast<double>(x[i]); }
};

/// Moments of the valid samples about their mean. Exact on integer-valued channels.
struct Moments {
  std::int64_t n = 0;
  double sum = 0;          ///< {x}
  double sum_squares = 0;  ///< {x}^2
  double mean = 0;         ///< {x}
  double center = 0;       ///< a number near the mean that small distances are exact from, {x}
  double mean_offset = 0;  ///< mean - center, with digits that `mean` has no room for, {x}
  double m2 = 0;           ///< sum (x - mean)^2, {x}^2
  double m3 = 0;           ///< sum (x - mean)^3, {x}^3
  double m4 = 0;           ///< sum (x - mean)^4, {x}^4
  double minimum = 0;      ///< {x}
  double maximum = 0;      ///< {x}

  /// x - mean, without the mean's own rounding.
  [[nodiscard]] PUMICE_HD double distance(double x) const { return (x - center) - mean_offset; }
};

/// (a + b) / 2, also where the sum is more than a double holds.
[[nodiscard]] PUMICE_HD inline double midpoint(double a, double b) {
  const double sum = a + b;
  return std::fabs(sum) <= std::numeric_limits<double>::max() ? 0.5 * sum : 0.5 * a + 0.5 * b;
}

/// The valid samples in ascending order, whatever they are held as: counts of integer values, or sorted values.
struct OrderStatistics {
  std::int64_t n = 0;
  const double* sorted = nullptr;             ///< [n] ascending, or null where counts hold them
  const std::uint32_t* cumulative = nullptr;  ///< [range]: number of samples <= base + index
  std::int64_t base = 0;
  std::int64_t range = 0;

  /// The k-th smallest sample, k in [0, n).
  [[nodiscard]] PUMICE_HD double kth(std::int64_t k) const {
    if (sorted != nullptr) {
      return sorted[k];
    }
    std::int64_t low = 0;
    std::int64_t high = range - 1;
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      if (static_cast<std::int64_t>(cumulative[middle]) > k) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return static_cast<double>(base + low);
  }

  /// The middle sample, or the mean of the two middle ones. Needs n >= 1.
  [[nodiscard]] PUMICE_HD double median() const { return midpoint(kth((n - 1) / 2), kth(n / 2)); }

  /// Quantile with linear interpolation (Hyndman & Fan 1996, type 7; NumPy's default), q in [0, 1]. Needs n >= 1.
  [[nodiscard]] PUMICE_HD double quantile(double q) const {
    const double h = q * static_cast<double>(n - 1);
    const auto k = static_cast<std::int64_t>(h);
    const double low = kth(k);
    if (k + 1 >= n) {
      return low;
    }
    const double t = h - static_cast<double>(k);
    const double high = kth(k + 1);
    const double step = high - low;
    if (step > std::numeric_limits<double>::max()) {
      return low * (1.0 - t) + high * t;  // where the step is infinite: on other samples it rounds otherwise
    }
    return t < 0.5 ? low + step * t : high - step * (1.0 - t);
  }

  /// Number of samples <= v.
  [[nodiscard]] PUMICE_HD std::int64_t rank(double v) const {
    std::int64_t low = 0;
    std::int64_t high = n;
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      if (kth(middle) <= v) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
};

/// Welch's estimate of the power spectral density of the time axis. p: [bins] {x}^2/Hz at f_k = k df, one-sided,
/// density scaling, periodic taper, constant detrend: equal to scipy.signal.welch (Welch 1967).
struct WelchPsd {
  const double* p = nullptr;
  int bins = 0;
  double df = 0;             ///< Hz
  std::int64_t blocks = 0;   ///< blocks averaged; 0: there is no spectrum
  double sample_rate = 0;    ///< Hz
  double total = 0;          ///< sum of P over k >= 1
  double first_moment = 0;   ///< sum of f P over k >= 1
  double second_moment = 0;  ///< sum of f^2 P over k >= 1

  [[nodiscard]] PUMICE_HD double frequency(int k) const { return k * df; }
};

}  // namespace pumice
