/// How the signal moves along the time axis, gaps filled by the policy.
#pragma once

#include <type_traits>

#include "features/compensated_sum.hpp"
#include "features/exact_sum.hpp"
#include "pumice/feature.hpp"

namespace pumice::features {

/// Mean size of a step.
struct MeanAbsChange {
  /// Steps between integers, whose sum 64 bits hold, or between decimals.
  template <class T>
  struct Acc {
    std::conditional_t<std::is_integral_v<T>, std::int64_t, double> sum = 0;
  };
  static constexpr Spec spec{.name = "mean_abs_change",
                             .unit = {1, 0},
                             .summary = "Mean absolute difference between one sample and the next.",
                             .formula = "mean |x[i] - x[i-1]|, i >= 1",
                             .oracle = "np.mean(np.abs(np.diff(t)))",
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"3 1 4 1 6", {}, 3.25}, Example<NoParams>{"2 2 2", {}, 0},
                                       Example<NoParams>{"0 nan 4", {}, 2},
                                       Example<NoParams>{"1", {}, std::numeric_limits<double>::quiet_NaN()}};
  template <class T>
  PUMICE_HD static void add(Acc<T>& acc, std::int64_t i, NoParams, TimeAxis<T> x) {
    if (i > 0) {
      const auto step = x.x[i] - x.x[i - 1];
      acc.sum += step < 0 ? -step : step;
    }
  }
  template <class T>
  PUMICE_HD static void merge(Acc<T>& acc, const Acc<T>& other) {
    acc.sum += other.sum;
  }
  template <class T>
  PUMICE_HD static double finish(const Acc<T>& acc, NoParams, TimeAxis<T> x) {
    return static_cast<double>(acc.sum) / static_cast<double>(x.n - 1);
  }
};

/// How often the sign changes.
struct ZeroCrossingRate {
  struct Acc {
    std::int64_t crossings = 0;
  };
  static constexpr Spec spec{.name = "zero_crossing_rate",
                             .unit = {0, 0},
                             .summary = "Share of steps across zero; zero itself counts as positive.",
                             .formula = "mean [(x[i] >= 0) != (x[i-1] >= 0)], i >= 1",
                             .oracle = "np.mean((t[1:] >= 0) != (t[:-1] >= 0))",
                             .tolerance = Tolerance::kExact,
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"1 -1 1 -1 -1", {}, 0.75},
                                       Example<NoParams>{"0 1 0 -1 0", {}, 0.5},
                                       Example<NoParams>{"1", {}, std::numeric_limits<double>::quiet_NaN()}};
  template <class T>
  PUMICE_HD static void add(Acc& acc, std::int64_t i, NoParams, TimeAxis<T> x) {
    if (i > 0) {
      acc.crossings += (x.x[i] >= 0) != (x.x[i - 1] >= 0) ? 1 : 0;
    }
  }
  PUMICE_HD static void merge(Acc& acc, const Acc& other) { acc.crossings += other.crossings; }
  template <class T>
  PUMICE_HD static double finish(const Acc& acc, NoParams, TimeAxis<T> x) {
    return static_cast<double>(acc.crossings) / static_cast<double>(x.n - 1);
  }
};

/// Slope of the least-squares line on the sample's index.
struct Slope {
  /// Sum of (2 i - (n - 1)) (x[i] - x[0]).
  template <class T>
  using Acc = std::conditional_t<std::is_integral_v<T>, ExactSum, CompensatedSum>;
  static constexpr Spec spec{.name = "slope",
                             .unit = {1, 0},
                             .summary = "Slope of the least-squares line on the sample's index, a sample.",
                             .formula = "sum (i - m) x[i] / sum (i - m)^2, m = (n - 1) / 2",
                             .oracle =
                                 "np.dot(np.arange(t.size) - (t.size - 1) / 2, t - t[0]) * 12 / (t.size * "
                                 "(t.size**2 - 1.0))",
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"1 3 5 7", {}, 2}, Example<NoParams>{"2 0 0 -2", {}, -1.2},
                                       Example<NoParams>{"5 5 5", {}, 0},
                                       Example<NoParams>{"1", {}, std::numeric_limits<double>::quiet_NaN()}};

  /// The weights sum to zero, so the first sample can be taken off: it keeps the products of offset data small.
  template <class T>
  PUMICE_HD static void add_term(Acc<T>& sum, std::int64_t i, const TimeAxis<T>& x) {
    using Exact = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;
    const Exact term = static_cast<Exact>(2 * i - (x.n - 1)) * static_cast<Exact>(x.x[i] - x.x[0]);
    if constexpr (std::is_integral_v<T>) {
      // A lane adds n / 128 terms below n 2^16 (int16) or n 2^25.
      if (x.n < (sizeof(T) == 2 ? INT64_C(1) << 26 : INT64_C(1) << 21)) {
        sum.add_small(term);
        return;
      }
    }
    sum.add(term);
  }
  /// Slope from the sum of the terms over n samples.
  PUMICE_HD static double from_sum(double weighted, std::int64_t samples) {
    const auto n = static_cast<double>(samples);
    return weighted * 6 / (n * (n * n - 1));
  }

  template <class T>
  PUMICE_HD static void add(Acc<T>& acc, std::int64_t i, NoParams, TimeAxis<T> x) {
    add_term(acc, i, x);
  }
  template <class Sum>
  PUMICE_HD static void merge(Sum& acc, const Sum& other) {
    acc.merge(other);
  }
  template <class T>
  PUMICE_HD static double finish(const Acc<T>& acc, NoParams, TimeAxis<T> x) {
    return from_sum(acc.value(), x.n);
  }
};

using TimeAxisFeatures = FeatureList<MeanAbsChange, ZeroCrossingRate, Slope>;

}  // namespace pumice::features
