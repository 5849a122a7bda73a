#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "pumice/catalogue.hpp"
#include "pumice/error.hpp"
#include "pumice/plan.hpp"

namespace pumice {
namespace {

using Names = std::vector<std::string>;

PlanRequest request_of(Names features, Names channels = {"sensor_1", "sensor_2", "sensor_3"}) {
  PlanRequest request;
  request.channels = std::move(channels);
  request.features = std::move(features);
  request.sample_rate = 100;
  return request;
}

Names names_of(const Plan& plan) {
  Names names;
  for (const PlanColumn& column : plan.columns) {
    names.push_back(column.name);
  }
  return names;
}

Names names_of(Names features, Names channels = {"sensor_1", "sensor_2", "sensor_3"}) {
  return names_of(make_plan(request_of(std::move(features), std::move(channels))));
}

std::string refusal(const PlanRequest& request) {
  try {
    static_cast<void>(make_plan(request));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

Names ten_channels() {
  Names channels;
  for (int k = 1; k <= 10; ++k) {
    channels.push_back("sensor_" + std::to_string(k));
  }
  return channels;
}

/// Each column's value is computed by one call of its feature on its signal.
void expect_sound(const Plan& plan) {
  std::set<int> values;
  for (const SignalPlan& signal : plan.signals) {
    std::uint32_t needs = kNoStage;
    for (const FeatureCall& call : signal.calls) {
      const FeatureInfo& feature = catalogue()[static_cast<std::size_t>(call.feature)];
      needs |= feature.needs;
      EXPECT_EQ(call.welch >= 0, (feature.needs & kWelch) != 0);
      for (int k = 0; k < feature.output_count(); ++k) {
        EXPECT_TRUE(values.insert(call.first_value + k).second);
      }
    }
    EXPECT_EQ(signal.needs, needs);
  }
  EXPECT_EQ(static_cast<int>(values.size()), plan.n_values);
  EXPECT_EQ(*values.rbegin(), plan.n_values - 1);
  std::set<std::string> names;
  for (const PlanColumn& column : plan.columns) {
    EXPECT_TRUE(names.insert(column.name).second) << column.name;
    const auto computes = [&](const SignalPlan& signal) {
      return signal.channel == column.channel && signal.derivation == column.derivation &&
             std::any_of(signal.calls.begin(), signal.calls.end(), [&](const FeatureCall& call) {
               const int outputs = catalogue()[static_cast<std::size_t>(call.feature)].output_count();
               return call.feature == column.feature && column.value >= call.first_value &&
                      column.value < call.first_value + outputs;
             });
    };
    EXPECT_EQ(std::count_if(plan.signals.begin(), plan.signals.end(), computes), 1) << column.name;
  }
}

TEST(Plan, OfCoreHas76ColumnsAChannelInOrder) {
  const Plan plan = make_plan(request_of({"core"}, ten_channels()));
  ASSERT_EQ(plan.columns.size(), 760U);
  expect_sound(plan);
  const Names names = names_of(plan);
  Names expected{"n_valid",
                 "n_missing",
                 "longest_gap",
                 "is_constant",
                 "maximum",
                 "minimum",
                 "mean",
                 "median",
                 "std",
                 "var",
                 "skewness",
                 "kurtosis",
                 "sum_values",
                 "root_mean_square",
                 "abs_energy",
                 "mean_absolute_deviation",
                 "median_absolute_deviation",
                 "interquartile_range",
                 "range"};
  for (std::string& name : expected) {
    name = "sensor_1__" + name;
  }
  for (const std::string signal : {"sensor_1", "sensor_1|abs"}) {
    for (const std::string q : {"0.001", "0.01", "0.05", "0.1", "0.25", "0.75", "0.9", "0.95", "0.99", "0.999"}) {
      expected.push_back(signal + "__quantile__q_" + q);
    }
  }
  for (const std::string name : {"mean_abs_change", "zero_crossing_rate", "slope"}) {
    expected.push_back("sensor_1__" + name);
  }
  for (const std::string name : {"band_power", "relative_band_power", "log_band_power"}) {
    for (const std::string band : {"from_0.1__to_0.5", "from_0.5__to_1", "from_1__to_2", "from_2__to_4.5",
                                   "from_4.5__to_8", "from_8__to_16", "from_16__to_25", "from_25__to_50"}) {
      expected.push_back("sensor_1__" + name + "__" + band);
    }
  }
  for (const std::string name : {"peak_frequency", "spectral_centroid", "spectral_spread", "spectral_median_frequency",
                                 "spectral_rolloff__share_0.85", "spectral_rolloff__share_0.95", "spectral_entropy",
                                 "spectral_flatness", "spectral_bandwidth", "spectral_central_frequency"}) {
    expected.push_back("sensor_1__" + name);
  }
  EXPECT_EQ(Names(names.begin(), names.begin() + 76), expected);
  EXPECT_EQ(names[76], "sensor_2__n_valid");
  EXPECT_EQ(names[759], "sensor_10__spectral_central_frequency");
}

TEST(Plan, OfBasicIsTheNotebooksEight) {
  const Names expected{"a__maximum", "a__minimum", "a__mean",     "a__median",
                       "a__std",     "a__var",     "a__skewness", "a__kurtosis"};
  EXPECT_EQ(names_of({"basic"}, {"a"}), expected);
}

TEST(Plan, TakesSetsFamiliesFeaturesAndColumnsOnce) {
  EXPECT_EQ(names_of({"core", "basic", "statistics", "mean", "sensor_1__mean", "quantile__q_0.5", "quantile__q_0.50"},
                     {"sensor_1"})
                .size(),
            77U);
}

TEST(Plan, KeepsTheOrderOfExactColumnNames) {
  const Names asked{"sensor_2|diff__mean",
                    "sensor_1__quantile__q_0.37",
                    "sensor_3__linear_trend__attr_\"rvalue\"",
                    "sensor_1__mean",
                    "sensor_1__band_power__from_3__to_6",
                    "sensor_1__peak_frequency__nperseg_256__overlap_0__taper_\"boxcar\""};
  const Plan plan = make_plan(request_of(asked));
  EXPECT_EQ(names_of(plan), asked);
  expect_sound(plan);
  EXPECT_EQ(plan.welch.size(), 2U);
}

TEST(Plan, GivesTheColumnsOfAnyTableAgain) {
  PlanRequest request = request_of({"core", "trend", "strikes", "|diff__statistics"}, {"a__b|c", "_", "x%5F"});
  request.welch = {.nperseg = 512, .overlap = 128, .taper = Taper::kBlackman};
  request.bands = {{0.25, 3}, {3, 1e-3 + 7}};
  const Names table = names_of(make_plan(request));
  PlanRequest again = request_of(table, {"x%5F", "a__b|c", "another", "_"});
  EXPECT_EQ(names_of(make_plan(again)), table);
}

TEST(Plan, OfAReversedListOfColumnsIsReversed) {
  Names table = names_of({"core"});
  std::reverse(table.begin(), table.end());
  EXPECT_EQ(names_of(table), table);
}

TEST(Plan, PutsExactColumnsAfterSelectionsOfMany) {
  EXPECT_EQ(names_of({"sensor_1__slope", "mean"}),
            (Names{"sensor_1__mean", "sensor_2__mean", "sensor_3__mean", "sensor_1__slope"}));
}

TEST(Plan, AppliesParametersAndDerivationsToEveryChannel) {
  EXPECT_EQ(names_of({"|abs__quantile__q_0.5", "quantile__q_0.37", "|diff__mean"}, {"a", "b"}),
            (Names{"a|diff__mean", "a__quantile__q_0.37", "a|abs__quantile__q_0.5", "b|diff__mean",
                   "b__quantile__q_0.37", "b|abs__quantile__q_0.5"}));
}

TEST(Plan, AppliesSetsToOneSignal) {
  const Names names = names_of({"sensor_2|abs__basic"});
  ASSERT_EQ(names.size(), 8U);
  EXPECT_EQ(names[0], "sensor_2|abs__maximum");
}

TEST(Plan, ComputesTheOutputsOfAFeatureTogether) {
  const Plan plan = make_plan(request_of({"linear_trend"}, {"a"}));
  EXPECT_EQ(names_of(plan), (Names{"a__linear_trend__attr_\"slope\"", "a__linear_trend__attr_\"intercept\"",
                                   "a__linear_trend__attr_\"rvalue\"", "a__linear_trend__attr_\"stderr\""}));
  ASSERT_EQ(plan.signals.size(), 1U);
  EXPECT_EQ(plan.signals[0].calls.size(), 1U);
  EXPECT_EQ(plan.columns[2].unit.signal, 0);
  EXPECT_EQ(plan.columns[3].unit.signal, 1);
}

TEST(Plan, ComputesEachSpectrumOnce) {
  const Plan plan = make_plan(request_of({"spectral_shape", "spectral_bands", "peak_frequency__nperseg_256"}, {"a"}));
  ASSERT_EQ(plan.welch.size(), 2U);
  EXPECT_EQ(plan.welch[1], (WelchSettings{.nperseg = 256, .overlap = 128, .taper = Taper::kHann}));
  EXPECT_EQ(plan.signals.size(), 1U);
  EXPECT_EQ(plan.signals[0].welch.size(), 2U);
  expect_sound(plan);
}

TEST(Plan, WritesStageSettingsWhereTheyDiffer) {
  PlanRequest request = request_of({"peak_frequency", "spectral_rolloff"}, {"a"});
  request.welch = {.nperseg = 2048, .overlap = 1024, .taper = Taper::kHann};
  EXPECT_EQ(names_of(make_plan(request)),
            (Names{"a__peak_frequency__nperseg_2048", "a__spectral_rolloff__nperseg_2048__share_0.85",
                   "a__spectral_rolloff__nperseg_2048__share_0.95"}));
  request.welch = {.nperseg = 1024, .overlap = 768, .taper = Taper::kHamming};
  EXPECT_EQ(names_of(make_plan(request))[0], "a__peak_frequency__overlap_768__taper_\"hamming\"");
}

TEST(Plan, TakesAnExactNameAtItsWordWhateverTheRunsSettings) {
  PlanRequest request = request_of({"a__peak_frequency"}, {"a"});
  request.welch = {.nperseg = 2048, .overlap = 1024, .taper = Taper::kHann};
  const Plan plan = make_plan(request);
  EXPECT_EQ(names_of(plan), Names{"a__peak_frequency"});
  EXPECT_EQ(plan.welch.at(0).nperseg, 1024);
}

TEST(Plan, TakesBandsOfTheRequest) {
  PlanRequest request = request_of({"band_power"}, {"a"});
  request.bands = parse_bands("0.5-2, 2-40");
  EXPECT_EQ(names_of(make_plan(request)), (Names{"a__band_power__from_0.5__to_2", "a__band_power__from_2__to_40"}));
}

TEST(Plan, FindsChannelsThatAreNamedLikeFeatures) {
  EXPECT_EQ(names_of({"mean__slope", "core__mean"}, {"mean", "core"}), (Names{"mean__slope", "core__mean"}));
}

TEST(Plan, RefusesUnknownNamesWithTheNearest) {
  EXPECT_EQ(refusal(request_of({"kurtosys"})),
            "there is no feature, family or set `kurtosys`; the nearest: kurtosis, quality, quantiles");
  EXPECT_EQ(refusal(request_of({"sensor_9__mean"})),
            "`sensor_9__mean`: there is no channel `sensor_9`; the nearest: sensor_1, sensor_2, sensor_3");
  EXPECT_EQ(
      refusal(request_of({"sensor_1__kurtosys"})),
      "`sensor_1__kurtosys`: there is no feature, family or set `kurtosys`; the nearest: kurtosis, quality, quantiles");
}

TEST(Plan, RefusesParametersThatDoNotFit) {
  EXPECT_EQ(refusal(request_of({"sensor_1__quantile__q_1.5"})),
            "`sensor_1__quantile__q_1.5`: quantile wants 0 <= q <= 1");
  EXPECT_EQ(refusal(request_of({"quantile__q_nan"})), "`quantile__q_nan`: quantile wants 0 <= q <= 1");
  EXPECT_EQ(refusal(request_of({"quantile__q_x"})), "`quantile__q_x`: `x` of q is not a number");
  EXPECT_EQ(refusal(request_of({"mean__nperseg_5"})), "`mean__nperseg_5`: mean has no parameter `nperseg`");
  EXPECT_EQ(refusal(request_of({"band_power__from_1"})),
            "`band_power__from_1`: band_power needs all of its parameters: from, to");
  EXPECT_EQ(refusal(request_of({"band_power__from_2__to_1"})),
            "`band_power__from_2__to_1`: band_power wants 0 <= from < to");
  EXPECT_EQ(
      refusal(request_of({"linear_trend__attr_\"pvalue\""})),
      "`linear_trend__attr_\"pvalue\"`: linear_trend has no output `pvalue`; it has slope, intercept, rvalue, stderr");
  EXPECT_EQ(refusal(request_of({"core__q_1"})), "`core__q_1`: `core` is not a feature, and takes no parameters");
  EXPECT_EQ(refusal(request_of({"quantile__q_0.1__q_0.2"})), "`quantile__q_0.1__q_0.2`: q is given twice");
}

TEST(Plan, RefusesSettingsThatCannotBe) {
  PlanRequest request = request_of({"core"});
  request.welch.overlap = 1024;
  EXPECT_EQ(refusal(request), "overlap is 1024: it wants 0 <= overlap < nperseg = 1024 samples");
  request = request_of({"core"});
  request.welch = {.nperseg = 1, .overlap = 0, .taper = Taper::kHann};
  EXPECT_EQ(refusal(request), "nperseg is 1: it wants at least 2 samples");
  request = request_of({"core"});
  request.bands = {{3, 3}};
  EXPECT_EQ(refusal(request), "the band 3-3 Hz is empty: it wants 0 <= from < to");
  EXPECT_EQ(refusal(request_of({"mean"}, {"a", "b", "a"})), "two channels are named `a`");
}

TEST(Plan, AsksForTheRateOnlyWhereItIsNeeded) {
  PlanRequest request = request_of({"statistics", "time_axis"});
  request.sample_rate = 0;
  EXPECT_EQ(make_plan(request).columns.size(), 3U * 18U);
  EXPECT_FALSE(needs_sample_rate(request.features));
  request.features = {"sensor_1__peak_frequency"};
  EXPECT_EQ(refusal(request), "peak_frequency needs the sampling rate, which is not known: give `--sample-rate HZ`");
  EXPECT_TRUE(needs_sample_rate(request.features));
  EXPECT_TRUE(needs_sample_rate({"basic", "core"}));
  EXPECT_TRUE(needs_sample_rate({"|abs__spectral_shape"}));
  EXPECT_FALSE(needs_sample_rate({"basic", "no_such_thing"}));
}

TEST(Plan, WarnsOnceOfBandsWithoutAValue) {
  PlanRequest request = request_of({"core"});
  std::vector<std::string> warnings;
  static_cast<void>(make_plan(request, &warnings));
  EXPECT_TRUE(warnings.empty());
  request.sample_rate = 20;
  static_cast<void>(make_plan(request, &warnings));
  EXPECT_EQ(warnings, (Names{"at 20 Hz bands 8-16, 16-25, 25-50 Hz have no value: above 10 Hz there is no spectrum"}));
  request.welch = {.nperseg = 16, .overlap = 8};
  request.bands = {{1.3, 1.4}, {2, 12}};
  warnings.clear();
  static_cast<void>(make_plan(request, &warnings));
  EXPECT_EQ(warnings, (Names{"at 20 Hz band 2-12 Hz has no value: above 10 Hz there is no spectrum",
                             "at 20 Hz band 1.3-1.4 Hz has no value: no bin lies inside"}));
}

TEST(Plan, WarnsOnceWhereASetIsMeantForAnotherPolicy) {
  PlanRequest request = request_of({"basic", "sensor_1__basic", "core"});
  std::vector<std::string> warnings;
  static_cast<void>(make_plan(request, &warnings));
  EXPECT_EQ(warnings, Names{"`basic` is meant for `--missing zero`; this run has skip"});
  warnings.clear();
  request.missing = MissingPolicy::kZero;
  static_cast<void>(make_plan(request, &warnings));
  EXPECT_TRUE(warnings.empty());
}

TEST(Plan, UnitsComeFromTheFeature) {
  const Plan plan = make_plan(request_of({"a__var", "a__log_band_power__from_1__to_2"}, {"a"}));
  EXPECT_EQ(unit_text(plan.columns[0].unit), "{x}^2");
  EXPECT_EQ(unit_text(plan.columns[1].unit), "log10({x}^2)");
}

TEST(SplitFeatures, CutsAtCommasOutsideBracketsAndQuotes) {
  EXPECT_EQ(split_features("core, a__mean ,b[1,2]__mean,c__x__attr_\"p,q\",,"),
            (Names{"core", "a__mean", "b[1,2]__mean", "c__x__attr_\"p,q\""}));
  EXPECT_THROW(static_cast<void>(split_features("a(b")), UsageError);
  EXPECT_THROW(static_cast<void>(split_features("a\"b")), UsageError);
}

TEST(SplitFeatures, ReadsAFileOneNameALine) {
  const std::string path = ::testing::TempDir() + "pumice_features.txt";
  std::ofstream(path) << "a, b__mean\r\n\n  sensor_1|abs__quantile__q_0.5\ncore";
  EXPECT_EQ(split_features("basic,@" + path), (Names{"basic", "a, b__mean", "sensor_1|abs__quantile__q_0.5", "core"}));
  EXPECT_THROW(static_cast<void>(split_features("@/no/such/file")), UsageError);
}

TEST(PlanText, ReadsBackWhatItWrites) {
  for (const auto policy : {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                            MissingPolicy::kInterpolate, MissingPolicy::kNan}) {
    EXPECT_EQ(parse_missing_policy(to_text(policy)), policy);
  }
  for (const auto taper : {Taper::kHann, Taper::kHamming, Taper::kBlackman, Taper::kBoxcar}) {
    EXPECT_EQ(parse_taper(to_text(taper)), taper);
  }
  EXPECT_EQ(parse_precision(to_text(Precision::kDouble)), Precision::kDouble);
}

TEST(PlanText, NamesTheChoices) {
  try {
    static_cast<void>(parse_taper("hanning"));
    FAIL() << "took `hanning`";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "`hanning` is not a taper: choose one of hann, hamming, blackman, boxcar");
  }
}

TEST(ParseBands, RefusesWhatIsNoBand) {
  EXPECT_EQ(parse_bands("1e-3-0.5").at(0).from, 0.001);
  for (const char* const text : {"", "1", "1-", "-1-2", "2-1", "1-2-3", "a-b", "1-inf", "1-nan"}) {
    EXPECT_THROW(static_cast<void>(parse_bands(text)), UsageError) << text;
  }
}

}  // namespace
}  // namespace pumice
