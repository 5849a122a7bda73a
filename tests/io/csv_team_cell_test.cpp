/// Decimals as lanes of a team read them, against strtod and the readers of the CPU.
#include "io/csv_team_cell.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_decimal_cell.hpp"
#include "support/team_text.hpp"

namespace pumice::io {
namespace {

using namespace std::string_literals;

std::optional<double> read(std::string_view cell) {
  double value = 0;
  const bool taken = read_team_decimal([&](std::int64_t i) { return cell.at(static_cast<std::size_t>(i)); },
                                       static_cast<std::int64_t>(cell.size()), value);
  return taken ? std::optional(value) : std::nullopt;
}

/// True where the cell is read, as strtod reads it but for the sign of zero.
testing::AssertionResult is_read(const std::string& cell) {
  const std::optional<double> value = read(cell);
  const double expected = std::strtod(cell.c_str(), nullptr) + 0.0;
  if (!value) {
    return testing::AssertionFailure() << cell << " is refused";
  }
  return std::bit_cast<std::uint64_t>(*value) == std::bit_cast<std::uint64_t>(expected)
             ? testing::AssertionSuccess()
             : testing::AssertionFailure() << cell << " is " << *value << ", not " << expected;
}

/// As is_read, and as the CPU's converters read it.
testing::AssertionResult is_read_by_all(const std::string& cell) {
  const std::string padded = std::string(24, '9') + cell + std::string(8, '9');
  double value = 0;
  if (!read_decimal_cell(padded.data() + 24, padded.data() + 24 + cell.size(), value) ||
      std::bit_cast<std::uint64_t>(value) != std::bit_cast<std::uint64_t>(read(cell).value_or(1e300))) {
    return testing::AssertionFailure() << cell << " is " << value << " to the CPU";
  }
  return is_read(cell);
}

TEST(TeamDecimal, ReadsNumbersAsTheyAreWritten) {
  for (const std::string& cell : {"0"s,
                                  "-0"s,
                                  "-0.0"s,
                                  "5"s,
                                  "5."s,
                                  ".5"s,
                                  "-.5"s,
                                  "-5."s,
                                  "0.1"s,
                                  "-0.0123"s,
                                  "00012.50"s,
                                  "3.141592653589793"s,
                                  "32768"s,
                                  "-32768"s,
                                  "16777217"s,
                                  "9007199254740992"s,
                                  "9007199254740993"s,
                                  "18446744073709551609"s,
                                  "1234567890123456789.0"s,
                                  "0.0000000000000000001"s,
                                  "-0.1234567890123456789"s,
                                  "0.12345678901234567"s}) {
    EXPECT_TRUE(is_read_by_all(cell));
  }
  EXPECT_TRUE(std::isnan(read("").value_or(0)));
  EXPECT_FALSE(std::signbit(read("-0.000").value_or(-1)));
}

TEST(TeamDecimal, ReadsExponents) {
  for (const std::string& cell : {"1e-05"s,
                                  "-1E-5"s,
                                  "1e5"s,
                                  "1e+05"s,
                                  "2.5e3"s,
                                  "1.e2"s,
                                  ".5e1"s,
                                  "-0e0"s,
                                  "0e999999999999"s,
                                  "0.0e-400"s,
                                  "1.2345678901234567e-08"s,
                                  "9.8765432109876543e-11"s,
                                  "123456789012345e22"s,
                                  "1e22"s,
                                  "9007199254740993e0"s,
                                  "-5.1e-06"s,
                                  "1e-27"s,
                                  "1.000000000000000000e-20"s,
                                  "1.0000000000000000e20"s,
                                  "123.456e0000003"s,
                                  "12345678901234567890e-27"s}) {
    EXPECT_TRUE(is_read_by_all(cell));
  }
  for (const std::string& cell : {"1e"s, "1e+"s, "1e-"s, "e5"s, ".e5"s, "-e5"s, "1e5e5"s, "1e5.0"s, "1e 5"s, "1e23"s,
                                  "1e-28"s, "1e400"s, "1e-400"s, "9007199254740993e1"s, "1ee5"s, "1e--5"s}) {
    EXPECT_FALSE(read(cell)) << cell;
  }
}

TEST(TeamDecimal, LeavesOutZerosAtBothEnds) {
  for (const std::string& cell :
       {std::string(400, '0') + "7.25", "0." + std::string(30, '0'), "-12345678901234567890." + std::string(300, '0'),
        "0.5" + std::string(60, '0'), "1844674407370955160.9" + std::string(9, '0'), std::string(5000, '0')}) {
    EXPECT_TRUE(is_read_by_all(cell));
  }
}

TEST(TeamDecimal, RefusesWhatIsNoPlainNumberAndWhatIsTooLong) {
  for (const std::string& cell : {"."s,
                                  "-"s,
                                  "-."s,
                                  "--1"s,
                                  "1-"s,
                                  "1.2.3"s,
                                  "+1"s,
                                  " 1"s,
                                  "1 "s,
                                  "nan"s,
                                  "inf"s,
                                  "1,5"s,
                                  "0x1"s,
                                  "1\0"s,
                                  "\x80"s,
                                  "/"s,
                                  ":"s,
                                  "18446744073709551620"s,
                                  "99999999999999999999"s,
                                  "0.0000000000000000000000000001"s,
                                  "0.00000000000000000000000000001"s,
                                  "1.84467440737095516191"s,
                                  "1844674407370955161.900000000000000000001"s}) {
    EXPECT_FALSE(read(cell)) << cell;
  }
}

TEST(TeamDecimal, RoundsMiddlesToEven) {
  // The middle of two doubles of a random scale, written out, and its neighbours in the last digit.
  std::mt19937_64 random(3);
  int middles = 0;
  for (int i = 0; i < 20000; ++i) {
    const int fraction = 1 + static_cast<int>(random() % 10);
    // An odd multiple of 2^-fraction with 54 bits: 10^fraction times it is an integer.
    const std::uint64_t odd = (std::uint64_t{1} << 53 | random() >> 11) | 1;
    Wide mantissa = odd;
    for (int k = 0; k < fraction; ++k) {
      mantissa *= 5;
    }
    if (mantissa > Wide{UINT64_MAX} - 9) {
      continue;
    }
    ++middles;
    for (const int step : {-1, 0, 1}) {
      std::string digits = std::to_string(static_cast<std::uint64_t>(mantissa) + static_cast<std::uint64_t>(step));
      digits.insert(digits.size() - static_cast<std::size_t>(fraction), ".");
      ASSERT_TRUE(is_read_by_all(digits));
    }
  }
  EXPECT_GT(middles, 2000);
}

TEST(TeamDecimal, ReadsRandomDigitsAsStrtodDoes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 300000; ++i) {
    const std::size_t digits = 1 + random() % 19;
    std::string cell;
    for (std::size_t d = 0; d < digits; ++d) {
      cell += static_cast<char>('0' + random() % 10);
    }
    cell.insert(random() % (digits + 1), random() % 8 == 0 ? "" : ".");
    ASSERT_TRUE(is_read_by_all((random() % 2 == 0 ? "-" : "") + cell));
  }
}

TEST(TeamDecimal, ReadsRandomExponentsAsStrtodDoes) {
  std::mt19937_64 random(11);
  int read_cells = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string cell = std::to_string(random() >> (random() % 64));
    cell.insert(random() % (cell.size() + 1), ".");
    cell += "e" + std::to_string(static_cast<int>(random() % 60) - 35);
    if (read(cell)) {
      ASSERT_TRUE(is_read_by_all(cell));
      ++read_cells;
    } else {
      ASSERT_FALSE(test::is_team_cell(cell)) << cell;
    }
  }
  EXPECT_GT(read_cells, 100000);
}

TEST(TeamDecimal, ReadsTheShortestFormsOfDoubles) {
  std::mt19937_64 random(9);
  int read = 0;
  for (int i = 0; i < 200000; ++i) {
    const double value = std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 40) - 70);
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    const std::string cell(text.data(), end.ptr);
    const std::size_t point = cell.find('.');
    const std::size_t fraction = point == std::string::npos ? 0 : cell.size() - point - 1;
    if (fraction <= static_cast<std::size_t>(kTeamFraction)) {
      ASSERT_TRUE(is_read_by_all(cell));
      ++read;
    }
    const auto shortest = std::to_chars(text.data(), text.data() + text.size(), value);
    if (value >= 1e-10 && value < 1e15) {
      ASSERT_TRUE(is_read_by_all(std::string(text.data(), shortest.ptr)));
    }
  }
  EXPECT_GT(read, 50000);
}

}  // namespace
}  // namespace pumice::io
