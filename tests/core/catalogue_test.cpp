#include "pumice/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pumice {
namespace {

std::size_t columns_of(std::uint32_t set) {
  std::size_t columns = 0;
  for (const FeatureInfo& feature : catalogue()) {
    const std::size_t here =
        feature.defaults.size() * feature.derivations.size() * static_cast<std::size_t>(feature.output_count());
    columns += (feature.spec.sets & set) != 0 ? here : 0;
  }
  return columns;
}

TEST(Catalogue, HasTheColumnsOfItsSets) {
  EXPECT_EQ(columns_of(kBasic), 8U);
  EXPECT_EQ(columns_of(kCore), 76U);
}

TEST(Catalogue, DescribesEveryFeature) {
  std::set<std::string_view> names;
  for (const FeatureInfo& feature : catalogue()) {
    const Spec& spec = feature.spec;
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name << " stands twice";
    EXPECT_EQ(spec.name.find("__"), std::string_view::npos) << spec.name;
    EXPECT_TRUE(std::all_of(spec.name.begin(), spec.name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    })) << spec.name;
    EXPECT_FALSE(feature.family.empty()) << spec.name;
    EXPECT_FALSE(spec.summary.empty()) << spec.name;
    EXPECT_FALSE(spec.formula.empty()) << spec.name;
    EXPECT_FALSE(spec.oracle.empty()) << spec.name;
    EXPECT_NE(feature.needs, kNoStage) << spec.name;
    EXPECT_GE(feature.examples.size(), 2U) << spec.name;
    EXPECT_TRUE(std::is_sorted(feature.parameters.begin(), feature.parameters.end())) << spec.name;
    EXPECT_EQ(feature.output_units.size(), static_cast<std::size_t>(feature.output_count())) << spec.name;
  }
}

TEST(Catalogue, OraclesUseTheParametersThatTheFeatureHas) {
  for (const FeatureInfo& feature : catalogue()) {
    for (const std::string_view parameter : feature.parameters) {
      const std::string name = parameter == "from" ? "from_" : std::string(parameter);
      EXPECT_NE(feature.spec.oracle.find(name), std::string_view::npos) << feature.spec.name << " " << name;
    }
  }
}

TEST(Catalogue, DefaultsAndExamplesObeyTheParametersRule) {
  for (const FeatureInfo& feature : catalogue()) {
    for (const auto& params : feature.defaults) {
      EXPECT_TRUE(feature.accepts(params.data())) << feature.spec.name;
    }
    for (const ExampleInfo& example : feature.examples) {
      EXPECT_TRUE(feature.accepts(example.params.data())) << feature.spec.name;
    }
    EXPECT_EQ(feature.parameters.empty(), feature.parameter_rule.empty()) << feature.spec.name;
  }
}

TEST(Catalogue, NumbersFeaturesByTheirPlace) {
  for (std::size_t k = 0; k < catalogue().size(); ++k) {
    EXPECT_EQ(catalogue()[k].id, static_cast<int>(k));
    EXPECT_EQ(find_feature(catalogue()[k].spec.name), &catalogue()[k]);
  }
  EXPECT_EQ(find_feature("no such feature"), nullptr);
}

TEST(Catalogue, ReadsNeedsAndOrderOffTheSignature) {
  EXPECT_EQ(find_feature("mean_absolute_deviation")->needs, static_cast<std::uint32_t>(kValid | kMoments));
  EXPECT_EQ(find_feature("band_power")->needs, static_cast<std::uint32_t>(kWelch));
  EXPECT_TRUE(find_feature("longest_strike_above_mean")->ordered);
  EXPECT_FALSE(find_feature("slope")->ordered);
  EXPECT_TRUE(find_feature("log_band_power")->takes_bands);
}

TEST(Catalogue, NamesSetsAndFamilies) {
  const std::vector<std::string> expected{"basic",     "core",           "quality",        "statistics", "quantiles",
                                          "time_axis", "spectral_bands", "spectral_shape", "strikes",    "trend"};
  EXPECT_EQ(feature_set_names(), expected);
}

TEST(NearestNames, ComeByEditDistance) {
  const std::vector<std::string> known{"mean", "median", "minimum", "maximum", "slope"};
  EXPECT_EQ(nearest_names("meen", known, 2), (std::vector<std::string>{"mean", "median"}));
  EXPECT_EQ(nearest_names("slop", known, 1), std::vector<std::string>{"slope"});
}

TEST(NearestNames, BeginWithThoseThatAreCutShort) {
  const std::vector<std::string> known{"mean", "maximum"};
  EXPECT_EQ(nearest_names("max", known, 1), std::vector<std::string>{"maximum"});
}

TEST(UnitText, IsReadable) {
  EXPECT_EQ(unit_text({0, 0}), "1");
  EXPECT_EQ(unit_text({1, 0}), "{x}");
  EXPECT_EQ(unit_text({2, 1}), "{x}^2/Hz");
  EXPECT_EQ(unit_text({0, -1}), "Hz");
  EXPECT_EQ(unit_text({0, 1}), "s");
  EXPECT_EQ(unit_text({.signal = 2, .second = 0, .log10 = true}), "log10({x}^2)");
}

}  // namespace
}  // namespace pumice
