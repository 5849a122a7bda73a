#include "core/parsed_columns.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/prepared.hpp"
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

struct Case {
  std::string name;
  std::vector<std::string> cells;
};

/// Cells of some kind, of which some are missing, in runs of random lengths.
Case random_case(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  const int kind = below(3);
  const int dense = 1 + below(8);
  Case test{.name = "seed " + std::to_string(seed), .cells = {}};
  const int count = 1 + below(seed % 2 == 0 ? 300 : 5000);
  while (static_cast<int>(test.cells.size()) < count) {
    for (int run = below(dense == 1 ? 2 : 400 / dense); run > 0; --run) {
      const int value = below(30000) - 15000;
      test.cells.push_back(kind == 0   ? std::to_string(value)
                           : kind == 1 ? std::to_string(1000 * value)
                                       : std::to_string(value / 7.0));
    }
    test.cells.insert(test.cells.end(), static_cast<std::size_t>(below(below(20) == 0 ? 900 : 4)), "");
  }
  return test;
}

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
                               {"gaps in decimals", {"", "5.5", "", "", "-8", "9", ""}},
                               {"gaps in large ones", {"", "500000", "", "", "-8", "9", ""}},
                               {"gaps", {"", "5", "", "", "-8", "9"}},
                               {"gaps below zero", {"-5", "", "-8"}},
                               {"gaps at both ends", {"", "", "-8.25", "", ""}},
                               {"gaps in a constant", {"4", "", "4"}}};

TEST(ParsedColumns, AreWhatThePreparerMakesOfThemUnderEveryPolicy) {
  for (const MissingPolicy policy : {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                     MissingPolicy::kInterpolate, MissingPolicy::kNan}) {
    std::vector<Case> cases = kCases;
    for (unsigned seed = 0; seed < 60; ++seed) {
      cases.push_back(random_case(seed));
    }
    for (const Case& test : cases) {
      SCOPED_TRACE(std::string(to_text(policy)) + ", " + test.name);
      const std::vector<std::int32_t> target{0};
      const auto read = test::parse_by_teams(text_of(test.cells), target);
      ASSERT_EQ(read.refusal.status, io::TextStatus::kTaken);
      Plan plan;
      plan.channels = {"c"};
      plan.missing = policy;
      const std::vector<ColumnView> columns{read.view(0)};
      Preparer preparer;
      const PreparedChannel expected = preparer.prepare(plan, columns).channels[0];

      for (const io::TextWay way : {io::TextWay::kIntegers, io::TextWay::kDecimals}) {
        const auto parsed = test::parse_by_teams(text_of(test.cells), target, {.fill = gap_fill(policy), .way = way});
        ASSERT_EQ(parsed.refusal.status, io::TextStatus::kTaken);
        test::expect_same_channel(prepare_parsed(policy, parsed.column(0), parsed.facts[0]), expected);
      }
      constexpr std::size_t kOnThreads = 300;  // samples: barriers take their time
      if (test.cells.size() <= kOnThreads) {
        const auto by_threads =
            test::parse_by_teams(text_of(test.cells), target, {.fill = gap_fill(policy)}, test::OnThreads{3});
        test::expect_same_channel(prepare_parsed(policy, by_threads.column(0), by_threads.facts[0]), expected);
      }
    }
  }
}

}  // namespace
}  // namespace pumice
