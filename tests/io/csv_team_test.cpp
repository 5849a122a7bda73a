/// The passes of csv_team.hpp against PlainParser, whose grammar they share but for what is read singly.
#include "io/csv_team.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_team_agree.hpp"
#include "io/csv_text.hpp"
#include "support/team_text.hpp"

namespace pumice::io {
namespace {

using test::OnThreads;
using test::parse_by_teams;
using test::targets_of;
using test::TeamParsed;
using testing::ElementsAre;
using namespace std::string_literals;

constexpr std::int16_t kNone = kMissing<std::int16_t>;

/// Rows of three cells, of which that at `place` of nine is `cell`.
std::string rows_with(const std::string& cell, int place) {
  std::vector<std::string> cells{"1", "22", "-3.0", "", "555", "6666.0", "-7", "88", ""};
  cells[static_cast<std::size_t>(place)] = cell;
  std::string text = "7,8,9\n";
  for (std::size_t c = 0; c < cells.size(); ++c) {
    text += cells[c] + (c % 3 == 2 ? "\n" : ",");
  }
  return text;
}

TEST(TeamParser, ReadsPlainIntegers) {
  const TeamParsed parsed =
      parse_by_teams("260.0,-32767.0,0.0\n,7,-0.0\r\n-1,,32767.000\n5.,00012,-000.\n", targets_of(3));
  ASSERT_EQ(parsed.refusal.status, TextStatus::kTaken);
  EXPECT_EQ(parsed.rows, 4);
  EXPECT_THAT(parsed.samples<std::int16_t>(0), ElementsAre(260, kNone, -1, 5));
  EXPECT_THAT(parsed.samples<std::int16_t>(1), ElementsAre(-32767, 7, kNone, 12));
  EXPECT_THAT(parsed.samples<std::int16_t>(2), ElementsAre(0, 0, 32767, 0));
}

TEST(TeamParser, ReadsEveryValueThatItPromises) {
  std::string text;
  for (int value = -32767; value <= 32767; ++value) {
    text += std::to_string(value) + ".0\t" + std::to_string(value) + "\n";
  }
  const TeamParsed parsed = parse_by_teams(text, targets_of(2), {.delimiter = '\t'});
  ASSERT_EQ(parsed.refusal.status, TextStatus::kTaken);
  ASSERT_EQ(parsed.rows, 65535);
  ASSERT_EQ(parsed.way, TextWay::kIntegers);
  ASSERT_EQ(parsed.view(0).type, SampleType::kInt16);
  ASSERT_EQ(parsed.view(1).type, SampleType::kInt16);
  for (int i = 0; i < 65535; ++i) {
    ASSERT_EQ(parsed.view(0).as<std::int16_t>()[i], i - 32767);
    ASSERT_EQ(parsed.view(1).as<std::int16_t>()[i], i - 32767);
  }
}

TEST(TeamParser, SaysWhatWasRefusedFirstAndWhere) {
  const auto refusal = [](std::string_view text, std::size_t columns, std::int64_t room = 1000) {
    return parse_by_teams(text, targets_of(columns), {.room = room}).refusal;
  };
  EXPECT_EQ(refusal("1,2\n3,x\n5,y\n", 2).status, TextStatus::kCell);
  EXPECT_EQ(refusal("1,2\n3,x\n5,y\n", 2).at, 6);
  EXPECT_EQ(refusal("1,2\n3\n5,6,7\n", 2).status, TextStatus::kRow);
  EXPECT_EQ(refusal("1,2\n3\n5,6,7\n", 2).at, 4);
  EXPECT_EQ(refusal("1,2\n3\n", 2).status, TextStatus::kRow);
  EXPECT_EQ(refusal("1,2\n3\n", 2).at, 6);
  EXPECT_EQ(refusal("1,2\n3,4\n", 2, 1).status, TextStatus::kRoom);
  EXPECT_EQ(refusal("1,2\n3,4\n", 2, 2).status, TextStatus::kTaken);
}

TEST(TeamParser, RefusesWhatIsNotPlainWhereverItStands) {
  int tried = 0;
  for (const std::string& cell : {"."s,
                                  "-"s,
                                  "--5"s,
                                  "-."s,
                                  "5-"s,
                                  "+1"s,
                                  " 1"s,
                                  "1 "s,
                                  "\"1\""s,
                                  "1e40"s,
                                  "nan"s,
                                  "1.0x"s,
                                  "\t"s,
                                  "\x80"s,
                                  "1\r"s,
                                  "\r1"s,
                                  "\r"s,
                                  "\0"s,
                                  "1\0"s,
                                  "\0001"s,
                                  "1.0.0"s,
                                  "\r\r"s,
                                  "1\r\r"s,
                                  "1.5x"s,
                                  "99999999999999999999"s,
                                  "00000000000000000001x"s,
                                  "1:"s,
                                  "1/"s,
                                  "0.0000000000000000000000000001"s}) {
    for (int place = 0; place < 9; ++place) {
      const std::string text = rows_with(cell, place);
      ASSERT_TRUE(agree(text, 3)) << testing::PrintToString(text);
      const bool returns_end_row = place % 3 == 2 && (cell == "1\r" || cell == "\r");
      ASSERT_EQ(parse_by_teams(text, targets_of(3)).refusal.status,
                returns_end_row ? TextStatus::kTaken : TextStatus::kCell)
          << testing::PrintToString(text);
      ++tried;
    }
  }
  EXPECT_EQ(tried, 29 * 9);
}

TEST(TeamParser, ReadsDecimalsWhereverTheyStand) {
  for (const std::string& cell :
       {"1.5"s, "32768"s, "-32768"s, "100000"s, "99999999"s, "4294967296"s, ".5"s, ".0"s, "-.0"s, "-.25"s, "16777216"s,
        "-16777217"s, "9007199254740993"s, "1e-05"s, "-2.5E+3"s, "0e0"s, "0.1234567890123456789"s}) {
    for (int place = 0; place < 9; ++place) {
      const std::string text = rows_with(cell, place);
      ASSERT_TRUE(agree(text, 3)) << text;
      const TeamParsed parsed = parse_by_teams(text, targets_of(3));
      ASSERT_EQ(parsed.refusal.status, TextStatus::kTaken) << text;
      ASSERT_EQ(parsed.way, TextWay::kDecimals) << text;
    }
  }
}

TEST(TeamParser, GivesEachColumnTheNarrowestType) {
  const TeamParsed parsed = parse_by_teams(
      "1,32768,0.5,,16777216,16777217,-32768,-0.0,1e0\n"
      "-2.0,,,,-16777216,3,7.000,5,x\n",
      targets_of(9, {false, false, false, false, false, false, false, false, true}));
  ASSERT_EQ(parsed.refusal.status, TextStatus::kTaken);
  EXPECT_THAT(parsed.samples<std::int16_t>(0), ElementsAre(1, -2));
  EXPECT_THAT(parsed.samples<std::int32_t>(1), ElementsAre(32768, kMissing<std::int32_t>));
  EXPECT_THAT(parsed.samples<double>(2), ElementsAre(0.5, testing::IsNan()));
  EXPECT_THAT(parsed.samples<std::int16_t>(3), ElementsAre(kNone, kNone));
  EXPECT_THAT(parsed.samples<std::int32_t>(4), ElementsAre(16777216, -16777216));
  EXPECT_THAT(parsed.samples<double>(5), ElementsAre(16777217, 3));
  EXPECT_THAT(parsed.samples<std::int32_t>(6), ElementsAre(-32768, 7));
  EXPECT_THAT(parsed.samples<std::int16_t>(7), ElementsAre(0, 5));
}

TEST(TeamParser, AgreesOnEveryLengthRoundATilesEdge) {
  Random random(5);
  std::vector<std::size_t> sizes{1, 2, 31, 32, 33, 127, 128, 129, 1000, 1009};
  for (std::size_t tiles = 1; tiles <= 3; ++tiles) {
    for (std::size_t around = 0; around <= 20; ++around) {
      sizes.push_back(tiles * kTextTileBytes + around - 10);
    }
  }
  const std::string long_text = random.rows(5000, 3, "\n", ',');
  for (const std::size_t size : sizes) {
    for (const std::size_t shift : {0, 1, 5, 7}) {
      // As many whole rows as fit, then cells that fill the text up.
      std::string text = long_text.substr(0, size);
      text.resize(text.find_last_of('\n') == std::string::npos ? 0 : text.find_last_of('\n') + 1);
      const std::size_t rest = size - text.size();
      if (rest >= 3) {
        text += std::string(rest - 3, '0') + ",,\n";
      } else {
        text += std::string(rest, '\n');
      }
      ASSERT_EQ(text.size(), size);
      ASSERT_TRUE(agree(text, 3, {.shift = shift})) << size << " bytes, shift " << shift;
    }
  }
}

TEST(TeamParser, TakesCellsThatCrossTilesWhateverTheyAre) {
  for (const std::string& cell : {"-12345.0"s, "7"s, ""s, "-32767.000000"s, "0000000000000000000000000000012"s, "-0.5"s,
                                  "12345678.123456789"s, "000000000000000000000000000.00012"s}) {
    for (const std::string& line_end : {"\n"s, "\r\n"s}) {
      for (std::size_t at = kTextTileBytes - 45; at <= kTextTileBytes + 3; ++at) {
        // The first row is so long that the cell begins at `at`.
        std::string text = "1," + std::string(at - 2 - line_end.size(), '0') + line_end;
        ASSERT_EQ(text.size(), at);
        for (int row = 0; row < 12; ++row) {
          text += cell + "," + cell + line_end;
        }
        ASSERT_TRUE(agree(text, 2)) << cell << " at " << at;
        ASSERT_EQ(parse_by_teams(text, targets_of(2)).refusal.status, TextStatus::kTaken);
      }
    }
  }
}

TEST(TeamParser, TakesCellsOfSeveralTilesUpToALongestOne) {
  for (const std::size_t size : {std::size_t{4095}, std::size_t{4096}, std::size_t{9000}, std::size_t{16383}}) {
    const std::string text = "1,2\n" + std::string(size - 1, '0') + "7,8\n3,4\n";
    const TeamParsed parsed = parse_by_teams(text, targets_of(2));
    ASSERT_EQ(parsed.refusal.status, TextStatus::kTaken) << size;
    EXPECT_THAT(parsed.samples<std::int16_t>(0), ElementsAre(1, 7, 3));
    ASSERT_TRUE(agree(text, 2));
  }
  const std::string text = "1,2\n" + std::string(16383, '0') + "7,8\n";
  EXPECT_EQ(parse_by_teams(text, targets_of(2)).refusal.status, TextStatus::kCell);
  EXPECT_EQ(parse_by_teams(text, targets_of(2)).refusal.at, 4);
}

TEST(TeamParser, TakesRowsOfEmptyCells) {
  for (const std::size_t columns : {std::size_t{1}, std::size_t{2}, std::size_t{10}, std::size_t{33}}) {
    for (const std::string& line_end : {"\n"s, "\r\n"s}) {
      std::string text;
      for (int row = 0; row < 900; ++row) {
        text += std::string(columns - 1, ',') + line_end;
      }
      ASSERT_TRUE(agree(text, columns)) << columns;
      const TeamParsed parsed = parse_by_teams(text, targets_of(columns));
      ASSERT_EQ(parsed.rows, 900);
      EXPECT_EQ(parsed.facts.back().missing, 900);
      EXPECT_EQ(parsed.facts.back().longest_gap, 900);
      EXPECT_GT(parsed.facts.back().low, parsed.facts.back().high);
    }
  }
}

TEST(TeamParser, AgreesOnRandomTexts) {
  int taken = 0;
  int decimals = 0;
  for (unsigned seed = 0; seed < 1200; ++seed) {
    Random random(seed);
    random.decimals = seed % 2 == 0 ? 0 : 1 << random.below(5);
    const int columns = seed % 7 == 0 ? 1 + random.below(700) : 1 + random.below(14);
    const char delimiter = ",;\t|"[seed % 4];
    std::string text = random.rows(1 + random.below(20000 / (6 * columns) + 2), columns,
                                   random.below(2) == 0 ? "\n" : "\r\n", delimiter);
    // Some are damaged.
    constexpr std::string_view kAlphabet("0123456789..--,,;\n\r\t \"e\0\x80\xff", 24);
    const int damages = seed % 3 == 0 ? 1 + random.below(3) : 0;
    for (int damage = 0; damage < damages; ++damage) {
      const auto at = static_cast<std::size_t>(random.below(static_cast<int>(text.size() - 1)));
      const char c = kAlphabet[static_cast<std::size_t>(random.below(static_cast<int>(kAlphabet.size())))];
      switch (random.below(3)) {
        case 0:
          text.insert(at, 1, c);
          break;
        case 1:
          text.erase(at, 1);
          break;
        default:
          text[at] = c;
      }
    }
    std::vector<bool> passed_over;
    for (int c = 0; seed % 5 == 0 && c + 1 < columns; ++c) {
      passed_over.push_back(random.below(3) == 0);
    }
    const test::TeamTextLayout layout{
        .delimiter = delimiter, .shift = seed % 8, .padding = "0,\n-.\"\xff "[random.below(8)]};
    ASSERT_TRUE(agree(text, static_cast<std::size_t>(columns), layout, passed_over)) << "seed " << seed;
    const TeamParsed parsed = parse_by_teams(text, targets_of(static_cast<std::size_t>(columns), passed_over), layout);
    const bool is_taken = parsed.refusal.status == TextStatus::kTaken;
    taken += is_taken ? 1 : 0;
    decimals += is_taken && parsed.way == TextWay::kDecimals ? 1 : 0;
  }
  EXPECT_GT(taken, 500);
  EXPECT_LT(taken, 1100);
  EXPECT_GT(decimals, 150);
}

TEST(TeamParser, PassesOverWhatIsPrintable) {
  const std::vector<bool> passed_over{true, false, true};
  for (const std::string& cell :
       {"text"s, " ~"s, "2024-01-01 00:00"s, ""s, "caf\xc3\xa9"s, "a\tb"s, "\""s, "\x7f"s, "\x1f"s}) {
    for (const char* line_end : {"\n", "\r\n"}) {
      const std::string text = cell + ",1," + cell + line_end + "x,2,y" + line_end;
      ASSERT_TRUE(agree(text, 3, {}, passed_over)) << testing::PrintToString(text);
    }
  }
  EXPECT_THAT(parse_by_teams("abc,5,\nd,-6,e\n", targets_of(3, passed_over)).samples<std::int16_t>(0),
              ElementsAre(5, -6));
}

/// Lanes that really run at once; under the thread sanitizer a barrier that is missing is a race.
TEST(TeamParser, AgreesOnLanesThatRunAtOnce) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    Random random(seed);
    random.decimals = seed % 3 == 0 ? 0 : 4;
    const int columns = 1 + random.below(11);
    const std::string text = random.rows(30000 / (6 * columns), columns, seed % 2 == 0 ? "\n" : "\r\n", ',');
    for (const int threads : {1, 3, 4}) {
      ASSERT_TRUE(agree(text, static_cast<std::size_t>(columns), {.shift = seed % 8, .fill = GapFill::kNone}, {},
                        OnThreads{threads}))
          << "seed " << seed;
    }
    const TeamParsed serial = parse_by_teams(text, targets_of(static_cast<std::size_t>(columns)));
    const TeamParsed parallel = parse_by_teams(text, targets_of(static_cast<std::size_t>(columns)), {}, OnThreads{4});
    for (std::size_t c = 0; c < serial.facts.size(); ++c) {
      EXPECT_EQ(serial.facts[c].missing, parallel.facts[c].missing);
      EXPECT_EQ(serial.facts[c].longest_gap, parallel.facts[c].longest_gap);
      EXPECT_EQ(serial.facts[c].low, parallel.facts[c].low);
      EXPECT_EQ(serial.facts[c].high, parallel.facts[c].high);
    }
  }
}

TEST(TeamParser, FindsExtremesAndGapsAsALoopDoes) {
  int taken = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    Random random(seed);
    random.decimals = seed % 2 == 0 ? 0 : 2;
    const std::string text = random.rows(1 + random.below(3000), 2, "\n", ',');
    const TeamParsed parsed = parse_by_teams(text, targets_of(2));
    if (parsed.refusal.status != TextStatus::kTaken) {
      continue;
    }
    ++taken;
    for (std::size_t c = 0; c < 2; ++c) {
      ColumnFacts expected;
      std::int64_t gap = 0;
      for (const double value : values_of(parsed.view(c))) {
        gap = std::isnan(value) ? gap + 1 : 0;
        expected.longest_gap = std::max(expected.longest_gap, gap);
        expected.missing += std::isnan(value) ? 1 : 0;
        expected.low = std::isnan(value) ? expected.low : std::min(expected.low, value);
        expected.high = std::isnan(value) ? expected.high : std::max(expected.high, value);
        expected.has_fractions |= std::trunc(value) != value && !std::isnan(value);
      }
      EXPECT_EQ(parsed.facts[c].missing, expected.missing) << "seed " << seed;
      EXPECT_EQ(parsed.facts[c].longest_gap, expected.longest_gap) << "seed " << seed;
      EXPECT_EQ(parsed.facts[c].low, expected.low);
      EXPECT_EQ(parsed.facts[c].high, expected.high);
      EXPECT_EQ(parsed.facts[c].has_fractions, expected.has_fractions);
    }
  }
  EXPECT_GT(taken, 35);
}

TEST(TeamParser, FillsGapsAsItIsTold) {
  const std::string text = "1,,3.5,70000\n,,4,\n5,,,-70000\n";
  const double none = kMissing<double>;
  const auto filled = [&](GapFill fill, std::size_t column) {
    return values_of(parse_by_teams(text, targets_of(4), {.fill = fill}).view(column));
  };
  const auto expect = [&](GapFill fill, const std::vector<std::vector<double>>& columns) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      EXPECT_TRUE(same_values(filled(fill, c), columns[c])) << static_cast<int>(fill) << ", column " << c;
    }
  };
  expect(GapFill::kNone, {{1, none, 5}, {none, none, none}, {3.5, 4, none}, {70000, none, -70000}});
  expect(GapFill::kZero, {{1, 0, 5}, {0, 0, 0}, {3.5, 4, 0}, {70000, 0, -70000}});
  expect(GapFill::kForward, {{1, 1, 5}, {0, 0, 0}, {3.5, 4, 4}, {70000, 70000, -70000}});
  for (const GapFill fill : {GapFill::kLine, GapFill::kLeftOut}) {
    const TeamParsed parsed = parse_by_teams(text, targets_of(4), {.fill = fill});
    const auto lines = [&](std::size_t c) {
      return std::vector<double>(parsed.column(c).doubles, parsed.column(c).doubles + 3);
    };
    EXPECT_THAT(lines(0), ElementsAre(1, 3, 5));
    EXPECT_THAT(lines(2), ElementsAre(3.5, 4, 4));
    EXPECT_THAT(lines(3), ElementsAre(70000, 0, -70000));
    EXPECT_THAT(parsed.samples<std::int16_t>(1), ElementsAre(kNone, kNone, kNone));
    EXPECT_EQ(parsed.facts[0].missing, 1);
  }
  const TeamParsed left_out = parse_by_teams(text, targets_of(4), {.fill = GapFill::kLeftOut});
  const auto* const integers = static_cast<const std::int16_t*>(left_out.column(0).values);
  EXPECT_THAT(std::vector<std::int16_t>(integers, integers + 2), ElementsAre(1, 5));
  const auto* const decimals = static_cast<const double*>(left_out.column(2).values);
  EXPECT_THAT(std::vector<double>(decimals, decimals + 2), ElementsAre(3.5, 4));
  const auto* const large = static_cast<const std::int32_t*>(left_out.column(3).values);
  EXPECT_THAT(std::vector<std::int32_t>(large, large + 2), ElementsAre(70000, -70000));
}

}  // namespace
}  // namespace pumice::io
