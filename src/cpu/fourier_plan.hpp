/// Tables of one Fourier transform of tapered blocks: twiddles, taper and, for lengths that are no power of two, the
/// chirp of Bluestein's algorithm (Bluestein 1970), which is exact for any length.
#pragma once

#include <cstddef>
#include <vector>

#include "pumice/plan.hpp"

namespace pumice::cpu {

/// Immutable once made; shared by nothing.
struct FourierPlan {
  int n = 0;                  ///< samples in a block
  int transform = 0;          ///< length of the transforms that are run: n, or a power of two >= 2 n - 1
  bool in_double = false;     ///< the transform's arithmetic
  std::vector<double> taper;  ///< [n]
  /// Stage by stage (radix 4, lengths transform, transform / 4, ..): w, w^2, w^3 of each butterfly as re, im pairs.
  std::vector<float> float_twiddles;
  std::vector<double> double_twiddles;
  std::vector<double> chirp;           ///< [n] re, im of exp(-i pi j^2 / n); empty for powers of two
  std::vector<double> chirp_spectrum;  ///< [transform] re, im of the conjugate chirp's transform, over `transform`

  [[nodiscard]] bool is_power_of_two() const { return chirp.empty(); }
  [[nodiscard]] int bins() const { return n / 2 + 1; }
};

/// A plan for blocks of `settings.nperseg` samples. Lengths that are no power of two are transformed in double.
[[nodiscard]] FourierPlan make_fourier_plan(const WelchSettings& settings, Precision precision);

}  // namespace pumice::cpu
