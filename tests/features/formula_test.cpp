// Every feature against its formula written down again, plainly and in long double, on sizes round the team's width.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <numeric>
#include <random>

#include "core/example_signal.hpp"
#include "features/all.hpp"
#include "support/accuracy.hpp"
#include "support/reference_signal.hpp"

namespace pumice {
namespace {

using testing::allowed_error;
using testing::evaluate_serially;
using testing::is_near;
using testing::ReferenceSignal;

using Real = long double;
using Params = const std::array<double, kMaxParams>&;
using Formula = std::function<std::vector<Real>(const ReferenceSignal&, Params)>;

constexpr Real kNone = std::numeric_limits<Real>::quiet_NaN();

Real mean_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), Real{0}) / static_cast<Real>(x.size());
}

/// Sum of (x - center)^k.
Real moment(const std::vector<double>& x, Real center, int k) {
  Real sum = 0;
  for (const double value : x) {
    sum += std::pow(static_cast<Real>(value) - center, static_cast<Real>(k));
  }
  return sum;
}

Real quantile_of(std::vector<double> x, Real q) {
  std::sort(x.begin(), x.end());
  const Real h = q * static_cast<Real>(x.size() - 1);
  const auto k = static_cast<std::size_t>(h);
  const Real t = h - static_cast<Real>(k);
  return k + 1 < x.size() ? x[k] + t * (static_cast<Real>(x[k + 1]) - x[k]) : x[k];
}

Real median_distance(const std::vector<double>& x) {
  const Real median = quantile_of(x, 0.5L);
  std::vector<double> distances;
  for (const double value : x) {
    distances.push_back(static_cast<double>(std::fabs(value - median)));
  }
  return quantile_of(distances, 0.5L);
}

int longest_run(const std::vector<double>& x, const std::function<bool(double)>& is_member) {
  int longest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    int run = 0;
    while (i + run < x.size() && is_member(x[i + run])) {
      ++run;
    }
    longest = std::max(longest, run);
  }
  return longest;
}

bool is_flat(const std::vector<double>& x) {
  return std::all_of(x.begin(), x.end(), [&](double value) { return value == x[0]; });
}

std::vector<Real> line(const std::vector<double>& x) {
  const auto n = static_cast<Real>(x.size());
  if (n < 2) {
    return {kNone, kNone, kNone, kNone};
  }
  const Real middle = (n - 1) / 2;
  const Real mean = mean_of(x);
  Real xy = 0;
  Real xx = 0;
  Real yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Real t = static_cast<Real>(i) - middle;
    xy += t * (x[i] - mean);
    xx += t * t;
    yy += (x[i] - mean) * (x[i] - mean);
  }
  const Real slope = xy / xx;
  const Real r = yy > 0 ? xy / std::sqrt(xx * yy) : kNone;
  const Real unexplained = r * r > 1 ? 0 : 1 - r * r;
  const Real error = n > 2 ? std::sqrt(unexplained * yy / xx / (n - 2)) : 0 * r;
  return {slope, mean - slope * middle, r, error};
}

// ---- of the spectrum
// -------------------------------------------------------------------------------------------------

/// Sum over bins k >= first of weight(f, P).
Real over_bins(const ReferenceSignal& s, std::size_t first, const std::function<Real(Real, Real)>& weight) {
  Real sum = 0;
  for (std::size_t k = first; k < s.power_density().size(); ++k) {
    sum += weight(static_cast<Real>(k) * s.view().welch.df, s.power_density()[k]);
  }
  return sum;
}

Real power_above_zero(const ReferenceSignal& s) {
  return over_bins(s, 1, [](Real, Real p) { return p; });
}

Real band(const ReferenceSignal& s, Params p) {
  const double nyquist = s.view().welch.sample_rate / 2;
  int bins = 0;
  const Real power = over_bins(s, 0, [&](Real f, Real density) {
    const Real tick = 1e-9L * s.view().welch.df;
    const bool is_last = p[1] == nyquist && std::fabs(f - nyquist) <= tick;
    const bool is_in = f >= p[0] - tick && (f < p[1] - tick || is_last);
    bins += is_in ? 1 : 0;
    return is_in ? density * s.view().welch.df : Real{0};
  });
  return bins == 0 || p[1] > nyquist ? kNone : power;
}

Real centroid(const ReferenceSignal& s) {
  return over_bins(s, 1, [](Real f, Real p) { return f * p; }) / power_above_zero(s);
}

Real spread_squares(const ReferenceSignal& s) {
  const Real center = centroid(s);
  return over_bins(s, 1, [&](Real f, Real p) { return (f - center) * (f - center) * p; });
}

Real rolloff(const ReferenceSignal& s, Real share) {
  const Real total = power_above_zero(s);
  Real sum = 0;
  for (std::size_t k = 1; k < s.power_density().size(); ++k) {
    sum += s.power_density()[k];
    if (sum >= share * total) {
      return static_cast<Real>(k) * s.view().welch.df;
    }
  }
  return kNone;
}

Real peak(const ReferenceSignal& s) {
  const auto& p = s.power_density();
  return static_cast<Real>(std::max_element(p.begin() + 1, p.end()) - p.begin()) * s.view().welch.df;
}

/// `value` where the spectrum has power.
Formula of_shape(const std::function<Real(const ReferenceSignal&, Params)>& value) {
  return [value](const ReferenceSignal& s, Params p) {
    return std::vector<Real>{power_above_zero(s) > 0 ? value(s, p) : kNone};
  };
}

Formula of_samples(std::size_t min_n, const std::function<Real(const std::vector<double>&)>& value) {
  return [=](const ReferenceSignal& s, Params) {
    return std::vector<Real>{s.valid().size() < min_n ? kNone : value(s.valid())};
  };
}

Formula of_axis(const std::function<Real(const std::vector<double>&)>& value) {
  return [=](const ReferenceSignal& s, Params) {
    return std::vector<Real>{s.time_axis().size() < 2 ? kNone : value(s.time_axis())};
  };
}

const std::map<std::string_view, Formula>& formulas() {
  using X = const std::vector<double>&;
  using S = const ReferenceSignal&;
  static const std::map<std::string_view, Formula> all{
      {"n_valid",
       [](S s, Params) {
         return std::vector<Real>{
             static_cast<Real>(std::count_if(s.raw().begin(), s.raw().end(), [](double x) { return !std::isnan(x); }))};
       }},
      {"n_missing",
       [](S s, Params) {
         return std::vector<Real>{
             static_cast<Real>(std::count_if(s.raw().begin(), s.raw().end(), [](double x) { return std::isnan(x); }))};
       }},
      {"longest_gap",
       [](S s, Params) {
         return std::vector<Real>{static_cast<Real>(longest_run(s.raw(), [](double x) { return std::isnan(x); }))};
       }},
      {"is_constant",
       [](S s, Params) { return std::vector<Real>{!s.valid().empty() && is_flat(s.valid()) ? Real{1} : Real{0}}; }},
      {"maximum", of_samples(1, [](X x) { return *std::max_element(x.begin(), x.end()); })},
      {"minimum", of_samples(1, [](X x) { return *std::min_element(x.begin(), x.end()); })},
      {"mean", of_samples(1, mean_of)},
      {"median", of_samples(1, [](X x) { return quantile_of(x, 0.5L); })},
      {"std", of_samples(2, [](X x) { return std::sqrt(moment(x, mean_of(x), 2) / static_cast<Real>(x.size() - 1)); })},
      {"var", of_samples(2, [](X x) { return moment(x, mean_of(x), 2) / static_cast<Real>(x.size() - 1); })},
      {"skewness", of_samples(3,
                              [](X x) {
                                const auto n = static_cast<Real>(x.size());
                                const Real sigma = std::sqrt(moment(x, mean_of(x), 2) / n);
                                const Real g1 = moment(x, mean_of(x), 3) / n / (sigma * sigma * sigma);
                                return is_flat(x) ? Real{0} : std::sqrt(n * (n - 1)) / (n - 2) * g1;
                              })},
      {"kurtosis", of_samples(4,
                              [](X x) {
                                const auto n = static_cast<Real>(x.size());
                                const Real variance = moment(x, mean_of(x), 2) / n;
                                const Real g2 = moment(x, mean_of(x), 4) / n / (variance * variance) - 3;
                                return is_flat(x) ? Real{0} : (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6);
                              })},
      {"sum_values", of_samples(1, [](X x) { return moment(x, 0, 1); })},
      {"root_mean_square", of_samples(1, [](X x) { return std::sqrt(moment(x, 0, 2) / static_cast<Real>(x.size())); })},
      {"abs_energy", of_samples(1, [](X x) { return moment(x, 0, 2); })},
      {"mean_absolute_deviation", of_samples(1,
                                             [](X x) {
                                               Real sum = 0;
                                               for (const double value : x) {
                                                 sum += std::fabs(value - mean_of(x));
                                               }
                                               return sum / static_cast<Real>(x.size());
                                             })},
      {"median_absolute_deviation", of_samples(1, median_distance)},
      {"interquartile_range", of_samples(1, [](X x) { return quantile_of(x, 0.75L) - quantile_of(x, 0.25L); })},
      {"range", of_samples(1,
                           [](X x) {
                             const auto [low, high] = std::minmax_element(x.begin(), x.end());
                             return *high - *low;
                           })},
      {"quantile", [](S s, Params p) { return std::vector<Real>{quantile_of(s.valid(), p[0])}; }},
      {"mean_abs_change", of_axis([](X x) {
         Real sum = 0;
         for (std::size_t i = 1; i < x.size(); ++i) {
           sum += std::fabs(static_cast<Real>(x[i]) - x[i - 1]);
         }
         return sum / static_cast<Real>(x.size() - 1);
       })},
      {"zero_crossing_rate", of_axis([](X x) {
         int crossings = 0;
         for (std::size_t i = 1; i < x.size(); ++i) {
           crossings += (x[i] < 0) == (x[i - 1] < 0) ? 0 : 1;
         }
         return static_cast<double>(crossings) / static_cast<double>(x.size() - 1);
       })},
      {"slope", of_axis([](X x) { return line(x)[0]; })},
      {"linear_trend", [](S s, Params) { return line(s.time_axis()); }},
      {"longest_strike_above_mean",
       of_samples(1, [](X x) { return longest_run(x, [&](double v) { return v > mean_of(x); }); })},
      {"longest_strike_below_mean",
       of_samples(1, [](X x) { return longest_run(x, [&](double v) { return v < mean_of(x); }); })},
      {"band_power", [](S s, Params p) { return std::vector<Real>{band(s, p)}; }},
      {"relative_band_power",
       of_shape([](S s, Params p) { return band(s, p) / (power_above_zero(s) * s.view().welch.df); })},
      {"log_band_power",
       [](S s, Params p) {
         const Real power = band(s, p);
         return std::vector<Real>{power > 0 ? std::log10(power) : kNone};
       }},
      {"peak_frequency", of_shape([](S s, Params) { return peak(s); })},
      {"spectral_centroid", of_shape([](S s, Params) { return centroid(s); })},
      {"spectral_spread", of_shape([](S s, Params) { return std::sqrt(spread_squares(s) / power_above_zero(s)); })},
      {"spectral_median_frequency", of_shape([](S s, Params) { return rolloff(s, 0.5L); })},
      {"spectral_rolloff", of_shape([](S s, Params p) { return rolloff(s, p[0]); })},
      {"spectral_entropy", of_shape([](S s, Params) {
         const Real total = power_above_zero(s);
         const Real sum = over_bins(s, 1, [&](Real, Real p) { return p > 0 ? p / total * std::log(p / total) : 0; });
         const auto bins = static_cast<Real>(s.power_density().size() - 1);
         return bins > 1 ? -sum / std::log(bins) : kNone;
       })},
      {"spectral_flatness", of_shape([](S s, Params) {
         const auto bins = static_cast<Real>(s.power_density().size() - 1);
         const Real logs = over_bins(s, 1, [](Real, Real p) { return std::log(p); });
         return std::exp(logs / bins) / (power_above_zero(s) / bins);
       })},
      {"spectral_bandwidth", of_shape([](S s, Params) {
         const Real m2 = over_bins(s, 1, [](Real f, Real p) { return f * f * p; });
         return std::sqrt(spread_squares(s) / m2);
       })},
      {"spectral_central_frequency", of_shape([](S s, Params) {
         const Real m2 = over_bins(s, 1, [](Real f, Real p) { return f * f * p; });
         return std::sqrt(m2 / power_above_zero(s));
       })},
  };
  return all;
}

template <class F>
std::vector<std::array<double, kMaxParams>> default_params() {
  std::vector<std::array<double, kMaxParams>> all;
  if constexpr (requires { F::defaults; }) {
    for (const auto& params : F::defaults) {
      std::array<double, kMaxParams> values{};
      std::copy_n(reinterpret_cast<const double*>(&params), ParamsOf<F>::names.size(), values.begin());
      all.push_back(values);
    }
  } else {
    all.emplace_back();
  }
  return all;
}

void expect_formulas(const std::vector<double>& samples) {
  const ReferenceSignal signal(samples);
  const Signal<double>& view = signal.view();
  const double largest = std::max(std::fabs(view.moments.minimum), std::fabs(view.moments.maximum));
  const bool is_integer =
      std::all_of(signal.valid().begin(), signal.valid().end(), [](double x) { return x == std::rint(x); });
  features::Catalogue::for_each([&]<class F>() {
    for (const auto& params : default_params<F>()) {
      const auto values = evaluate_serially<F>(signal, params.data());
      const std::vector<Real> expected = formulas().at(F::spec.name)(signal, params);
      ASSERT_EQ(expected.size(), static_cast<std::size_t>(kOutputsOf<F>));
      for (std::size_t k = 0; k < expected.size(); ++k) {
        const double scale = is_integer ? 0 : std::pow(largest, F::spec.unit.signal);
        const auto wanted = static_cast<double>(expected[k]);
        const bool wants_decimals = !is_integer && F::spec.tolerance == Tolerance::kSample;
        const double error =
            allowed_error(F::spec.tolerance, wanted, wants_decimals || kOutputsOf<F> > 1 ? std::max(scale, 1.0) : 0,
                          view.welch.total * view.welch.df, view.welch.df);
        EXPECT_TRUE(is_near(values[k], wanted, error))
            << F::spec.name << " output " << k << ", parameters " << params[0] << " " << params[1];
      }
    }
  });
}

class Sizes : public ::testing::TestWithParam<int> {};

TEST_P(Sizes, GiveTheFormulasValuesOnIntegers) {
  std::mt19937 random(20);
  std::vector<double> x;
  for (int i = 0; i < GetParam(); ++i) {
    x.push_back(std::rint(std::normal_distribution<double>(30, 200)(random)));
  }
  expect_formulas(x);
}

TEST_P(Sizes, GiveTheFormulasValuesOnDecimals) {
  std::mt19937 random(21);
  std::vector<double> x;
  for (int i = 0; i < GetParam(); ++i) {
    x.push_back(std::normal_distribution<double>(-0.01, 0.125)(random));
  }
  expect_formulas(x);
}

TEST_P(Sizes, GiveTheFormulasValuesWithGaps) {
  std::mt19937 random(22);
  std::vector<double> x;
  for (int i = 0; i < GetParam(); ++i) {
    const double value = std::rint(std::normal_distribution<double>(0, 1000)(random));
    x.push_back(i % 61 < 3 ? std::numeric_limits<double>::quiet_NaN() : value);
  }
  x.push_back(7);
  expect_formulas(x);
}

INSTANTIATE_TEST_SUITE_P(RoundTheTeam, Sizes, ::testing::Values(1, 2, 3, 31, 32, 33, 127, 128, 129, 1000));

TEST(Formulas, HoldOnRampsAndImpulses) {
  expect_formulas(parse_example_signal("ramp n=500 a=3").samples);
  expect_formulas(parse_example_signal("impulse n=300 at=17 a=-9").samples);
}

TEST(Formulas, HoldOnAnOffsetLargeBesideTheSignal) {
  std::mt19937 random(23);
  std::vector<double> x;
  for (int i = 0; i < 600; ++i) {
    x.push_back(2'600'000 + std::rint(std::normal_distribution<double>(0, 20)(random)));
  }
  expect_formulas(x);
}

TEST(Formulas, HoldWhereManySamplesAreEqual) {
  std::mt19937 random(24);
  std::vector<double> x;
  for (int i = 0; i < 777; ++i) {
    x.push_back(std::max(0.0, std::rint(std::normal_distribution<double>(0, 2)(random))));
  }
  expect_formulas(x);
}

TEST(Formulas, HoldOnNegativeSamplesOnly) {
  std::mt19937 random(25);
  std::vector<double> x;
  for (int i = 0; i < 260; ++i) {
    x.push_back(-1 - std::rint(std::exponential_distribution<double>(0.01)(random)));
  }
  expect_formulas(x);
}

}  // namespace
}  // namespace pumice
