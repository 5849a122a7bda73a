/// What a channel was like when it was read, before the missing-value policy. Never null.
#pragma once

#include "pumice/feature.hpp"

namespace pumice::features {

/// Samples that are there.
struct ValidCount {
  static constexpr Spec spec{.name = "n_valid",
                             .unit = {0, 0},
                             .summary = "Number of samples that are not missing.",
                             .formula = "#{i : raw[i] is there}",
                             .oracle = "np.count_nonzero(np.isfinite(raw))",
                             .tolerance = Tolerance::kExact,
                             .cost = Cost::kFree,
                             .min_n = 0,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"1 nan nan 2 3", {}, 3}, Example<NoParams>{"nan nan", {}, 0}};
  PUMICE_HD static double eval(NoParams, Intake raw) { return static_cast<double>(raw.n_valid); }
};

/// Samples that are not.
struct MissingCount {
  static constexpr Spec spec{.name = "n_missing",
                             .unit = {0, 0},
                             .summary = "Number of missing samples.",
                             .formula = "#{i : raw[i] is missing}",
                             .oracle = "np.count_nonzero(~np.isfinite(raw))",
                             .tolerance = Tolerance::kExact,
                             .cost = Cost::kFree,
                             .min_n = 0,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"1 nan nan 2 3", {}, 2}, Example<NoParams>{"1 2 3", {}, 0}};
  PUMICE_HD static double eval(NoParams, Intake raw) { return static_cast<double>(raw.n - raw.n_valid); }
};

/// Longest run of missing samples.
struct LongestGap {
  static constexpr Spec spec{.name = "longest_gap",
                             .unit = {0, 0},
                             .summary = "Samples in the longest run of missing ones.",
                             .formula = "longest run of missing raw[i]",
                             .oracle =
                                 "np.max(np.diff(np.flatnonzero(np.concatenate(([True], np.isfinite(raw), "
                                 "[True])))) - 1)",
                             .tolerance = Tolerance::kExact,
                             .cost = Cost::kFree,
                             .min_n = 0,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"1 nan nan 2 nan 3", {}, 2}, Example<NoParams>{"1 2 3", {}, 0},
                                       Example<NoParams>{"nan nan nan", {}, 3}};
  PUMICE_HD static double eval(NoParams, Intake raw) { return static_cast<double>(raw.longest_gap); }
};

/// A dead sensor: all that is there is one value.
struct IsConstant {
  static constexpr Spec spec{.name = "is_constant",
                             .unit = {0, 0},
                             .summary = "1 where all valid samples are equal and there is at least one, else 0.",
                             .formula = "[min x = max x]",
                             .oracle = "float(np.unique(raw[np.isfinite(raw)]).size == 1)",
                             .tolerance = Tolerance::kExact,
                             .cost = Cost::kFree,
                             .min_n = 0,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"0 0 nan 0", {}, 1}, Example<NoParams>{"0 0 1", {}, 0},
                                       Example<NoParams>{"nan nan", {}, 0}};
  PUMICE_HD static double eval(NoParams, Intake raw) { return raw.is_constant ? 1.0 : 0.0; }
};

using Quality = FeatureList<ValidCount, MissingCount, LongestGap, IsConstant>;

}  // namespace pumice::features
