#include "pumice/column_name.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "pumice/error.hpp"
#include "pumice/plan.hpp"

namespace pumice {
namespace {

const std::vector<std::string> kNastyChannels{
    "sensor_1", "a b",    "a__b", "a|b",   "a|abs", "_",      "__",           "___",   "a_",     "_a",
    "a__",      "%",      "%5F",  "a%7C",  "%255F", "100%",   "x%2",          "a_%5F", "|",      "||",
    "",         "mean",   "core", "q_0.5", "a.b",   "a-b",    "a,b",          "a\"b",  "[x]{y}", "a_x20",
    "a_x5Fb",   "a_x20b", "é",    "a\tb",  "a_ b",  "__mean", "a__mean__q_1", "a_ _b", "A",      "a_|_b"};

TEST(ColumnName, IsWrittenAsTsfreshDoes) {
  EXPECT_EQ(format_column_name({"sensor_1", Derivation::kNone, "quantile", {{"q", "0.05"}}}),
            "sensor_1__quantile__q_0.05");
  EXPECT_EQ(format_column_name({"sensor_1", Derivation::kAbs, "band_power", {{"from", "0.1"}, {"to", "0.5"}}}),
            "sensor_1|abs__band_power__from_0.1__to_0.5");
}

TEST(ColumnName, KeepsUnderscoresOfParametersAndWords) {
  const ColumnName name =
      parse_column_name("x__agg_linear_trend__attr_\"r_value\"__chunk_len_5__f_agg_\"max\"__shift_-1.5e-07");
  const std::vector<std::pair<std::string, std::string>> expected{
      {"attr", "\"r_value\""}, {"chunk_len", "5"}, {"f_agg", "\"max\""}, {"shift", "-1.5e-07"}};
  EXPECT_EQ(name.feature, "agg_linear_trend");
  EXPECT_EQ(name.parameters, expected);
}

TEST(ColumnName, OfEveryCatalogueColumnReadsBack) {
  PlanRequest request;
  request.channels = kNastyChannels;
  request.features = {"core", "strikes", "trend", "|diff__statistics"};
  request.sample_rate = 100;
  request.welch = {.nperseg = 256, .overlap = 64, .taper = Taper::kHamming};
  const Plan plan = make_plan(request);
  EXPECT_EQ(plan.columns.size(), kNastyChannels.size() * (76 + 2 + 4 + 15));
  for (const PlanColumn& column : plan.columns) {
    const ColumnName name = parse_column_name(column.name);
    EXPECT_EQ(name.channel, plan.channels[static_cast<std::size_t>(column.channel)]) << column.name;
    EXPECT_EQ(name.derivation, column.derivation) << column.name;
    EXPECT_EQ(format_column_name(name), column.name);
    EXPECT_TRUE(std::is_sorted(name.parameters.begin(), name.parameters.end())) << column.name;
  }
}

TEST(ColumnName, EscapesRandomChannelsReversibly) {
  std::mt19937 random(11);
  const std::string_view letters = "_|%57CF2a";
  std::set<std::string> channels;
  std::set<std::string> names;
  for (int round = 0; round < 20000; ++round) {
    std::string channel;
    for (int k = std::uniform_int_distribution<int>(0, 7)(random); k > 0; --k) {
      channel += letters[std::uniform_int_distribution<std::size_t>(0, letters.size() - 1)(random)];
    }
    const ColumnName name{channel, Derivation::kDiff, "mean", {}};
    ASSERT_EQ(parse_column_name(format_column_name(name)), name) << channel;
    channels.insert(channel);
    names.insert(format_column_name(name));
  }
  EXPECT_EQ(channels.size(), names.size());
}

TEST(ColumnName, LeavesPlainChannelsAsTheyAre) {
  EXPECT_EQ(format_column_name({"100 % of it", Derivation::kNone, "mean", {}}), "100 % of it__mean");
  EXPECT_EQ(format_column_name({"a_b", Derivation::kNone, "mean", {}}), "a_b__mean");
}

TEST(ColumnName, SaysWhichPartIsWrong) {
  const auto message = [](std::string_view text) -> std::string {
    try {
      static_cast<void>(parse_column_name(text));
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("sensor_1"), "`sensor_1` is not a column name: it has no `__` between channel and feature");
  EXPECT_EQ(message("a|sqrt__mean"), "`a|sqrt__mean`: there is no derivation `sqrt`; there are abs and diff");
  EXPECT_EQ(message("a__quantile__q"), "`a__quantile__q`: `q` is not a parameter with its value, as in q_0.5");
  EXPECT_EQ(message("a__"), "`a__` is not a column name: it names no feature");
}

TEST(SafeName, HasLettersDigitsAndUnderscoresOnly) {
  EXPECT_EQ(safe_name("sensor_1|abs__quantile__q_0.05"), "sensor_1__abs__quantile__q_0p05");
  EXPECT_EQ(safe_name("sensor_1__linear_trend__attr_\"slope\""), "sensor_1__linear_trend__attr_slope");
  EXPECT_EQ(safe_name("segment_id"), "segment_id");
  EXPECT_EQ(safe_name("time to eruption"), "time_x20to_x20eruption");
}

TEST(SafeName, OfDistinctColumnsDiffers) {
  PlanRequest request;
  request.channels = kNastyChannels;
  request.features = {
      "core", "strikes", "trend", "|abs__core", "|diff__core", "quantile__q_1e-05", "quantile__q_1e-15"};
  request.sample_rate = 100;
  const Plan plan = make_plan(request);
  std::set<std::string> names;
  for (const PlanColumn& column : plan.columns) {
    const std::string name = safe_name(column.name);
    EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    })) << name;
    EXPECT_TRUE(names.insert(name).second) << name << " of " << column.name;
  }
  EXPECT_GT(names.size(), 5000U);
}

TEST(ShortestNumber, ReadsBackAsTheSameDouble) {
  EXPECT_EQ(shortest_number(1), "1");
  EXPECT_EQ(shortest_number(4.5), "4.5");
  EXPECT_EQ(shortest_number(0.001), "0.001");
  EXPECT_EQ(shortest_number(0.1 + 0.2), "0.30000000000000004");
}

}  // namespace
}  // namespace pumice
