/// Features of the order statistics.
#pragma once

#include "pumice/feature.hpp"

namespace pumice::features {

/// Quantile of the valid samples.
struct Quantile {
  struct Params {
    double q;
    static constexpr std::array<std::string_view, 1> names{"q"};
    static constexpr std::string_view rule = "0 <= q <= 1";
    [[nodiscard]] PUMICE_HD constexpr bool valid() const { return q >= 0 && q <= 1; }
  };
  static constexpr Spec spec{.name = "quantile",
                             .unit = {1, 0},
                             .summary = "Quantile q of the samples, linear between order statistics.",
                             .formula = "x_(h), h = q (n - 1)",
                             .reference = "Hyndman & Fan 1996, type 7",
                             .oracle = "np.quantile(x, q)",
                             .cost = Cost::kSort,
                             .sets = kCore};
  static constexpr std::array defaults{Params{0.001}, Params{0.01}, Params{0.05}, Params{0.1},  Params{0.25},
                                       Params{0.75},  Params{0.9},  Params{0.95}, Params{0.99}, Params{0.999}};
  static constexpr std::array derivations{Derivation::kNone, Derivation::kAbs};
  static constexpr std::array examples{Example<Params>{"1 2 3 4", {0.5}, 2.5}, Example<Params>{"5 1 3", {0.25}, 2}};
  PUMICE_HD static double eval(Params p, OrderStatistics x) { return x.quantile(p.q); }
};

using Quantiles = FeatureList<Quantile>;

}  // namespace pumice::features
