#include "core/parsed_columns.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "support/team_text.hpp"

namespace pumice {
namespace {

/// One channel, one sample a row; empty ones are missing.
std::string text_of(const std::vector<std::string>& cells) {
  std::string text;
  for (const std::string& cell : cells) {
    text += cell + "\n";
  }
  return text;
}

bool same_samples(const ColumnView& a, const ColumnView& b) {
  return a.n == b.n &&
         (a.n == 0 ||
          (a.type == b.type && std::memcmp(a.data, b.data, static_cast<std::size_t>(a.n) * sample_size(a.type)) == 0));
}

struct Case {
  std::string name;
  std::vector<std::string> cells;
  bool has_gaps_between = false;
};

const std::vector<Case> kCases{{"no gap", {"5", "-3", "260", "0"}},
                               {"constant", {"7", "7", "7"}},
                               {"constant zeros", {"0", "0"}},
                               {"one sample", {"-32767"}},
                               {"nothing", {"", "", "", ""}},
                               {"one missing", {""}},
                               {"decimals", {"5.5", "-3", "0.0001"}},
                               {"a constant decimal", {"0.25", "0.25"}},
                               {"large", {"5", "-70000", "16777216"}},
                               {"larger", {"5", "-70000", "16777217"}},
                               {"gaps in decimals", {"", "5.5", "", "", "-8", "9", ""}, true},
                               {"gaps in large ones", {"", "500000", "", "", "-8", "9", ""}, true},
                               {"gaps", {"", "5", "", "", "-8", "9"}, true},
                               {"gaps below zero", {"-5", "", "-8"}, true},
                               {"gaps in a constant", {"4", "", "4"}, true}};

TEST(ParsedColumns, AreWhatThePreparerMakesOfThemUnderEveryPolicy) {
  for (const MissingPolicy policy : {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                     MissingPolicy::kInterpolate, MissingPolicy::kNan}) {
    for (const Case& test : kCases) {
      SCOPED_TRACE(std::string(to_text(policy)) + ", " + test.name);
      const std::vector<std::int32_t> target{0};
      const auto read = test::parse_by_teams(text_of(test.cells), target);
      const auto filled = test::parse_by_teams(text_of(test.cells), target, {.fill = gap_fill(policy)});
      ASSERT_EQ(read.refusal.status, io::TextStatus::kTaken);

      Plan plan;
      plan.channels = {"c"};
      plan.missing = policy;
      const std::vector<ColumnView> columns{read.view(0)};
      Preparer preparer;
      const PreparedChannel expected = preparer.prepare(plan, columns).channels[0];

      const auto channel = prepare_parsed(policy, filled.column(0), filled.facts[0]);
      const bool needs_host =
          policy == MissingPolicy::kSkip || policy == MissingPolicy::kFfill || policy == MissingPolicy::kInterpolate;
      ASSERT_EQ(channel.has_value(), !(test.has_gaps_between && needs_host));
      if (!channel) {
        continue;
      }
      EXPECT_EQ(channel->intake.n, expected.intake.n);
      EXPECT_EQ(channel->intake.n_valid, expected.intake.n_valid);
      EXPECT_EQ(channel->intake.longest_gap, expected.intake.longest_gap);
      EXPECT_EQ(channel->intake.is_constant, expected.intake.is_constant);
      EXPECT_TRUE(same_samples(channel->valid, expected.valid));
      EXPECT_TRUE(same_samples(channel->time_axis, expected.time_axis));
      EXPECT_EQ(channel->raw.n, expected.raw.n);
      EXPECT_EQ(channel->low, expected.low);
      EXPECT_EQ(channel->high, expected.high);
    }
  }
}

}  // namespace
}  // namespace pumice
