/// Plain decimals through every SIMD target, against strtod.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "io/csv_decimal_cell.hpp"
#include "io/csv_plain_text.hpp"
#include "pumice/samples.hpp"

namespace pumice::io {
namespace {

/// Bits of the columns' values: NaN is equal to itself, and 0 is not -0.
using Bits = std::vector<std::vector<std::uint64_t>>;

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

/// What a cell is by its definition; nothing: it is no finite number.
std::optional<double> slow_cell(const std::string& cell) {
  if (cell.empty()) {
    return kMissing<double>;
  }
  const std::size_t sign = cell[0] == '-' || cell[0] == '+' ? 1 : 0;
  const std::string_view digits("0123456789");
  const std::size_t point = std::min(cell.find_first_not_of(digits, sign), cell.size());
  std::size_t end = point;
  if (point < cell.size() && cell[point] == '.') {
    end = std::min(cell.find_first_not_of(digits, point + 1), cell.size());
  }
  if (end - sign == (end > point ? 1u : 0u)) {
    return {};
  }
  if (end < cell.size() && (cell[end] == 'e' || cell[end] == 'E')) {
    const std::size_t power = end + 1 + (end + 1 < cell.size() && (cell[end + 1] == '-' || cell[end + 1] == '+'));
    end = std::min(cell.find_first_not_of(digits, power), cell.size());
    if (end == power) {
      return {};
    }
  }
  const double value = std::strtod(cell.c_str(), nullptr);
  return end == cell.size() && std::isfinite(value) ? std::optional(value + 0.0) : std::nullopt;
}

/// Every test of it runs on every target that the machine has.
class Decimals : public testing::TestWithParam<std::int64_t> {
 protected:
  std::optional<Bits> parse(std::string_view text, std::size_t columns, const std::vector<bool>& passed_over = {},
                            char padding = '\0') {
    const auto parsed = parse_plain(parser_, text, columns, GetParam(), ',', passed_over, padding);
    if (!parsed.taken) {
      return {};
    }
    Bits bits;
    for (const std::vector<double>& column : parsed.columns) {
      std::transform(column.begin(), column.end(), std::back_inserter(bits.emplace_back()), bits_of);
    }
    return bits;
  }

  /// Each of `cells` is read as strtod reads it.
  void expect_as_strtod(const std::vector<std::string>& cells) {
    std::string text;
    for (const std::string& cell : cells) {
      text += cell + "\n";
    }
    const auto parsed = parse(text, 1);
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->front().size(), cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto expected = slow_cell(cells[i]);
      ASSERT_TRUE(expected) << cells[i];
      ASSERT_EQ(parsed->front()[i], bits_of(*expected)) << cells[i];
    }
  }

  PlainParser<double> parser_;
};

INSTANTIATE_TEST_SUITE_P(Targets, Decimals, testing::ValuesIn(single_targets()));

/// Parses a text cell by cell.
std::optional<Bits> parse_slowly(std::string_view text, std::size_t columns) {
  Bits bits(columns);
  while (!text.empty()) {
    const std::size_t feed = text.find('\n');
    std::string_view line = text.substr(0, feed);
    text.remove_prefix(feed + 1);
    line.remove_suffix(!line.empty() && line.back() == '\r' ? 1 : 0);
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t end = line.find(',');
      const auto value = slow_cell(std::string(line.substr(0, end)));
      if (!value || (end == std::string_view::npos) != (c + 1 == columns)) {
        return {};
      }
      bits[c].push_back(bits_of(*value));
      line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    }
  }
  return bits;
}

class RandomCells {
 public:
  explicit RandomCells(unsigned seed) : random_(seed) {}
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  std::uint64_t word() { return random_(); }
  std::string digits(int count) {
    std::string text;
    const int kind = below(8);
    for (int i = 0; i < count; ++i) {
      text += kind == 0 ? '0' : kind == 1 ? '9' : static_cast<char>('0' + below(10));
    }
    return text;
  }
  /// A number of up to `longest` digits; where `odd`, now and then of a kind that no step takes.
  std::string cell(int longest, bool odd) {
    if (below(12) == 0) {
      return {};
    }
    const int count = 1 + below(longest);
    const int fraction = below(count + 1);
    std::string text = digits(count - fraction);
    text += fraction > 0 || below(4) == 0 ? "." + digits(fraction) : "";
    text = text == "." ? "0" : text;
    if (odd && below(20) == 0) {
      return (below(2) == 0 ? "+" : "-") + text + (below(2) == 0 ? "e" : "E+") + std::to_string(below(250));
    }
    return (below(2) == 0 ? "-" : "") + text;
  }
  std::string text(std::size_t columns, int rows, int longest, bool odd) {
    const std::string line_end = below(2) == 0 ? "\n" : "\r\n";
    std::string text;
    for (int row = 0; row < rows; ++row) {
      for (std::size_t c = 0; c < columns; ++c) {
        text += (c == 0 ? "" : ",") + cell(longest, odd);
      }
      text += line_end;
    }
    return text;
  }

 private:
  std::mt19937_64 random_;
};

TEST_P(Decimals, ReadsWhatPeopleWrite) {
  const auto parsed = parse("-0.0123,12.345678,0.000001\n,7,-0.0\n5.,-.5,-0\n1e-3,+2.5,123456789012.5\n", 3);
  ASSERT_TRUE(parsed);
  const auto column = [](const std::vector<double>& values) {
    std::vector<std::uint64_t> bits;
    std::transform(values.begin(), values.end(), std::back_inserter(bits), bits_of);
    return bits;
  };
  EXPECT_EQ((*parsed)[0], column({-0.0123, kMissing<double>, 5, 0.001}));
  EXPECT_EQ((*parsed)[1], column({12.345678, 7, -0.5, 2.5}));
  EXPECT_EQ((*parsed)[2], column({0.000001, 0, 0, 123456789012.5}));
}

TEST_P(Decimals, ReadsEveryLengthAndPlaceOfThePointAsStrtodDoes) {
  RandomCells random(1);
  std::vector<std::string> cells;
  for (int repeat = 0; repeat < 10; ++repeat) {
    for (int count = 1; count <= 36; ++count) {
      for (int fraction = 0; fraction <= count; ++fraction) {
        for (const char* sign : {"", "-"}) {
          cells.push_back(sign + random.digits(count - fraction) + "." + random.digits(fraction));
          cells.push_back(sign + random.digits(count));
        }
      }
    }
  }
  expect_as_strtod(cells);
}

TEST_P(Decimals, RoundsHalfwayCasesAsStrtodDoes) {
  RandomCells random(2);
  std::vector<std::string> cells{"9007199254740991",
                                 "9007199254740992",
                                 "9007199254740993",
                                 "9007199254740995",
                                 "9999999999999999",
                                 "18014398509481985",
                                 "9007199254740993.0",
                                 "0.5",
                                 "0.25"};
  const auto decimal = [](std::uint64_t mantissa, std::size_t fraction) {
    std::string text = std::to_string(mantissa);
    text.insert(0, text.size() <= fraction ? fraction + 1 - text.size() : 0, '0');
    return text.insert(text.size() - fraction, fraction == 0 ? "" : ".");
  };
  for (int repeat = 0; repeat < 4000; ++repeat) {
    // An odd number of 54 bits over a power of two lies in the middle of two doubles: m / 2^f = m 5^f / 10^f.
    const std::uint64_t middle = (std::uint64_t{1} << 53) + (random.word() >> 11 | 1);
    std::uint64_t mantissa = middle;
    for (std::size_t fraction = 0; fraction < 4 && mantissa < std::uint64_t{1} << 61; ++fraction) {
      for (const std::uint64_t near : {mantissa - 1, mantissa, mantissa + 1}) {
        cells.push_back(decimal(near, fraction));
        cells.push_back("-" + cells.back());
      }
      mantissa *= 5;
    }
    cells.push_back(decimal((std::uint64_t{1} << 53) + random.word() % 64, random.word() % 19));
  }
  expect_as_strtod(cells);
}

TEST_P(Decimals, TakesOddCellsWhereverTheyStand) {
  for (const std::string cell : {"1e-3", "-1.5E+10", "+1", "+.5", "1e-999", "-1e-999", "-0e0", "0.1234567890123456789",
                                 "12345678901234567890123456789", "-0.000000000000000000000000000000000001",
                                 "1.7976931348623157e308", "-123456789012345.6", "00000000000000000000000.5",
                                 "-12345678901234567", "99999999999999999999", "0.9999999999999999999"}) {
    for (std::size_t place = 0; place < 150; ++place) {
      std::string text;
      for (std::size_t i = 0; i < 150; ++i) {
        text += (i == place ? cell : std::to_string(i) + ".25") + (i % 3 == 2 ? "\n" : ",");
      }
      const auto parsed = parse(text, 3);
      ASSERT_TRUE(parsed) << cell << " at " << place;
      ASSERT_EQ(parsed, parse_slowly(text, 3)) << cell << " at " << place;
    }
  }
}

TEST_P(Decimals, RefusesWhatIsNoNumberWhereverItStands) {
  for (const std::string cell : {"-",
                                 ".",
                                 "-.",
                                 "--5",
                                 "-5-",
                                 "5-",
                                 "1-2",
                                 "1.2.3",
                                 "..",
                                 "1..",
                                 ".1.",
                                 "1.-",
                                 "-.-",
                                 "+-1",
                                 "++1",
                                 "+",
                                 "1e",
                                 "1e+",
                                 "e5",
                                 ".e5",
                                 "1e5.0",
                                 " 1",
                                 "1 ",
                                 "\"1\"",
                                 "nan",
                                 "inf",
                                 "-inf",
                                 "infinity",
                                 "1e999",
                                 "-1e999",
                                 "0x10",
                                 "1.5x",
                                 "1,",
                                 "1/2",
                                 "1:2",
                                 "\t",
                                 "\x80",
                                 "1.\xb5",
                                 "\xff",
                                 "\r1",
                                 "1\r2",
                                 "1_000",
                                 "1'000",
                                 "1.0000000000000x",
                                 "123456789012345-",
                                 "1234567.1234567.",
                                 "-123456.12345.67"}) {
    for (std::size_t place = 0; place < 70; ++place) {
      std::string text;
      for (std::size_t i = 0; i < 70; ++i) {
        text += (i == place ? cell : std::to_string(i) + ".5") + (i % 2 == 1 ? "\n" : ",");
      }
      ASSERT_FALSE(parse(text, 2)) << testing::PrintToString(cell) << " at " << place;
    }
  }
  EXPECT_FALSE(parse(std::string(20000, '1') + "\n", 1)) << "a cell of more than a tile";
  EXPECT_FALSE(parse(std::string("1\0\n", 3), 1));
  EXPECT_FALSE(parse(std::string("\0001\n", 3), 1));
}

TEST_P(Decimals, RefusesRowsOfAnotherLength) {
  EXPECT_TRUE(parse("1.5,2\n3,4\n", 2));
  for (const char* text : {"1.5,2\n3\n", "1.5,2\n3,4,5\n", "1.5,2\n\n", "1\n2,3\n4\n", "1,2,3\n4\n", "\n", ",,\n"}) {
    EXPECT_FALSE(parse(text, 2)) << text;
  }
}

TEST_P(Decimals, ReadsAnyNumberOfColumnsAsTheSlowReaderDoes) {
  RandomCells random(3);
  std::vector<std::size_t> widths{100, 1000, 2500};
  for (std::size_t columns = 1; columns <= 34; ++columns) {
    widths.push_back(columns);
  }
  for (const std::size_t columns : widths) {
    for (const int longest : {4, 12, 16, 22}) {
      const int rows = 1 + random.below(columns > 50 ? 40 : 300);
      const std::string text = random.text(columns, rows, longest, random.below(2) == 0);
      const auto parsed = parse(text, columns);
      ASSERT_TRUE(parsed) << columns << " columns";
      ASSERT_EQ(parsed, parse_slowly(text, columns)) << columns << " columns";
    }
  }
}

TEST_P(Decimals, PassesOverColumnsThatAreNotWanted) {
  std::string text;
  std::string without;
  RandomCells random(4);
  for (int row = 0; row < 3000; ++row) {
    const std::string cells = random.cell(12, false) + "," + random.cell(12, false);
    text += std::string(static_cast<std::size_t>(row % 100), 'x') + "," + cells + ",time\r\n";
    without += cells + "\n";
  }
  EXPECT_EQ(parse(text, 4, {true, false, false, true}), parse_slowly(without, 2));
}

TEST_P(Decimals, TreatsEveryDamagedByteAsTheSlowReaderDoes) {
  RandomCells random(5);
  int taken = 0;
  for (const int longest : {8, 20}) {
    std::string text = random.text(3, 2, longest, true);
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
      const char whole = text[at];
      for (int byte = 0; byte < 256; ++byte) {
        text[at] = static_cast<char>(byte);
        const auto parsed = parse(text, 3);
        ASSERT_EQ(parsed, parse_slowly(text, 3)) << text;
        taken += parsed ? 1 : 0;
      }
      text[at] = whole;
    }
  }
  EXPECT_GT(taken, 500);
}

TEST_P(Decimals, TreatsEveryTruncationAsTheSlowReaderDoes) {
  RandomCells random(6);
  for (const int longest : {5, 14, 20}) {
    const std::string text = random.text(3, 40, longest, true);
    for (std::size_t size = 0; size < text.size(); ++size) {
      const std::string cut = text.substr(0, size) + "\n";
      ASSERT_EQ(parse(cut, 3), parse_slowly(cut, 3)) << cut;
    }
  }
}

TEST_P(Decimals, ReadsCellsAcrossTheBordersOfTiles) {
  for (const char* row : {"123.5,-4\n", "-0.000001,-12.345678,1\n", "-123456789.12345,\r\n", "1.2345678901234567\n"}) {
    std::string text;
    while (text.size() < 100000) {
      text += row;
    }
    const auto columns = static_cast<std::size_t>(1 + std::count(row, row + std::string_view(row).size(), ','));
    const auto parsed = parse(text, columns);
    ASSERT_TRUE(parsed) << row;
    ASSERT_EQ(parsed, parse_slowly(text, columns)) << row;
  }
}

TEST_P(Decimals, DoNotDependOnWhatStandsRoundTheText) {
  for (const std::string text : {"1.5,2,.3\n,,\n-4.25,5.,\n", "5,,1.1234567890123456\n", "-1,2,1e5\n"}) {
    for (const char padding : {'0', '9', '.', '-', '+', 'e', ',', '\n', '\r', '\xff'}) {
      EXPECT_EQ(parse(text, 3, {}, padding), parse_slowly(text, 3)) << padding << " round " << text;
    }
  }
}

TEST_P(Decimals, ReadNothingBeyondThePadding) {
  const GuardedText guarded;
  RandomCells random(7);
  for (std::size_t columns = 1; columns <= 24; ++columns) {
    for (const int longest : {1, 4, 12, 19}) {
      const std::string text = random.text(columns, 20, longest, true);
      std::vector<int> target(columns);
      std::iota(target.begin(), target.end(), 0);
      std::vector<ColumnBuffer> out(columns);
      const CsvKernels kernels = csv_kernels(GetParam());
      ASSERT_EQ(parser_.parse(kernels, {.body = guarded.at_beginning(text), .target = target}, out), 20);
      ASSERT_EQ(parser_.parse(kernels, {.body = guarded.at_end(text), .target = target}, out), 20);
    }
  }
}

TEST(DecimalCell, RoundsRandomMantissasAsStrtodDoes) {
  RandomCells random(8);
  const std::string before(24, '0');
  for (int i = 0; i < 500000; ++i) {
    const std::uint64_t mantissa = random.word() >> random.below(30);
    std::string cell = std::to_string(mantissa);
    cell.insert(static_cast<std::size_t>(random.below(static_cast<int>(cell.size()) + 1)), ".");
    const std::string text = before + cell + "        ";
    const char* const first = text.data() + before.size();
    double value = 0;
    ASSERT_TRUE(read_decimal_cell(first, first + cell.size(), value)) << cell;
    ASSERT_EQ(value, std::strtod(cell.c_str(), nullptr)) << cell;
  }
}

}  // namespace
}  // namespace pumice::io
