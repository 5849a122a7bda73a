#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "pumice/catalogue.hpp"
#include "pumice/plan.hpp"
#include "support/program.hpp"

namespace pumice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_program;

std::size_t longest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) {
    longest = std::max(longest, line.size());
  }
  return longest;
}

TEST(FeaturesCommand, NamesEveryFeatureInItsTable) {
  const auto result = run_program("features");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const FeatureInfo& feature : catalogue()) {
    EXPECT_THAT(result.out, HasSubstr("  " + std::string(feature.spec.name) + " "));
  }
  EXPECT_LE(longest_line(result.out), 100u);
}

TEST(FeaturesCommand, AnswersToCatalogueToo) { EXPECT_EQ(run_program("catalogue").out, run_program("features").out); }

TEST(FeaturesCommand, GivesEveryColumnOfCoreAsJson) {
  const auto result = run_program("features core --format json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::set<std::string> listed;
  const auto catalogue_json = nlohmann::json::parse(result.out);
  for (const auto& feature : catalogue_json.at("features")) {
    for (const char* key : {"name", "family", "summary", "formula", "oracle", "tolerance", "cost"}) {
      EXPECT_FALSE(feature.at(key).get<std::string>().empty()) << feature.at("name") << " " << key;
    }
    EXPECT_FALSE(feature.at("needs").empty()) << feature.at("name");
    EXPECT_GE(feature.at("examples").size(), 2u) << feature.at("name");
    for (const auto& column : feature.at("columns")) {
      listed.insert("sensor_1" + column.get<std::string>());
    }
  }
  const Plan plan =
      make_plan({.channels = {"sensor_1"}, .features = {"core"}, .sample_rate = 100, .bands = {}, .welch = {}});
  std::set<std::string> planned;
  for (const PlanColumn& column : plan.columns) {
    planned.insert(column.name);
  }
  EXPECT_EQ(planned.size(), 76u);
  EXPECT_EQ(listed, planned);
}

TEST(FeaturesCommand, ListsOnlyWhatWasAskedFor) {
  const auto basic = run_program("features basic");
  EXPECT_THAT(basic.out, HasSubstr("  kurtosis "));
  EXPECT_THAT(basic.out, Not(HasSubstr("quantile")));
  EXPECT_THAT(basic.out, HasSubstr("8 features, 8 columns a channel"));
  const auto two = run_program("features mean spectral_bands");
  EXPECT_THAT(two.out, HasSubstr("  mean "));
  EXPECT_THAT(two.out, HasSubstr("  log_band_power "));
  EXPECT_THAT(two.out, HasSubstr("4 features"));
}

TEST(FeaturesCommand, ShowsOneFeatureInFull) {
  const auto result = run_program("features quantile");
  EXPECT_THAT(result.out, HasSubstr("CHANNEL|abs__quantile__q_0.001"));
  EXPECT_THAT(result.out, HasSubstr("np.quantile(x, q)"));
  EXPECT_THAT(result.out, HasSubstr("1 2 3 4 at q=0.5 -> 2.5"));
  EXPECT_LE(longest_line(result.out), 100u);
}

TEST(FeaturesCommand, SuggestsTheNearestNames) {
  const auto result = run_program("features meen");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("`meen`"));
  EXPECT_THAT(result.err, HasSubstr("mean"));
  EXPECT_EQ(run_program("features --format xml").exit_code, 2);
}

TEST(FeaturesPage, IsWhatIsCommitted) {
  const auto result = run_program("features --format markdown");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(result.out == testing::read_text(PUMICE_SOURCE_DIRECTORY "/docs/FEATURES.md"))
      << "write it again: pumice features --format markdown > docs/FEATURES.md";
}

TEST(FeaturesPage, HasEveryFeatureWithAsManyCellsAsItsTable) {
  const std::string page = run_program("features --format markdown").out;
  for (const FeatureInfo& feature : catalogue()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string(feature.spec.name) + "` |"));
  }
  std::istringstream lines(page);
  std::ptrdiff_t expected = 0;
  for (std::string line; std::getline(lines, line);) {
    std::ptrdiff_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    }
    if (!line.starts_with('|')) {
      expected = 0;
      continue;
    }
    expected = expected == 0 ? bars : expected;
    EXPECT_EQ(bars, expected) << line;
  }
}

}  // namespace
}  // namespace pumice
