/// Runs of samples on one side of the mean, with tsfresh's names and values.
#pragma once

#include "pumice/feature.hpp"

namespace pumice::features {

/// Longest run of members in a stretch of samples; two neighbouring stretches merge into one.
struct Strike {
  std::int64_t n = 0;       ///< samples seen
  std::int64_t prefix = 0;  ///< members that it starts with
  std::int64_t suffix = 0;  ///< members that it ends with
  std::int64_t longest = 0;

  PUMICE_HD void add(bool member) {
    suffix = member ? suffix + 1 : 0;
    prefix += member && prefix == n ? 1 : 0;
    ++n;
    longest = suffix > longest ? suffix : longest;
  }
  /// `next` follows this stretch.
  PUMICE_HD void append(const Strike& next) {
    const std::int64_t joint = suffix + next.prefix;
    longest = longest > next.longest ? longest : next.longest;
    longest = joint > longest ? joint : longest;
    prefix = prefix == n ? n + next.prefix : prefix;
    suffix = next.suffix == next.n ? next.n + suffix : next.suffix;
    n += next.n;
  }
};

/// Longest run above the mean.
struct LongestStrikeAboveMean {
  using Acc = Strike;
  static constexpr bool ordered = true;
  static constexpr Spec spec{.name = "longest_strike_above_mean",
                             .unit = {0, 0},
                             .summary = "Samples in the longest run of valid samples above the mean.",
                             .formula = "longest run of x > mean(x)",
                             .reference = "tsfresh (Christ et al. 2018)",
                             .oracle =
                                 "np.max(np.diff(np.flatnonzero(np.concatenate(([True], x <= np.mean(x), "
                                 "[True])))) - 1) if np.ptp(x) > 0 else 0",
                             .tolerance = Tolerance::kExact};
  static constexpr std::array examples{Example<NoParams>{"1 5 5 1 5 5 5 1", {}, 3}, Example<NoParams>{"2 2 2", {}, 0},
                                       Example<NoParams>{"0 1", {}, 1}};
  template <class T>
  PUMICE_HD static void add(Acc& acc, std::int64_t i, NoParams, Valid<T> x, Moments m) {
    acc.add(x[i] > m.mean);
  }
  PUMICE_HD static void merge(Acc& acc, const Acc& next) { acc.append(next); }
  template <class T>
  PUMICE_HD static double finish(const Acc& acc, NoParams, Valid<T>, Moments m) {
    return m.minimum == m.maximum ? 0.0 : static_cast<double>(acc.longest);
  }
};

/// Longest run below the mean.
struct LongestStrikeBelowMean {
  using Acc = Strike;
  static constexpr bool ordered = true;
  static constexpr Spec spec{.name = "longest_strike_below_mean",
                             .unit = {0, 0},
                             .summary = "Samples in the longest run of valid samples below the mean.",
                             .formula = "longest run of x < mean(x)",
                             .reference = "tsfresh (Christ et al. 2018)",
                             .oracle =
                                 "np.max(np.diff(np.flatnonzero(np.concatenate(([True], x >= np.mean(x), "
                                 "[True])))) - 1) if np.ptp(x) > 0 else 0",
                             .tolerance = Tolerance::kExact};
  static constexpr std::array examples{Example<NoParams>{"5 1 1 5 1 1 1 5", {}, 3}, Example<NoParams>{"2 2 2", {}, 0},
                                       Example<NoParams>{"0 1 1 0 0", {}, 2}};
  template <class T>
  PUMICE_HD static void add(Acc& acc, std::int64_t i, NoParams, Valid<T> x, Moments m) {
    acc.add(x[i] < m.mean);
  }
  PUMICE_HD static void merge(Acc& acc, const Acc& next) { acc.append(next); }
  template <class T>
  PUMICE_HD static double finish(const Acc& acc, NoParams, Valid<T>, Moments m) {
    return m.minimum == m.maximum ? 0.0 : static_cast<double>(acc.longest);
  }
};

using Strikes = FeatureList<LongestStrikeAboveMean, LongestStrikeBelowMean>;

}  // namespace pumice::features
