#include "io/csv_fast.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "io/csv_plain_text.hpp"
#include "pumice/samples.hpp"

namespace pumice::io {
namespace {

using testing::ElementsAre;

constexpr std::int16_t kNone = kMissing<std::int16_t>;

/// Every test of it runs on every target that the machine has.
class FastPath : public testing::TestWithParam<std::int64_t> {
 protected:
  Parsed<std::int16_t> parse(std::string_view text, std::size_t columns, char delimiter = ',',
                             const std::vector<bool>& passed_over = {}, char padding = '\0') {
    return parse_plain(parser_, text, columns, GetParam(), delimiter, passed_over, padding);
  }

  PlainParser<std::int16_t> parser_;
};

INSTANTIATE_TEST_SUITE_P(Targets, FastPath, testing::ValuesIn(single_targets()));

/// The definition of a plain cell, as slow and obvious as it can be.
std::optional<std::int16_t> slow_cell(std::string_view cell) {
  if (cell.empty()) {
    return kNone;
  }
  std::string text(cell);
  const bool negative = text.front() == '-';
  text.erase(0, negative ? 1 : 0);
  const std::size_t point = text.find('.');
  const std::string whole = text.substr(0, point);
  const std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
  if (whole.empty() || whole.find_first_not_of("0123456789") != std::string::npos ||
      fraction.find_first_not_of('0') != std::string::npos) {
    return {};
  }
  const std::string digits = whole.substr(std::min(whole.find_first_not_of('0'), whole.size() - 1));
  if (digits.size() > 5 || std::stoi(digits) > 32767) {
    return {};
  }
  return static_cast<std::int16_t>(negative ? -std::stoi(digits) : std::stoi(digits));
}

/// Parses a plain text byte by byte.
Parsed<std::int16_t> parse_slowly(std::string_view text, std::size_t columns, char delimiter) {
  Parsed<std::int16_t> result{true, 0, std::vector<std::vector<std::int16_t>>(columns)};
  while (!text.empty()) {
    const std::size_t feed = text.find('\n');
    if (feed == std::string_view::npos) {
      return {};
    }
    std::string_view line = text.substr(0, feed);
    text.remove_prefix(feed + 1);
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t end = line.find(delimiter);
      const auto value = slow_cell(line.substr(0, end));
      if (!value || (end == std::string_view::npos) != (c + 1 == columns)) {
        return {};
      }
      result.columns[c].push_back(*value);
      line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    }
    ++result.rows;
  }
  return result;
}

TEST_P(FastPath, ReadsPlainIntegers) {
  const auto parsed = parse("260.0,-32767.0,0.0\n,7,-0.0\n-1,,32767.000\n5.,00012,-000.\n", 3);
  ASSERT_TRUE(parsed.taken);
  EXPECT_EQ(parsed.rows, 4);
  EXPECT_THAT(parsed.columns[0], ElementsAre(260, kNone, -1, 5));
  EXPECT_THAT(parsed.columns[1], ElementsAre(-32767, 7, kNone, 12));
  EXPECT_THAT(parsed.columns[2], ElementsAre(0, 0, 32767, 0));
}

TEST_P(FastPath, ReadsEveryValueThatItPromises) {
  std::string text;
  for (int value = -32767; value <= 32767; ++value) {
    text += std::to_string(value) + ".0," + std::to_string(value) + "\r\n";
  }
  const auto parsed = parse(text, 2);
  ASSERT_TRUE(parsed.taken);
  ASSERT_EQ(parsed.rows, 65535);
  for (int i = 0; i < 65535; ++i) {
    ASSERT_EQ(parsed.columns[0][static_cast<std::size_t>(i)], i - 32767);
    ASSERT_EQ(parsed.columns[1][static_cast<std::size_t>(i)], i - 32767);
  }
}

TEST_P(FastPath, RefusesWhatIsNotPlainWhereverItStands) {
  const std::string nul(1, '\0');
  for (const std::string& cell : {std::string("1.5"),
                                  std::string("32768"),
                                  std::string("-32768"),
                                  std::string("100000"),
                                  std::string("65536"),
                                  std::string("99999999"),
                                  std::string("16777216"),
                                  std::string(".5"),
                                  std::string(".0"),
                                  std::string("."),
                                  std::string("-"),
                                  std::string("--5"),
                                  std::string("-.0"),
                                  std::string("-."),
                                  std::string("5-"),
                                  std::string("+1"),
                                  std::string(" 1"),
                                  std::string("1 "),
                                  std::string("\"1\""),
                                  std::string("1e3"),
                                  std::string("nan"),
                                  std::string("1.0x"),
                                  std::string("1.00000001"),
                                  std::string("1.0.0"),
                                  std::string("\t"),
                                  std::string("\x80"),
                                  std::string("1\r"),
                                  std::string("\r1"),
                                  std::string("\r"),
                                  nul,
                                  "1" + nul,
                                  nul + "1",
                                  "1" + nul + "2",
                                  nul + ".0",
                                  std::string("\xff\xff"),
                                  std::string("1:0"),
                                  std::string("1/0"),
                                  std::string(300, '1'),
                                  std::string(17000, '1')}) {
    for (int place = 0; place < 60; ++place) {
      std::string text;
      for (int i = 0; i < 60; ++i) {
        text += (i == place ? cell : std::to_string(i)) + (i % 3 == 2 ? "\n" : ",");
      }
      if (place % 3 == 2 && cell == "\r") {
        EXPECT_TRUE(parse(text, 3).taken) << "an empty cell before CRLF";
      } else if (place % 3 == 2 && cell == "1\r") {
        EXPECT_TRUE(parse(text, 3).taken) << "1 before CRLF";
      } else {
        EXPECT_FALSE(parse(text, 3).taken) << testing::PrintToString(cell) << " at " << place;
      }
    }
  }
}

TEST_P(FastPath, RefusesRowsOfAnotherLength) {
  EXPECT_TRUE(parse("1,2\n3,4\n", 2).taken);
  for (const char* text :
       {"1,2\n3\n", "1,2\n3,4,5\n", "1,2\n\n", "1\n2,3\n4\n", "1,2,3\n4\n", "1\n2\n", "\n", ",,\n"}) {
    EXPECT_FALSE(parse(text, 2).taken) << text;
  }
}

TEST_P(FastPath, TakesABlankLineOfOneColumnAsMissing) {
  EXPECT_THAT(parse("1\n\n3\r\n\r\n\n5\n", 1).columns[0], ElementsAre(1, kNone, 3, kNone, kNone, 5));
}

TEST_P(FastPath, ReadsRowsOfNothingButEmptyCells) {
  for (std::size_t columns : {1u, 2u, 10u, 40u, 70u, 1000u}) {
    std::string text;
    for (int row = 0; row < 100; ++row) {
      text += std::string(columns - 1, ',') + "\n";
    }
    const auto parsed = parse(text, columns);
    ASSERT_TRUE(parsed.taken) << columns;
    EXPECT_EQ(parsed, parse_slowly(text, columns, ',')) << columns;
  }
}

TEST_P(FastPath, PassesOverColumnsThatAreNotWanted) {
  const auto parsed = parse("2020-01-01 00:00:00;5;x\n;6;\n", 3, ';', {true, false, true});
  ASSERT_TRUE(parsed.taken);
  EXPECT_THAT(parsed.columns[0], ElementsAre(5, 6));
  for (const std::string& cell : {std::string("\"a\""), std::string("a\r"), std::string("a\x7f"), std::string("\x1f"),
                                  std::string("abcdefgh\tijk"), std::string(1, '\0'), std::string("\xc3\xa4")}) {
    EXPECT_FALSE(parse("1;5;1\n" + cell + ";5;1\n", 3, ';', {true, false, false}).taken) << cell;
  }
  EXPECT_TRUE(parse("1;5;a ~!#\r\n", 3, ';', {true, false, true}).taken);
}

TEST_P(FastPath, PassesOverLongCellsBetweenThoseThatAreWanted) {
  std::string text;
  std::vector<std::int16_t> expected;
  for (int row = 0; row < 2000; ++row) {
    text += std::string(static_cast<std::size_t>(row % 300), 'x') + "," + std::to_string(row) + ",-7.0,time\r\n";
    expected.push_back(static_cast<std::int16_t>(row));
  }
  const auto parsed = parse(text, 4, ',', {true, false, false, true});
  ASSERT_TRUE(parsed.taken);
  EXPECT_EQ(parsed.columns[0], expected);
  EXPECT_EQ(parsed.columns[1], std::vector<std::int16_t>(2000, -7));
}

/// A text of `rows` x `columns` plain cells.
std::string random_text(std::mt19937& random, std::size_t columns, int rows, char delimiter, int kind) {
  std::string text;
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int row = 0; row < rows; ++row) {
    for (std::size_t c = 0; c < columns; ++c) {
      text += c == 0 ? "" : std::string(1, delimiter);
      const int size = below(6);
      if (kind == 3 || (kind != 1 && size == 0)) {
        continue;
      }
      const int values[] = {1, 10, 100, 1000, 10000, 32768};
      text += below(2) == 0 ? "-" : "";
      text += std::to_string(below(values[size]));
      text += kind == 1 || (kind == 0 && below(2) == 0) ? ".0" : "";
      text += kind == 2 && below(50) == 0 ? ".000" : "";
    }
    text += (kind == 2 && below(2) == 0) || kind == 0 ? "\r\n" : "\n";
  }
  return text;
}

TEST_P(FastPath, ReadsAnyNumberOfColumnsAsTheSlowReaderDoes) {
  std::mt19937 random(7);
  std::vector<std::size_t> widths{1000, 5000};
  for (std::size_t columns = 1; columns <= 70; ++columns) {
    widths.push_back(columns);
  }
  for (const std::size_t columns : widths) {
    for (int kind = 0; kind < 4; ++kind) {
      const char delimiter = ",;\t|"[random() % 4];
      const int rows = 1 + static_cast<int>(random() % (columns > 70 ? 70 : 500));
      const std::string text = random_text(random, columns, rows, delimiter, kind);
      const auto parsed = parse(text, columns, delimiter);
      ASSERT_TRUE(parsed.taken) << columns << " columns, kind " << kind;
      ASSERT_EQ(parsed, parse_slowly(text, columns, delimiter)) << columns << " columns, kind " << kind;
    }
  }
}

TEST_P(FastPath, GrowsWhereTheFirstRowsAreTheLongest) {
  std::string text;
  for (int row = 0; row < 10000; ++row) {
    text += "-32767.0,-10000.0\n";
  }
  for (int row = 0; row < 200000; ++row) {
    text += row % 3 == 0 ? "1,\n" : ",2\n";
  }
  const auto parsed = parse(text, 2);
  ASSERT_TRUE(parsed.taken);
  ASSERT_EQ(parsed, parse_slowly(text, 2, ','));
}

TEST_P(FastPath, TreatsEveryDamagedByteAsTheSlowReaderDoes) {
  std::mt19937 random(3);
  int taken = 0;
  for (int kind = 0; kind < 3; ++kind) {
    std::string text = random_text(random, 3, 5, ',', kind);
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
      char& damaged = text[at];
      const char whole = damaged;
      for (int byte = 0; byte < 256; ++byte) {
        damaged = static_cast<char>(byte);
        const auto parsed = parse(text, 3);
        ASSERT_EQ(parsed, parse_slowly(text, 3, ',')) << text;
        taken += parsed.taken ? 1 : 0;
      }
      damaged = whole;
    }
  }
  EXPECT_GT(taken, 1000);
}

TEST_P(FastPath, TreatsEveryTruncationAsTheSlowReaderDoes) {
  std::mt19937 random(4);
  for (int kind = 0; kind < 4; ++kind) {
    const std::string text = random_text(random, 3, 40, ',', kind);
    for (std::size_t size = 0; size < text.size(); ++size) {
      const std::string cut = text.substr(0, size) + "\n";
      ASSERT_EQ(parse(cut, 3), parse_slowly(cut, 3, ',')) << cut;
    }
  }
}

TEST_P(FastPath, ReadsCellsAcrossTheBordersOfTiles) {
  // Rows of 7 and 12 bytes move against tiles of a power of two.
  for (const char* row : {"123,-4\n", "-32767.0,-1\n", "9,1\n", "12345.0,\r\n"}) {
    std::string text;
    while (text.size() < 200000) {
      text += row;
    }
    const auto parsed = parse(text, 2);
    ASSERT_TRUE(parsed.taken);
    ASSERT_EQ(parsed, parse_slowly(text, 2, ','));
  }
}

TEST_P(FastPath, DoesNotDependOnWhatStandsRoundTheText) {
  const std::string text = "1,2.0,3\n,,\n-4,5,\n7,,9.0\n";
  const auto expected = parse_slowly(text, 3, ',');
  for (const char padding : {'0', '.', '-', ',', '\n', '\r', '\xff'}) {
    EXPECT_EQ(parse(text, 3, ',', {}, padding), expected) << padding;
    EXPECT_EQ(parse("\n\n5\n", 1, ',', {}, padding), parse_slowly("\n\n5\n", 1, ',')) << padding;
  }
}

TEST_P(FastPath, ReadsNothingBeyondThePadding) {
  const GuardedText guarded;
  std::mt19937 random(5);
  for (std::size_t columns = 1; columns <= 40; ++columns) {
    for (int kind = 0; kind < 4; ++kind) {
      const std::string text = random_text(random, columns, 30, ',', kind);
      std::vector<int> target(columns);
      std::iota(target.begin(), target.end(), 0);
      std::vector<ColumnBuffer> out(columns);
      const CsvKernels kernels = csv_kernels(GetParam());
      ASSERT_EQ(parser_.parse(kernels, {.body = guarded.at_beginning(text), .target = target}, out), 30);
      ASSERT_EQ(parser_.parse(kernels, {.body = guarded.at_end(text), .target = target}, out), 30);
    }
  }
}

TEST(FastPathTargets, AreThoseAskedFor) {
  for (const std::int64_t target : single_targets()) {
    EXPECT_EQ(csv_kernels(target).target, target);
  }
  EXPECT_EQ(csv_kernels(usable_csv_targets()).target, single_targets().front());
  EXPECT_EQ(csv_kernels(0).target, single_targets().back());
}

TEST(PlainDelimiters, AreThoseThatNoCellMayHold) {
  for (const char delimiter : {',', ';', '\t', '|', ':', '_', 'x'}) {
    EXPECT_TRUE(is_plain_delimiter(delimiter));
  }
  for (const char delimiter : {' ', '-', '.', '0', '9', '"', '\n', '\r', '\0', '\x7f', '\xff'}) {
    EXPECT_FALSE(is_plain_delimiter(delimiter));
  }
}

TEST(CountLineFeeds, CountsInTextsOfEveryLength) {
  for (std::size_t length : {0u, 1u, 7u, 8u, 9u, 2039u, 2040u, 2041u, 5000u}) {
    std::string text(length, 'x');
    std::int64_t expected = 0;
    for (std::size_t i = 0; i < length; i += 3) {
      text[i] = '\n';
      ++expected;
    }
    EXPECT_EQ(count_line_feeds(text.data(), text.data() + length), expected) << length;
    const std::string feeds(length, '\n');
    EXPECT_EQ(count_line_feeds(feeds.data(), feeds.data() + length), static_cast<std::int64_t>(length));
    const std::string near(length, '\x0b');
    EXPECT_EQ(count_line_feeds(near.data(), near.data() + length), 0);
  }
}

}  // namespace
}  // namespace pumice::io
