/// Statistics of the valid samples.
#pragma once

#include "pumice/feature.hpp"

namespace pumice::features {

/// Largest valid sample.
struct Maximum {
  static constexpr Spec spec{.name = "maximum",
                             .unit = {1, 0},
                             .summary = "Largest sample.",
                             .formula = "max x",
                             .oracle = "np.max(x)",
                             .tolerance = Tolerance::kExact,
                             .sets = kBasic | kCore,
                             .notebook_name = "max"};
  static constexpr std::array examples{Example<NoParams>{"3 1 4 1 5", {}, 5}, Example<NoParams>{"-3 -1 -4", {}, -1}};
  PUMICE_HD static double eval(NoParams, Moments m) { return m.maximum; }
};

/// Smallest valid sample.
struct Minimum {
  static constexpr Spec spec{.name = "minimum",
                             .unit = {1, 0},
                             .summary = "Smallest sample.",
                             .formula = "min x",
                             .oracle = "np.min(x)",
                             .tolerance = Tolerance::kExact,
                             .sets = kBasic | kCore,
                             .notebook_name = "min"};
  static constexpr std::array examples{Example<NoParams>{"3 1 4 1 5", {}, 1}, Example<NoParams>{"-3 -1 -4", {}, -4}};
  PUMICE_HD static double eval(NoParams, Moments m) { return m.minimum; }
};

/// Arithmetic mean of the valid samples.
struct Mean {
  static constexpr Spec spec{.name = "mean",
                             .unit = {1, 0},
                             .summary = "Arithmetic mean.",
                             .formula = "sum x / n",
                             .oracle = "np.mean(x)",
                             .sets = kBasic | kCore};
  static constexpr std::array examples{Example<NoParams>{"3 1 4 1 6", {}, 3}, Example<NoParams>{"-1 nan 2", {}, 0.5}};
  PUMICE_HD static double eval(NoParams, Moments m) { return m.mean; }
};

/// Median of the valid samples.
struct Median {
  static constexpr Spec spec{.name = "median",
                             .unit = {1, 0},
                             .summary = "Middle sample, or the mean of the two middle ones.",
                             .formula = "x_((n - 1) / 2)",
                             .oracle = "np.median(x)",
                             .cost = Cost::kSort,
                             .sets = kBasic | kCore};
  static constexpr std::array examples{Example<NoParams>{"3 1 4 1 5", {}, 3}, Example<NoParams>{"7 1 2 4", {}, 3},
                                       Example<NoParams>{"-5", {}, -5}};
  PUMICE_HD static double eval(NoParams, OrderStatistics x) { return x.median(); }
};

/// Variance with ddof 1; 0 for a constant channel.
PUMICE_HD inline double sample_variance(const Moments& m) {
  return m.minimum == m.maximum ? 0.0 : m.m2 / static_cast<double>(m.n - 1);
}

/// Sample standard deviation.
struct StandardDeviation {
  static constexpr Spec spec{.name = "std",
                             .unit = {1, 0},
                             .summary = "Sample standard deviation (ddof 1).",
                             .formula = "sqrt(sum (x - mean)^2 / (n - 1))",
                             .oracle = "np.std(x, ddof=1)",
                             .min_n = 2,
                             .sets = kBasic | kCore};
  static constexpr std::array examples{Example<NoParams>{"1 4", {}, 2.1213203435596424},
                                       Example<NoParams>{"0 0 0", {}, 0},
                                       Example<NoParams>{"5", {}, std::numeric_limits<double>::quiet_NaN()}};
  PUMICE_HD static double eval(NoParams, Moments m) { return std::sqrt(sample_variance(m)); }
};

/// Sample variance.
struct Variance {
  static constexpr Spec spec{.name = "var",
                             .unit = {2, 0},
                             .summary = "Sample variance (ddof 1).",
                             .formula = "sum (x - mean)^2 / (n - 1)",
                             .oracle = "np.var(x, ddof=1)",
                             .min_n = 2,
                             .sets = kBasic | kCore};
  static constexpr std::array examples{Example<NoParams>{"1 4", {}, 4.5}, Example<NoParams>{"0.1 0.1 0.1", {}, 0},
                                       Example<NoParams>{"5", {}, std::numeric_limits<double>::quiet_NaN()}};
  PUMICE_HD static double eval(NoParams, Moments m) { return sample_variance(m); }
};

/// Skewness G1.
struct Skewness {
  static constexpr Spec spec{
      .name = "skewness",
      .unit = {0, 0},
      .summary = "Skewness, corrected for bias (G1, as pandas'); 0 for a constant channel.",
      .formula = "n sqrt(n - 1) / (n - 2) * m3 / m2^1.5, m_k = sum (x - mean)^k",
      .reference = "Joanes & Gill 1998, G1",
      .oracle = "scipy.stats.skew(x - np.rint(np.mean(x)), bias=False) if np.ptp(x) > 0 else 0.0",
      .tolerance = Tolerance::kStandardised,
      .min_n = 3,
      .sets = kBasic | kCore,
      .notebook_name = "skew"};
  static constexpr std::array examples{Example<NoParams>{"0 0 3", {}, 1.7320508075688772},
                                       Example<NoParams>{"1 2 3", {}, 0}, Example<NoParams>{"2 2 2", {}, 0},
                                       Example<NoParams>{"1 2", {}, std::numeric_limits<double>::quiet_NaN()}};
  PUMICE_HD static double eval(NoParams, Moments m) {
    if (m.minimum == m.maximum) {
      return 0;
    }
    const auto n = static_cast<double>(m.n);
    return n * std::sqrt(n - 1) / (n - 2) * (m.m3 / (m.m2 * std::sqrt(m.m2)));
  }
};

/// Excess kurtosis G2.
struct Kurtosis {
  static constexpr Spec spec{
      .name = "kurtosis",
      .unit = {0, 0},
      .summary = "Excess kurtosis, corrected for bias (G2, as pandas'); 0 for a constant channel.",
      .formula =
          "(n - 1) / ((n - 2) (n - 3)) * (n (n + 1) m4 / m2^2 - 3 (n - 1)), m_k = sum (x "
          "- mean)^k",
      .reference = "Joanes & Gill 1998, G2",
      .oracle = "scipy.stats.kurtosis(x - np.rint(np.mean(x)), bias=False) if np.ptp(x) > 0 else 0.0",
      .tolerance = Tolerance::kStandardised,
      .min_n = 4,
      .sets = kBasic | kCore};
  static constexpr std::array examples{Example<NoParams>{"0 0 0 4", {}, 4}, Example<NoParams>{"-1 -1 1 1", {}, -6},
                                       Example<NoParams>{"2 2 2 2", {}, 0},
                                       Example<NoParams>{"1 2 3", {}, std::numeric_limits<double>::quiet_NaN()}};
  PUMICE_HD static double eval(NoParams, Moments m) {
    if (m.minimum == m.maximum) {
      return 0;
    }
    const auto n = static_cast<double>(m.n);
    return (n - 1) / ((n - 2) * (n - 3)) * (n * (n + 1) * (m.m4 / (m.m2 * m.m2)) - 3 * (n - 1));
  }
};

/// Sum of the valid samples.
struct SumValues {
  static constexpr Spec spec{.name = "sum_values",
                             .unit = {1, 0},
                             .summary = "Sum of the samples.",
                             .formula = "sum x",
                             .oracle = "np.sum(x)",
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"3 1 4 1 5", {}, 14}, Example<NoParams>{"-3 1 nan 2", {}, 0}};
  PUMICE_HD static double eval(NoParams, Moments m) { return m.sum; }
};

/// Root of the mean square.
struct RootMeanSquare {
  static constexpr Spec spec{.name = "root_mean_square",
                             .unit = {1, 0},
                             .summary = "Root of the mean square.",
                             .formula = "sqrt(sum x^2 / n)",
                             .oracle = "np.sqrt(np.mean(x**2))",
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"1 -7", {}, 5}, Example<NoParams>{"3 3 -3", {}, 3}};
  PUMICE_HD static double eval(NoParams, Moments m) { return std::sqrt(m.sum_squares / static_cast<double>(m.n)); }
};

/// Sum of squares.
struct AbsEnergy {
  static constexpr Spec spec{.name = "abs_energy",
                             .unit = {2, 0},
                             .summary = "Sum of the squared samples.",
                             .formula = "sum x^2",
                             .oracle = "np.sum(x**2)",
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"3 -4", {}, 25}, Example<NoParams>{"0 nan 2", {}, 4}};
  PUMICE_HD static double eval(NoParams, Moments m) { return m.sum_squares; }
};

/// Mean distance of the valid samples from their mean.
struct MeanAbsoluteDeviation {
  struct Acc {
    double sum = 0;
  };
  static constexpr Spec spec{.name = "mean_absolute_deviation",
                             .unit = {1, 0},
                             .summary = "Mean distance of the samples from their mean.",
                             .formula = "mean |x - mean(x)|",
                             .oracle = "(lambda d: np.mean(np.abs(d - np.mean(d))))(x - np.rint(np.mean(x)))",
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"1 3", {}, 1}, Example<NoParams>{"2 2 2", {}, 0}};
  template <class T>
  PUMICE_HD static void add(Acc& acc, std::int64_t i, NoParams, Valid<T> x, Moments m) {
    acc.sum += std::fabs(m.distance(x[i]));
  }
  PUMICE_HD static void merge(Acc& acc, const Acc& other) { acc.sum += other.sum; }
  template <class T>
  PUMICE_HD static double finish(const Acc& acc, NoParams, Valid<T> x, Moments) {
    return acc.sum / static_cast<double>(x.n);
  }
};

/// Median distance of the valid samples from their median, found in the order statistics without another sort.
struct MedianAbsoluteDeviation {
  static constexpr Spec spec{.name = "median_absolute_deviation",
                             .unit = {1, 0},
                             .summary = "Median distance of the samples from their median, not scaled.",
                             .formula = "median |x - median(x)|",
                             .oracle = "np.median(np.abs(x - np.median(x)))",
                             .cost = Cost::kSort,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"1 1 2 2 4 6 9", {}, 1}, Example<NoParams>{"0 0 0 8", {}, 0},
                                       Example<NoParams>{"0 1 3 8", {}, 1.5}};

  /// The k-th smallest distance from `center`; the samples before `split` are below it. The distances are two sorted
  /// lists, downwards from split - 1 and upwards from split: find how many of the first k come from below.
  PUMICE_HD static double kth_distance(const OrderStatistics& x, double center, std::int64_t split, std::int64_t k) {
    const auto below = [&](std::int64_t i) { return center - x.kth(split - 1 - i); };
    const auto above = [&](std::int64_t i) { return x.kth(split + i) - center; };
    const std::int64_t n_above = x.n - split;
    std::int64_t low = k > n_above ? k - n_above : 0;
    std::int64_t high = k < split ? k : split;
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      if (below(middle) < above(k - middle - 1)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const bool from_below = low < split;
    const bool from_above = k - low < n_above;
    if (from_below && from_above) {
      const double a = below(low);
      const double b = above(k - low);
      return a < b ? a : b;
    }
    return from_below ? below(low) : above(k - low);
  }

  PUMICE_HD static double eval(NoParams, OrderStatistics x) {
    const double center = x.median();
    const std::int64_t split = x.rank(center);
    return midpoint(kth_distance(x, center, split, (x.n - 1) / 2), kth_distance(x, center, split, x.n / 2));
  }
};

/// Distance between the quartiles.
struct InterquartileRange {
  static constexpr Spec spec{.name = "interquartile_range",
                             .unit = {1, 0},
                             .summary = "Distance between the quartiles.",
                             .formula = "quantile(0.75) - quantile(0.25)",
                             .reference = "Hyndman & Fan 1996, type 7",
                             .oracle = "np.quantile(x, 0.75) - np.quantile(x, 0.25)",
                             .cost = Cost::kSort,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"4 1 3 2 5", {}, 2}, Example<NoParams>{"1 2 3 4", {}, 1.5}};
  PUMICE_HD static double eval(NoParams, OrderStatistics x) { return x.quantile(0.75) - x.quantile(0.25); }
};

/// Distance between the extrema.
struct Range {
  static constexpr Spec spec{.name = "range",
                             .unit = {1, 0},
                             .summary = "Distance between the smallest and the largest sample.",
                             .formula = "max x - min x",
                             .oracle = "np.ptp(x)",
                             .tolerance = Tolerance::kExact,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"3 1 4 1 5", {}, 4}, Example<NoParams>{"-3 -1 -4", {}, 3}};
  PUMICE_HD static double eval(NoParams, Moments m) { return m.maximum - m.minimum; }
};

using Statistics =
    FeatureList<Maximum, Minimum, Mean, Median, StandardDeviation, Variance, Skewness, Kurtosis, SumValues,
                RootMeanSquare, AbsEnergy, MeanAbsoluteDeviation, MedianAbsoluteDeviation, InterquartileRange, Range>;

}  // namespace pumice::features
