// What units and symmetries predict of every feature.

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "features/all.hpp"
#include "support/accuracy.hpp"
#include "support/reference_signal.hpp"

namespace pumice {
namespace {

using testing::evaluate_serially;
using testing::is_near;
using testing::ReferenceSignal;

/// Coloured noise with a rising mean and a gap: no feature is zero or without a value on it.
std::vector<double> wandering(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> x;
  double level = 40;
  for (int i = 0; i < 1300; ++i) {
    level = 0.9 * level + std::normal_distribution<double>(0.02 * i, 300)(random);
    x.push_back(std::rint(level));
  }
  x[400] = x[401] = std::numeric_limits<double>::quiet_NaN();
  return x;
}

std::vector<double> mapped(std::vector<double> x, double factor, double offset = 0) {
  for (double& value : x) {
    value = factor * value + offset;
  }
  return x;
}

template <class F>
std::array<double, kMaxParams> first_default() {
  std::array<double, kMaxParams> values{};
  if constexpr (requires { F::defaults; }) {
    std::copy_n(reinterpret_cast<const double*>(&F::defaults[1]), ParamsOf<F>::names.size(), values.begin());
  }
  return values;
}

template <class F>
Unit unit_of(int output) {
  if constexpr (requires { F::output_units; }) {
    return F::output_units[static_cast<std::size_t>(output)];
  } else {
    return F::spec.unit;
  }
}

class Scaling : public ::testing::TestWithParam<double> {};

TEST_P(Scaling, OfTheSignalDoesWhatTheUnitSays) {
  const double a = GetParam();
  const ReferenceSignal one(wandering(7));
  const ReferenceSignal scaled(mapped(wandering(7), a));
  features::Catalogue::for_each([&]<class F>() {
    const auto params = first_default<F>();
    const auto before = evaluate_serially<F>(one, params.data());
    const auto after = evaluate_serially<F>(scaled, params.data());
    for (int k = 0; k < kOutputsOf<F>; ++k) {
      const Unit unit = unit_of<F>(k);
      const double factor = std::pow(a, unit.signal);
      const auto output = static_cast<std::size_t>(k);
      ASSERT_FALSE(std::isnan(before[output])) << F::spec.name;
      const double expected = unit.log10 ? before[output] + std::log10(factor) : before[output] * factor;
      EXPECT_TRUE(is_near(after[output], expected, 1e-11 * std::fabs(expected))) << F::spec.name << " output " << k;
    }
  });
}

TEST_P(Scaling, OfTheRateDoesWhatTheUnitSays) {
  const double a = GetParam();
  const ReferenceSignal one(wandering(8), 100);
  const ReferenceSignal scaled(wandering(8), 100 * a);
  features::Catalogue::for_each([&]<class F>() {
    const auto params = first_default<F>();
    auto scaled_params = params;
    if constexpr (std::is_same_v<ParamsOf<F>, Band>) {
      scaled_params[0] *= a;
      scaled_params[1] *= a;
    }
    const auto before = evaluate_serially<F>(one, params.data());
    const auto after = evaluate_serially<F>(scaled, scaled_params.data());
    for (int k = 0; k < kOutputsOf<F>; ++k) {
      const auto output = static_cast<std::size_t>(k);
      const double expected = before[output] * std::pow(a, -unit_of<F>(k).second);
      EXPECT_TRUE(is_near(after[output], expected, 1e-11 * std::fabs(expected))) << F::spec.name << " output " << k;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Factors, Scaling, ::testing::Values(3.0, 0.25, 4096.0));

TEST(Shift, LeavesWhatDoesNotSeeTheLevel) {
  const std::set<std::string_view> see_the_level{"maximum",    "minimum",    "mean",
                                                 "median",     "sum_values", "root_mean_square",
                                                 "abs_energy", "quantile",   "zero_crossing_rate"};
  const ReferenceSignal one(wandering(9));
  const ReferenceSignal shifted(mapped(wandering(9), 1, 5000));
  features::Catalogue::for_each([&]<class F>() {
    if (see_the_level.contains(F::spec.name)) {
      return;
    }
    const auto params = first_default<F>();
    const double before = evaluate_serially<F>(one, params.data())[0];
    const double after = evaluate_serially<F>(shifted, params.data())[0];
    EXPECT_TRUE(is_near(after, before, 1e-10 * std::fabs(before))) << F::spec.name;
  });
}

TEST(Sign, TurnsOddFeaturesAndLeavesEvenOnes) {
  const std::set<std::string_view> odd{"mean", "median", "skewness", "sum_values", "slope", "linear_trend"};
  const std::set<std::string_view> neither{
      "maximum", "minimum", "quantile", "zero_crossing_rate", "longest_strike_above_mean", "longest_strike_below_mean"};
  const ReferenceSignal one(wandering(10));
  const ReferenceSignal turned(mapped(wandering(10), -1));
  features::Catalogue::for_each([&]<class F>() {
    if (neither.contains(F::spec.name)) {
      return;
    }
    const auto params = first_default<F>();
    const double before = evaluate_serially<F>(one, params.data())[0];
    const double after = evaluate_serially<F>(turned, params.data())[0];
    EXPECT_TRUE(is_near(after, odd.contains(F::spec.name) ? -before : before, 1e-12 * std::fabs(before)))
        << F::spec.name;
  });
}

TEST(Sign, SwapsExtremaQuantilesAndStrikes) {
  const ReferenceSignal one(wandering(11));
  const ReferenceSignal turned(mapped(wandering(11), -1));
  const double none = 0;
  const double low = 0.1;
  const double high = 0.9;
  EXPECT_EQ(evaluate_serially<features::Maximum>(turned, &none)[0],
            -evaluate_serially<features::Minimum>(one, &none)[0]);
  EXPECT_EQ(evaluate_serially<features::LongestStrikeAboveMean>(turned, &none)[0],
            evaluate_serially<features::LongestStrikeBelowMean>(one, &none)[0]);
  const double expected = -evaluate_serially<features::Quantile>(one, &high)[0];
  EXPECT_NEAR(evaluate_serially<features::Quantile>(turned, &low)[0], expected, 1e-10);
}

}  // namespace
}  // namespace pumice
