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

/// Mean distance of the valid samples from their mean.
struct MeanAbsoluteDeviation {
  struct Acc {
    double sum = 0;
  };
  static constexpr Spec spec{.name = "mean_absolute_deviation",
                             .unit = {1, 0},
                             .summary = "Mean distance of the samples from their mean.",
                             .formula = "mean |x - mean(x)|",
                             .oracle = "np.mean(np.abs(x - np.mean(x)))",
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"1 3", {}, 1}, Example<NoParams>{"2 2 2", {}, 0}};
  template <class T>
  PUMICE_HD static void add(Acc& acc, std::int64_t i, NoParams, Valid<T> x, Moments m) {
    acc.sum += std::fabs(x[i] - m.mean);
  }
  PUMICE_HD static void merge(Acc& acc, const Acc& other) { acc.sum += other.sum; }
  template <class T>
  PUMICE_HD static double finish(const Acc& acc, NoParams, Valid<T> x, Moments) {
    return acc.sum / static_cast<double>(x.n);
  }
};

using Statistics = FeatureList<Maximum, MeanAbsoluteDeviation>;

}  // namespace pumice::features
