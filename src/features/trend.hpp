/// Regression of the signal on time.
#pragma once

#include "features/time_axis.hpp"

namespace pumice::features {

/// The least-squares line on the sample's index, with tsfresh's names and values.
struct LinearTrend {
  template <class T>
  struct Acc {
    Slope::Acc<T> weighted;
    double sum = 0;      ///< of x - mean
    double squares = 0;  ///< of (x - mean)^2
  };
  static constexpr Spec spec{
      .name = "linear_trend",
      .unit = {1, 0},
      .summary =
          "Least-squares line on the sample's index: slope, intercept, correlation, standard error of the slope.",
      .formula = "x[i] ~ intercept + slope i",
      .reference = "tsfresh (Christ et al. 2018); scipy.stats.linregress",
      .oracle =
          "(lambda r: (r.slope, r.intercept, r.rvalue, r.stderr))(scipy.stats.linregress(np.arange(t.size), t)) if "
          "np.ptp(t) > 0 else (0.0, t[0], np.nan, np.nan)",
      .min_n = 2};
  static constexpr std::array<std::string_view, 4> outputs{"slope", "intercept", "rvalue", "stderr"};
  static constexpr std::array output_units{Unit{1, 0}, Unit{1, 0}, Unit{0, 0}, Unit{1, 0}};
  static constexpr std::array examples{Example<NoParams>{"1 3 5 7", {}, 2}, Example<NoParams>{"2 0 0 -2", {}, -1.2},
                                       Example<NoParams>{"1", {}, std::numeric_limits<double>::quiet_NaN()}};
  template <class T>
  PUMICE_HD static void add(Acc<T>& acc, std::int64_t i, NoParams, TimeAxis<T> x, Moments m) {
    const double distance = x[i] - m.mean;
    Slope::add_term(acc.weighted, i, x);
    acc.sum += distance;
    acc.squares += distance * distance;
  }
  template <class T>
  PUMICE_HD static void merge(Acc<T>& acc, const Acc<T>& other) {
    acc.weighted.merge(other.weighted);
    acc.sum += other.sum;
    acc.squares += other.squares;
  }
  template <class T>
  PUMICE_HD static Values<4> finish(const Acc<T>& acc, NoParams, TimeAxis<T> x, Moments m) {
    const auto n = static_cast<double>(x.n);
    const double slope = Slope::from_sum(acc.weighted.value(), x.n);
    const double mean = m.mean + acc.sum / n;
    const double index_squares = n * (n * n - 1) / 12;
    const double squares = acc.squares - acc.sum * acc.sum / n;
    // A constant channel goes with nothing: it has no correlation.
    const double none = std::numeric_limits<double>::quiet_NaN();
    const double share = m.minimum < m.maximum ? slope * slope * index_squares / squares : none;
    const double determination = share > 1 ? 1.0 : share;
    const double correlation = slope < 0 ? -std::sqrt(determination) : std::sqrt(determination);
    const double error = x.n > 2 ? std::sqrt((1 - determination) * squares / index_squares / (n - 2)) : 0 * share;
    return {{slope, mean - slope * (n - 1) / 2, correlation, error}};
  }
};

using Trend = FeatureList<LinearTrend>;

}  // namespace pumice::features
