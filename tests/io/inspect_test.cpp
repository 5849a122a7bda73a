#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/csv_text.hpp"
#include "pumice/source.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FileShape inspect(std::string_view text, const TextFormat& format = {}) {
  const TemporaryFolder folder;
  return inspect_file(folder.write("a.csv", text), format);
}

std::string refusal(std::string_view text, const TextFormat& format = {}) {
  try {
    static_cast<void>(inspect(text, format));
  } catch (const InputError& error) {
    return error.problem().reason;
  }
  return "taken";
}

TEST(InspectFile, SeesTheDelimiter) {
  EXPECT_EQ(inspect("a,b\n1,2\n").delimiter, ',');
  EXPECT_EQ(inspect("a;b\n1;2\n").delimiter, ';');
  EXPECT_EQ(inspect("a\tb\n1\t2\n").delimiter, '\t');
  EXPECT_EQ(inspect("a b\n1 2\n").delimiter, ' ');
  EXPECT_EQ(inspect("a, b\n1, 2\n").delimiter, ',');
  EXPECT_EQ(inspect("first name;b\n1,5;2\n").delimiter, ';');
  EXPECT_EQ(inspect("time,a b\n2020-01-01 00:00:00,2\n2020-01-01 00:00:01,2\n").delimiter, ',');
  EXPECT_THAT(inspect("a value\n1\n2\n").channels, ElementsAre("a value"));
}

TEST(InspectFile, SeesADecimalCommaOnlyWhereNothingElseFits) {
  EXPECT_EQ(inspect("a;b\n1,5;2\n").decimal, ',');
  EXPECT_EQ(inspect("a\tb\n1,5\t2\n").decimal, ',');
  EXPECT_EQ(inspect("a;b\n1.5;2\n").decimal, '.');
  EXPECT_EQ(inspect("a;b\n1,5;2.5\n").decimal, '.');
  EXPECT_EQ(inspect("1,5\n2,5\n").decimal, '.');
  EXPECT_EQ(inspect("1,5\n2,5\n").channels.size(), 2u);
  TextFormat format;
  format.decimal = ',';
  EXPECT_EQ(inspect("1,5\n2,5\n", format).channels.size(), 1u);
}

TEST(InspectFile, SeesAHeader) {
  EXPECT_TRUE(inspect("a,b\n1,2\n").has_header);
  EXPECT_TRUE(inspect("1,b\n1,2\n").has_header);
  const FileShape shape = inspect("1,nan\n,2\n");
  EXPECT_FALSE(shape.has_header);
  EXPECT_THAT(shape.channels, ElementsAre("column_1", "column_2"));
}

TEST(InspectFile, TakesOverrides) {
  TextFormat format;
  format.header = true;
  EXPECT_THAT(inspect("1,2\n3,4\n", format).channels, ElementsAre("1", "2"));
  format = {};
  format.delimiter = ';';
  EXPECT_THAT(inspect("a,b;c\n1;2\n", format).channels, ElementsAre("a,b", "c"));
  format = {};
  format.missing_words = {"x", "y"};
  EXPECT_FALSE(inspect("x,y\n1,2\n", format).has_header);
}

TEST(InspectFile, LeavesOutAFirstColumnOfTime) {
  FileShape shape = inspect("Time,a\n0.00,5\n0.01,6\n0.02,7\n");
  EXPECT_EQ(shape.time_column, "Time");
  EXPECT_EQ(shape.sample_rate, 100);
  EXPECT_THAT(shape.channels, ElementsAre("a"));
  shape = inspect(",a\n0,5\n1,6\n2,7\n");
  EXPECT_EQ(shape.time_column, "Unnamed: 0");
  EXPECT_EQ(shape.sample_rate, 0);
  shape = inspect("date;a\n2020-01-01 00:00:00,0;5\n2020-01-01 00:00:00,5;6\n2020-01-01 00:00:01,0;7\n");
  EXPECT_EQ(shape.time_column, "date");
  EXPECT_EQ(shape.sample_rate, 2);
}

TEST(InspectFile, KeepsColumnsThatOnlyLookLikeTime) {
  EXPECT_EQ(inspect("a,time\n5,0\n6,1\n7,2\n").time_column, "");
  EXPECT_EQ(inspect("time,a\n0,5\n5,6\n7,7\n").time_column, "");
  EXPECT_EQ(inspect("speed,a\n0,5\n1,6\n2,7\n").time_column, "");
  EXPECT_EQ(inspect("time\n0\n1\n2\n").time_column, "");
}

TEST(InspectFile, HintsAtADelimiterWhereRowsAreOneCell) {
  EXPECT_THAT(refusal("a|b\n1|2\n3|4\n"), testing::HasSubstr("`--delimiter '|'`"));
  TextFormat format;
  format.delimiter = ';';
  EXPECT_THAT(refusal("a\tb\n1\t2\n", format), testing::HasSubstr("`--delimiter 'tab'`"));
  EXPECT_THAT(refusal("a\nx|y\nz\n"), testing::Not(testing::HasSubstr("--delimiter")));
}

TEST(InspectFile, TakesTheTimeColumnThatWasAskedFor) {
  TextFormat format;
  format.time_column = "clock";
  const FileShape shape = inspect("a,clock\n5,0.0\n6,0.5\n7,1.0\n", format);
  EXPECT_EQ(shape.time_column, "clock");
  EXPECT_EQ(shape.sample_rate, 2);
  EXPECT_THAT(shape.channels, ElementsAre("a"));
  format.time_column = "none";
  EXPECT_THAT(inspect("time,a\n0,5\n1,6\n2,7\n", format).channels, ElementsAre("time", "a"));
}

TEST(InspectFile, EstimatesRows) {
  std::string text = "a,b\n";
  for (int i = 0; i < 50000; ++i) {
    text += "12.0,34.0\n";
  }
  EXPECT_NEAR(static_cast<double>(inspect(text).estimated_rows), 50000, 100);
  EXPECT_EQ(inspect("a,b\n1,2\n3,4").estimated_rows, 2);
}

TEST(InspectFile, ReadsOnUntilALongHeaderEnds) {
  std::string text;
  for (int c = 0; c < 20000; ++c) {
    text += (c == 0 ? "channel_" : ",channel_") + std::to_string(c);
  }
  const std::size_t width = text.size();
  for (int r = 0; r < 10; ++r) {
    text += "\n1" + std::string(2 * 19999, ',');
    for (std::size_t i = text.size() - 2 * 19999 + 1; i < text.size(); i += 2) {
      text[i] = '7';
    }
  }
  ASSERT_GT(width, 65536u);
  EXPECT_EQ(inspect(text).channels.size(), 20000u);
}

TEST(InspectFile, RefusesWhatIsNoTable) {
  EXPECT_EQ(refusal(""), "is empty");
  EXPECT_EQ(refusal("\n \r\n"), "is empty");
  EXPECT_EQ(refusal("a,b\n"), "has a header but no rows");
  EXPECT_EQ(refusal("a,a\n1,2\n"), "has two columns named `a`");
  EXPECT_EQ(refusal("once,upon\na,time\n"), "holds no numbers");
  EXPECT_THAT(refusal(std::string_view("a,b\n1,\0\n", 8)), HasSubstr("NUL"));
}

}  // namespace
}  // namespace pumice
