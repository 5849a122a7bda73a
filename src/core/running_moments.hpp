/// Count, extremes, mean and variance of a channel over many recordings: exact for integers, merged pairwise for
/// others.
#pragma once

#include <cstdint>
#include <limits>

#include "pumice/samples.hpp"
#include "stages/moments.hpp"

namespace pumice {

/// Merging integer columns is exact, so their order does not matter; that of float64 columns does, in the last bits.
class RunningMoments {
 public:
  /// What one column holds.
  struct Column {
    std::int64_t n = 0;  ///< samples that are there
    double minimum = std::numeric_limits<double>::infinity();
    double maximum = -std::numeric_limits<double>::infinity();
  };

  /// Adds the samples of `column` that are not missing.
  Column add(const ColumnView& column);
  void merge(const RunningMoments& other);

  [[nodiscard]] std::int64_t count() const { return exact_n_ + n_; }
  /// NaN where there is no sample.
  [[nodiscard]] double minimum() const { return count() > 0 ? minimum_ : kNone; }
  [[nodiscard]] double maximum() const { return count() > 0 ? maximum_ : kNone; }
  [[nodiscard]] double mean() const;
  /// Of a sample (ddof 1); NaN below two samples.
  [[nodiscard]] double standard_deviation() const;

 private:
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  struct Centred {
    double n = 0;
    double mean = 0;
    double m2 = 0;  ///< sum (x - mean)^2
  };
  /// Chan, Golub & LeVeque 1979.
  static Centred merged(const Centred& a, const Centred& b);
  [[nodiscard]] Centred all() const;
  template <class T>
  Column add_integers(const ColumnView& column);
  Column add_numbers(const ColumnView& column);

  std::int64_t exact_n_ = 0;
  stages::Int128 sum_ = 0;
  stages::Int128 squares_ = 0;
  std::int64_t n_ = 0;
  Centred others_;
  double minimum_ = std::numeric_limits<double>::infinity();
  double maximum_ = -std::numeric_limits<double>::infinity();
};

}  // namespace pumice
