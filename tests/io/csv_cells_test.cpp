#include "io/csv_cells.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "io/csv_number.hpp"

namespace pumice::io {
namespace {

using testing::ElementsAre;

TEST(SplitRows, UnderstandsQuotesAndSpaces) {
  EXPECT_THAT(split_rows("a, \"b, \"\"c\"\"\" ,d\n 1 ,\t2,\"3\"\n", ',', 10),
              ElementsAre(ElementsAre("a", "b, \"c\"", "d"), ElementsAre("1", "2", "3")));
}

TEST(SplitRows, TakesEveryLineEnding) {
  const auto expected = ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "4"));
  EXPECT_THAT(split_rows("1,2\n3,4\n", ',', 10), expected);
  EXPECT_THAT(split_rows("1,2\r\n3,4\r\n", ',', 10), expected);
  EXPECT_THAT(split_rows("1,2\r3,4\r", ',', 10), expected);
  EXPECT_THAT(split_rows("1,2\n3,4", ',', 10), expected);
}

TEST(SplitRows, CountsARunOfSpacesAsOne) {
  EXPECT_THAT(split_rows("  1   2 \t 3  \n4 5 6\n", ' ', 10),
              ElementsAre(ElementsAre("1", "2", "3"), ElementsAre("4", "5", "6")));
}

TEST(SplitRows, KeepsEmptyCellsBetweenTabs) {
  EXPECT_THAT(split_rows("1\t\t3\n\t\t\n", '\t', 10), ElementsAre(ElementsAre("1", "", "3"), ElementsAre("", "", "")));
}

TEST(CellScanner, CountsLinesThroughQuotedOnes) {
  CellScanner scanner("\"two\nlines\",1\n5,6\n", ',');
  EXPECT_EQ(scanner.next().text, "two\nlines");
  EXPECT_EQ(scanner.next().end, CellEnd::kLine);
  EXPECT_EQ(scanner.line(), 3);
}

TEST(CellScanner, SaysWhatIsWrongWithQuotes) {
  EXPECT_EQ(CellScanner("\"1\" 2,3\n", ',').next().end, CellEnd::kStray);
  EXPECT_EQ(CellScanner("\"1,2\n", ',').next().end, CellEnd::kOpenQuote);
}

TEST(ParseNumber, TakesWhatStrtodTakesOfDecimals) {
  for (const char* text : {"0", "-0", "1", "260.0", ".5", "5.", "1e3", "1E-3", "-2.5e+10", "0.1", "123456789012345678",
                           "1.7976931348623157e308", "4.9e-324", "2.2250738585072011e-308", "9007199254740993",
                           "0.1000000000000000055511151231257827"}) {
    ASSERT_TRUE(parse_number(text, '.')) << text;
    EXPECT_EQ(*parse_number(text, '.'), std::strtod(text, nullptr)) << text;
  }
  EXPECT_EQ(parse_number("+7", '.'), 7);
  EXPECT_EQ(parse_number("2,5", ','), 2.5);
  EXPECT_EQ(parse_number("1e999", '.'), HUGE_VAL);
  EXPECT_EQ(parse_number("-inf", '.'), -HUGE_VAL);
}

TEST(ParseNumber, RefusesWhatIsNotWhollyANumber) {
  for (const char* text : {"", "-", "+", ".", "1.2.3", "1x", "--1", "+-1", "0x10", "1e", "1 2", "1,5", "abc", "e5"}) {
    EXPECT_FALSE(parse_number(text, '.')) << text;
  }
  EXPECT_FALSE(parse_number("1.5", ','));
}

TEST(MissingWords, AreTakenInAnyCase) {
  const MissingWords words({"-", "Bad", "-999"});
  for (const char* text : {"", "NaN", "nan", "NA", "Null", "NONE", "n/a", "-", "BAD"}) {
    EXPECT_TRUE(words.is_missing_word(text)) << text;
  }
  EXPECT_FALSE(words.is_missing_word("0"));
  EXPECT_TRUE(words.is_missing_value(-999.0));
  EXPECT_FALSE(MissingWords().is_missing_word("-"));
}

}  // namespace
}  // namespace pumice::io
