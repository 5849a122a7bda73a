#include "io/csv_fast.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pumice/samples.hpp"

namespace pumice::io {
namespace {

using testing::ElementsAre;

constexpr std::int16_t kNone = kMissing<std::int16_t>;

struct Parsed {
  FastOutcome outcome;
  std::ptrdiff_t stopped_at = -1;
  std::vector<std::vector<std::int16_t>> columns;
};

/// Parses `text`; columns in `passed_over` are not stored.
Parsed parse(const std::string& text, std::size_t columns, char delimiter = ',', std::vector<bool> passed_over = {}) {
  const std::string padded = text + std::string(kFastOverread, '\0');
  const char* const first = padded.data();
  const char* const last = first + text.size();
  Parsed result;
  const auto rows = static_cast<std::size_t>(count_line_feeds(first, last));
  result.columns.assign(columns, std::vector<std::int16_t>(rows));
  std::vector<std::int16_t*> targets;
  for (std::size_t c = 0; c < columns; ++c) {
    targets.push_back(c < passed_over.size() && passed_over[c] ? nullptr : result.columns[c].data());
  }
  result.outcome = parse_plain_int16(first, last, delimiter, targets);
  if (result.outcome.stopped != nullptr) {
    result.stopped_at = result.outcome.stopped - first;
  }
  return result;
}

TEST(FastPath, ReadsPlainIntegers) {
  const Parsed parsed = parse("260.0,-32767.0,0.0\n,7,-0.0\n-1,,32767.000\n", 3);
  EXPECT_EQ(parsed.outcome.stopped, nullptr);
  EXPECT_EQ(parsed.outcome.rows, 3);
  EXPECT_THAT(parsed.columns[0], ElementsAre(260, kNone, -1));
  EXPECT_THAT(parsed.columns[1], ElementsAre(-32767, 7, kNone));
  EXPECT_THAT(parsed.columns[2], ElementsAre(0, 0, 32767));
}

TEST(FastPath, ReadsEveryValueThatItPromises) {
  std::string text;
  for (int value = -32767; value <= 32767; ++value) {
    text += std::to_string(value) + ".0," + std::to_string(value) + "\r\n";
  }
  const Parsed parsed = parse(text, 2);
  ASSERT_EQ(parsed.outcome.stopped, nullptr);
  ASSERT_EQ(parsed.outcome.rows, 65535);
  for (int i = 0; i < 65535; ++i) {
    ASSERT_EQ(parsed.columns[0][static_cast<std::size_t>(i)], i - 32767);
    ASSERT_EQ(parsed.columns[1][static_cast<std::size_t>(i)], i - 32767);
  }
}

TEST(FastPath, StopsAtTheFirstCellThatIsNotPlain) {
  for (const char* cell : {"1.5",   "32768", "-32768", "100000", "00000001",   "1.",  ".5", "-",  "+1",   " 1", "1 ",
                           "\"1\"", "1e3",   "nan",    "1.0x",   "1.00000001", "-.0", "1-", "\t", "\x80", "1\r"}) {
    const Parsed parsed = parse(std::string("5,6\n7,") + cell + ",8\n", 3);
    EXPECT_EQ(parsed.stopped_at, 2) << "the first row is short";
    const Parsed second = parse(std::string("5,6,7\n7,") + cell + ",8\n", 3);
    EXPECT_EQ(second.outcome.rows, 1) << cell;
    EXPECT_EQ(second.stopped_at, 8) << cell;
  }
}

TEST(FastPath, StopsAtRowsOfAnotherLength) {
  EXPECT_EQ(parse("1,2\n3\n", 2).outcome.rows, 1);
  EXPECT_NE(parse("1,2\n3\n", 2).outcome.stopped, nullptr);
  EXPECT_NE(parse("1,2\n3,4,5\n", 2).outcome.stopped, nullptr);
  EXPECT_NE(parse("1,2\n\n", 2).outcome.stopped, nullptr);
}

TEST(FastPath, TakesABlankLineOfOneColumnAsMissing) {
  EXPECT_THAT(parse("1\n\n3\r\n", 1).columns[0], ElementsAre(1, kNone, 3));
}

TEST(FastPath, PassesOverColumnsThatAreNotWanted) {
  const Parsed parsed = parse("2020-01-01 00:00:00;5;x\n;6;\n", 3, ';', {true, false, true});
  EXPECT_EQ(parsed.outcome.stopped, nullptr);
  EXPECT_THAT(parsed.columns[1], ElementsAre(5, 6));
  EXPECT_NE(parse("\"a\";5\n", 2, ';', {true}).outcome.stopped, nullptr);
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
