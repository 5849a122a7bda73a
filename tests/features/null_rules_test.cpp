// Where there is no value, and where there always is one.

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "features/all.hpp"
#include "support/reference_signal.hpp"

namespace pumice {
namespace {

using testing::evaluate_serially;
using testing::ReferenceSignal;

constexpr double kMissingSample = std::numeric_limits<double>::quiet_NaN();

/// Values of every feature on a signal, by name; of the first default, or of `band` where it takes one.
std::map<std::string_view, double> all_values(const ReferenceSignal& signal, Band band = {2, 8}) {
  std::map<std::string_view, double> values;
  features::Catalogue::for_each([&]<class F>() {
    std::array<double, kMaxParams> params{};
    if constexpr (std::is_same_v<ParamsOf<F>, Band>) {
      params = {band.from, band.to};
    } else if constexpr (requires { F::defaults; }) {
      params[0] = *reinterpret_cast<const double*>(&F::defaults[0]);
    }
    values[F::spec.name] = evaluate_serially<F>(signal, params.data())[0];
  });
  return values;
}

bool is_about_quality(std::string_view name) {
  return name == "n_valid" || name == "n_missing" || name == "longest_gap" || name == "is_constant";
}

TEST(NullRules, WithoutAValidSampleOnlyTheQualityIsKnown) {
  const ReferenceSignal signal(std::vector<double>(50, kMissingSample));
  for (const auto& [name, value] : all_values(signal)) {
    EXPECT_EQ(std::isnan(value), !is_about_quality(name)) << name;
  }
  const auto values = all_values(signal);
  EXPECT_EQ(values.at("n_valid"), 0);
  EXPECT_EQ(values.at("n_missing"), 50);
  EXPECT_EQ(values.at("longest_gap"), 50);
  EXPECT_EQ(values.at("is_constant"), 0);
}

TEST(NullRules, AConstantChannelHasNoShapeButMomentsOfZero) {
  const auto values = all_values(ReferenceSignal(std::vector<double>(1100, 0.1)));
  for (const std::string_view zero : {"std", "var", "skewness", "kurtosis", "range", "median_absolute_deviation",
                                      "interquartile_range", "mean_abs_change", "zero_crossing_rate", "slope",
                                      "band_power", "longest_strike_above_mean", "longest_strike_below_mean"}) {
    EXPECT_EQ(values.at(zero), 0) << zero;
  }
  features::SpectralShape::for_each(
      [&]<class F>() { EXPECT_TRUE(std::isnan(values.at(F::spec.name))) << F::spec.name; });
  EXPECT_TRUE(std::isnan(values.at("relative_band_power")));
  EXPECT_TRUE(std::isnan(values.at("log_band_power")));
  EXPECT_EQ(values.at("is_constant"), 1);
  EXPECT_NEAR(values.at("mean_absolute_deviation"), 0, 1e-16);
}

TEST(NullRules, TooFewSamplesGiveNoValue) {
  const std::map<std::string_view, std::size_t> min_n{{"std", 2},
                                                      {"var", 2},
                                                      {"skewness", 3},
                                                      {"kurtosis", 4},
                                                      {"mean_abs_change", 2},
                                                      {"slope", 2},
                                                      {"zero_crossing_rate", 2},
                                                      {"mean", 1}};
  const std::vector<double> samples{4, 1, 7, 2, 9};
  for (std::size_t n = 1; n <= samples.size(); ++n) {
    const auto values =
        all_values(ReferenceSignal({samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(n)}));
    for (const auto& [name, least] : min_n) {
      EXPECT_EQ(std::isnan(values.at(name)), n < least) << name << " of " << n;
    }
  }
}

TEST(NullRules, ABandAboveHalfTheRateHasNoValue) {
  std::mt19937 random(3);
  std::vector<double> x(200);
  for (double& value : x) {
    value = std::normal_distribution<double>()(random);
  }
  const ReferenceSignal signal(x, 100);
  const auto inside = all_values(signal, {25, 50});
  const auto above = all_values(signal, {60, 70});
  const auto across = all_values(signal, {40, 60});
  for (const std::string_view name : {"band_power", "relative_band_power", "log_band_power"}) {
    EXPECT_FALSE(std::isnan(inside.at(name))) << name;
    EXPECT_TRUE(std::isnan(above.at(name))) << name;
    EXPECT_TRUE(std::isnan(across.at(name))) << name;
  }
}

TEST(NullRules, ABandWithoutABinHasNoValue) {
  const auto values = all_values(ReferenceSignal({1, 5, 2, 8, 3, 1, 0, 4, 2, 2}, 100), {0.1, 0.5});
  for (const std::string_view name : {"band_power", "relative_band_power", "log_band_power"}) {
    EXPECT_TRUE(std::isnan(values.at(name))) << name;
  }
}

TEST(NullRules, HalfTheRateIsInTheBandThatEndsThere) {
  std::vector<double> x(1024);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = i % 2 == 0 ? 3 : -3;
  }
  const ReferenceSignal signal(x, 100);
  const Band upper{25, 50};
  const Band lower{16, 25};
  EXPECT_NEAR(evaluate_serially<features::RelativeBandPower>(signal, &upper.from)[0], 1, 1e-12);
  EXPECT_NEAR(evaluate_serially<features::RelativeBandPower>(signal, &lower.from)[0], 0, 1e-12);
}

TEST(NullRules, AnEdgeThatIsABinsFrequencyBelongsToTheBandAboveIt) {
  // df = 0.1 Hz: k df is not exactly the edge for every k.
  std::vector<double> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = std::sin(2 * std::numbers::pi * 0.7 * static_cast<double>(i) / 100);
  }
  for (const double edge : {0.3, 0.6, 0.7, 1.1, 2.3}) {
    const ReferenceSignal signal(x, 100, {.nperseg = 1000, .overlap = 500});
    const int bin = features::first_bin(signal.view().welch, edge);
    EXPECT_EQ(bin, std::lround(edge * 10)) << edge;
  }
}

TEST(NullRules, WithoutABlockThereIsNoSpectrum) {
  std::vector<double> x(1024, 1.0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = i % 5 == 0 ? kMissingSample : static_cast<double>(i % 7);
  }
  const auto values = all_values(ReferenceSignal(x));
  features::SpectralShape::for_each(
      [&]<class F>() { EXPECT_TRUE(std::isnan(values.at(F::spec.name))) << F::spec.name; });
  EXPECT_TRUE(std::isnan(values.at("band_power")));
  EXPECT_FALSE(std::isnan(values.at("mean")));
  EXPECT_FALSE(std::isnan(values.at("slope")));
}

TEST(NullRules, EveryFeatureIsTotalOnTinyAndHugeSamples) {
  for (const double scale : {5e-324, 1e-200, 1e60}) {
    const auto values = all_values(ReferenceSignal({scale, -scale, 3 * scale, 2 * scale, -2 * scale, scale}));
    for (const auto& [name, value] : values) {
      EXPECT_FALSE(std::isinf(value)) << name << " at " << scale;
    }
    EXPECT_EQ(values.at("maximum"), 3 * scale);
    EXPECT_EQ(values.at("median"), scale);
  }
}

}  // namespace
}  // namespace pumice
