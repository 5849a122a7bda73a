/// Tables of one Fourier transform of tapered blocks: twiddles, taper and, for lengths that are no power of two, the
/// chirp of Bluestein's algorithm (Bluestein 1970), which is exact for any length.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "pumice/plan.hpp"

namespace pumice::cpu {

/// Tables in the arithmetic of the transform, T. Empty where it has the other one.
template <class T>
struct FourierTables {
  /// Twiddles of the transforms of each side, stage by stage (radix 4, lengths n, n / 4, ..): w, w^2, w^3 of each
  /// butterfly as re, im pairs.
  std::vector<T> columns;
  std::vector<T> rows;
  std::vector<T> between;         ///< [rows][columns] re, im of exp(-2 pi i row column / transform)
  std::vector<T> chirp;           ///< [n] re, im of exp(-i pi j^2 / n); empty for powers of two
  std::vector<T> chirp_spectrum;  ///< [transform] re, im of the conjugate chirp's transform, over `transform`
  std::vector<T> taper;           ///< [n]
};

/// Immutable once made; shared by nothing.
///
/// A transform of more than a few points is done as one of a matrix, columns first (Bailey 1990): both sides' shorter
/// transforms stay in the first-level cache.
struct FourierPlan {
  int n = 0;                  ///< samples in a block
  int transform = 0;          ///< length of the transforms that are run: n, or a power of two >= 2 n - 1
  int column_length = 0;      ///< of the matrix
  int row_length = 0;         ///< of the matrix; 1: it is one column
  bool is_double = false;     ///< the transform's arithmetic
  std::vector<double> taper;  ///< [n]
  FourierTables<float> float_tables;
  FourierTables<double> double_tables;

  [[nodiscard]] bool is_power_of_two() const { return transform == n; }
  [[nodiscard]] int bins() const { return n / 2 + 1; }
  [[nodiscard]] std::int64_t longest_side() const { return column_length > row_length ? column_length : row_length; }
  /// From the start of one row to that of the next. A step of a power of two would crowd a column into few of the
  /// cache's sets.
  [[nodiscard]] std::int64_t row_step() const { return row_length == 1 ? 1 : row_length + 1; }
  /// Where element j of the signal lies. Rows are of a power of two: no division is waited for.
  [[nodiscard]] std::int64_t place(std::int64_t j) const {
    return (j >> std::countr_zero(static_cast<unsigned>(row_length))) * row_step() + (j & (row_length - 1));
  }
  /// The bin that comes i-th out of a transform.
  [[nodiscard]] std::int64_t frequency(std::int64_t i) const { return i / row_length + i % row_length * column_length; }
  template <class T>
  [[nodiscard]] const FourierTables<T>& tables() const {
    if constexpr (std::is_same_v<T, float>) {
      return float_tables;
    } else {
      return double_tables;
    }
  }
};

/// A plan for blocks of `settings.nperseg` samples.
[[nodiscard]] FourierPlan make_fourier_plan(const WelchSettings& settings, Precision precision);

}  // namespace pumice::cpu
