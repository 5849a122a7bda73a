#include "io/csv_general.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/csv_text.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

TEST(Decode, TakesTheFastPathForPlainIntegers) {
  const Decoded decoded = decode_text("a,b\n1.0,\n-2.0,5.0\n");
  ASSERT_FALSE(decoded.problem);
  EXPECT_EQ(decoded.path, io::CsvPath::kFast);
  EXPECT_THAT(decoded.columns, ElementsAre(ElementsAre(1, -2), ElementsAre(IsNan(), 5)));
  EXPECT_THAT(decoded.types, ElementsAre(SampleType::kInt16, SampleType::kInt16));
}

TEST(Decode, TakesTheFastPathForDecimalsAndLongIntegers) {
  const Decoded decoded = decode_text("a,b,c,d\n0.5,123456,1,\n-0.25,-7,2,1e-3\n,,,16777217\n");
  ASSERT_FALSE(decoded.problem);
  EXPECT_EQ(decoded.path, io::CsvPath::kFast);
  EXPECT_THAT(decoded.columns, ElementsAre(ElementsAre(0.5, -0.25, IsNan()), ElementsAre(123456, -7, IsNan()),
                                           ElementsAre(1, 2, IsNan()), ElementsAre(IsNan(), 0.001, 16777217)));
  EXPECT_THAT(decoded.types,
              ElementsAre(SampleType::kFloat64, SampleType::kInt32, SampleType::kInt16, SampleType::kFloat64));
}

TEST(Decode, DoesNotMindTheTextsBefore) {
  const std::vector<std::string> rows{"1,2\n3,4\n",      "1.5,2\n,4\n",        "100000,2\n3,4\n", "1,nan\n2,1\n",
                                      "5.0,-6\n,-0.0\n", "0.125,x\n1,2\n",     "1,2\n3\n",        "1e400,1\n2,3\n",
                                      "7,8\r\n9,10\r\n", "0.1,0.2\n16777217,3"};
  io::CsvDecoder used(shape_of({"a", "b"}), {"a", "b"}, {});
  for (const std::string& before : rows) {
    for (const std::string& text : rows) {
      static_cast<void>(decode_with(used, "a,b\n" + before));
      io::CsvDecoder general(shape_of({"a", "b"}), {"a", "b"}, {});
      general.allow_fast_path(false);
      const Decoded a = decode_with(used, "a,b\n" + text);
      const Decoded b = decode_with(general, "a,b\n" + text);
      ASSERT_EQ(a.problem.has_value(), b.problem.has_value()) << text;
      EXPECT_EQ(a.types, b.types) << text << " after " << before;
      EXPECT_EQ(a.has_infinities, b.has_infinities) << text << " after " << before;
      for (std::size_t c = 0; c < b.columns.size(); ++c) {
        EXPECT_TRUE(same_values(a.columns[c], b.columns[c])) << text << " after " << before;
      }
    }
  }
}

TEST(Decode, ChoosesTheNarrowestTypeOfEachColumn) {
  const Decoded decoded = decode_text("a,b,c,d,e\n32767,32768,16777216,16777217,1.5\n-32767,1,-16777216,1,2\n,,,,\n");
  ASSERT_FALSE(decoded.problem);
  EXPECT_THAT(decoded.types, ElementsAre(SampleType::kInt16, SampleType::kInt32, SampleType::kInt32,
                                         SampleType::kFloat64, SampleType::kFloat64));
  EXPECT_THAT(decoded.columns[2], ElementsAre(16777216, -16777216, IsNan()));
  EXPECT_THAT(decoded.columns[4], ElementsAre(1.5, 2, IsNan()));
}

TEST(Decode, LooksAtEverySampleForTheType) {
  for (const int place : {0, 1, 7, 8, 9, 519, 520, 521, 998, 999}) {
    std::string text = "a,b,c,d,e\n";
    for (int row = 0; row < 1000; ++row) {
      text += row == place ? "0.5,32768,16777216,16777217,-1e15\n" : row % 7 == 0 ? ",,,,\n" : "-3,4,5,6,7\n";
    }
    for (const bool fast : {true, false}) {
      io::CsvDecoder decoder(shape_of({"a", "b", "c", "d", "e"}), {"a", "b", "c", "d", "e"}, {});
      decoder.allow_fast_path(fast);
      EXPECT_THAT(decode_with(decoder, text).types,
                  ElementsAre(SampleType::kFloat64, SampleType::kInt32, SampleType::kInt32, SampleType::kFloat64,
                              SampleType::kFloat64))
          << place;
    }
  }
}

TEST(Decode, CountsMinusZeroAsZero) {
  const Decoded decoded = decode_text("a,b\n-0.0,-0.0\n1,0.5\n-0e0,-1e-999\n");
  ASSERT_FALSE(decoded.problem);
  EXPECT_EQ(decoded.types[0], SampleType::kInt16);
  EXPECT_FALSE(std::signbit(decoded.columns[1][0]));
  EXPECT_FALSE(std::signbit(decoded.columns[1][2]));
}

TEST(Decode, ReadsFilesAsPeopleWriteThem) {
  const auto expected = ElementsAre(ElementsAre(1.5, -2, IsNan()), ElementsAre(1000, 0.25, 3));
  const char* const texts[] = {
      "a,b\n1.5,1e3\n-2,.25\n,3\n",
      "a,b\r\n1.5,1000\r\n-2,0.25\r\nNaN,3",
      "\xef\xbb\xbf"
      "a,b\n1.5,1000\n-2,0.25\nnull,3\n",
      "\"a\",\"b\"\n\"1.5\",\"1000\"\n\"-2\",\"0.25\"\n\"\",\"3\"\n",
      " a , b \n 1.5 , +1000 \n -2 , 0.25 \n NA , 3 \n\n\n",
      "a;b\n1,5;1000\n-2;0,25\n;3\n",
      "a\tb\n1.5\t1000\n-2\t0.25\n\t3\n",
      "a\tb\n1,5\t1000\n-2\t0,25\nNone\t3\n",
      "a b\n1.5   1000\n  -2 .25\nnan 3 \n",
      "\n\na,b\n1.5,1000.\n-2,25e-2\n,3\n   \n\r\n",
      "a,b\r1.5,1000\r-2,0.25\r,3\r",
  };
  for (const char* text : texts) {
    const Decoded decoded = decode_text(text);
    ASSERT_FALSE(decoded.problem) << text << decoded.problem->message();
    EXPECT_THAT(decoded.columns, expected) << text;
  }
}

TEST(Decode, NamesColumnsByNumberWithoutAHeader) {
  const Decoded decoded = decode_text("1,2\n3,4\n");
  ASSERT_FALSE(decoded.problem);
  EXPECT_THAT(decoded.columns, ElementsAre(ElementsAre(1, 3), ElementsAre(2, 4)));
}

TEST(Decode, ReadsInfinityAsMissingAndSaysSo) {
  const Decoded decoded = decode_text("a,b\ninf,1\n-Infinity,2\n3,1e999\n");
  ASSERT_FALSE(decoded.problem);
  EXPECT_TRUE(decoded.has_infinities);
  EXPECT_THAT(decoded.columns[0], ElementsAre(IsNan(), IsNan(), 3));
  EXPECT_EQ(decoded.types[0], SampleType::kInt16);
  EXPECT_FALSE(decode_text("a,b\n1.5,1\n").has_infinities);
}

TEST(Decode, TakesMoreMissingWordsAndValues) {
  TextFormat format;
  format.missing_words = {"bad", "-999"};
  const Decoded decoded = decode_text("a,b\n1,bad\n-999,2\n-999.0,3\n", format);
  ASSERT_FALSE(decoded.problem);
  EXPECT_THAT(decoded.columns, ElementsAre(ElementsAre(1, IsNan(), IsNan()), ElementsAre(IsNan(), 2, 3)));
}

TEST(Decode, TakesABlankLineInOneColumnAsAMissingSample) {
  const Decoded decoded = decode_text("a\n1.5\n\n3\n\n\n");
  ASSERT_FALSE(decoded.problem);
  EXPECT_THAT(decoded.columns[0], ElementsAre(1.5, IsNan(), 3));
  EXPECT_THAT(decode_text("a\n1\n\n3\n\n\n").columns[0], ElementsAre(1, IsNan(), 3));
}

TEST(Decode, ReadsTenThousandColumns) {
  std::string text;
  for (int row = 0; row < 3; ++row) {
    for (int c = 0; c < 10000; ++c) {
      text += (c == 0 ? "" : ",") + (row == 0 ? "c" + std::to_string(c) : std::to_string(c + row) + ".5");
    }
    text += '\n';
  }
  const Decoded decoded = decode_text(text);
  ASSERT_FALSE(decoded.problem);
  ASSERT_EQ(decoded.columns.size(), 10000u);
  EXPECT_THAT(decoded.columns[9999], ElementsAre(10000.5, 10001.5));
}

TEST(Decode, MapsColumnsByName) {
  io::CsvDecoder decoder(shape_of({"a", "b", "c"}), {"c", "a"}, {});
  for (const char* text : {"a,b,c\n1,2,3\n", "c,b,a\n3,2,1\n", "c,b,a\n3,2.5,1\n", "a,b,c,d\n1,x,3,y\n"}) {
    const Decoded decoded = decode_with(decoder, text);
    ASSERT_FALSE(decoded.problem) << text << decoded.problem->message();
    EXPECT_THAT(decoded.columns, ElementsAre(ElementsAre(3), ElementsAre(1))) << text;
  }
}

TEST(Decode, TakesAFileThatIsWrittenInAnotherWayThanTheFirst) {
  io::CsvDecoder decoder(shape_of({"a", "b"}), {"a", "b"}, {});
  const Decoded decoded = decode_with(decoder, "a;b\n1,5;2\n");
  ASSERT_FALSE(decoded.problem);
  EXPECT_THAT(decoded.columns, ElementsAre(ElementsAre(1.5), ElementsAre(2)));
}

TEST(Decode, SkipsATimeColumnOfText) {
  FileShape shape = shape_of({"a"});
  shape.time_column = "time";
  io::CsvDecoder decoder(shape, {"a"}, {});
  EXPECT_THAT(decode_with(decoder, "time,a\n2020-01-01T00:00:00,5\n").columns, ElementsAre(ElementsAre(5)));
  EXPECT_THAT(decode_with(decoder, "time,a\n\"2020-01-01\",5.5\n").columns, ElementsAre(ElementsAre(5.5)));
}

struct BadText {
  const char* text;
  std::int64_t row;  ///< 0: none
  const char* column;
  const char* reason;
};

class BadInput : public testing::TestWithParam<BadText> {};

TEST_P(BadInput, IsSaidWithRowAndColumn) {
  io::CsvDecoder decoder(shape_of({"a", "b", "c"}), {"a", "b", "c"}, {});
  const Decoded decoded = decode_with(decoder, GetParam().text);
  ASSERT_TRUE(decoded.problem) << GetParam().text;
  EXPECT_THAT(decoded.problem->reason, HasSubstr(GetParam().reason)) << GetParam().text;
  EXPECT_EQ(decoded.problem->row.value_or(0), GetParam().row) << GetParam().text;
  EXPECT_EQ(decoded.problem->column.value_or(""), GetParam().column) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Decode, BadInput,
    testing::Values(BadText{"", 0, "", "is empty"}, BadText{" \r\n\n", 0, "", "is empty"},
                    BadText{"a,b,c\n", 0, "", "has a header but no rows"},
                    BadText{"a,b,c", 0, "", "has a header but no rows"},
                    BadText{"a,b,c\n1,2,3\n4,5\n", 3, "", "has 2 cells, expected 3"},
                    BadText{"a,b,c\n1,2,3\n4,5,6,7\n", 3, "", "has 4 cells, expected 3"},
                    BadText{"a,b,c\n1,2,3\n4,5", 3, "", "has 2 cells, expected 3: the file looks truncated"},
                    BadText{"a,b,c\n1,2,3\n4,5,-", 3, "c", "`-` is not a number: the file looks truncated"},
                    BadText{"a,b,c\n1,2,3\n\n4,5,6\n", 3, "", "is blank, expected 3 cells"},
                    BadText{"a,b,c\n1,abc,3\n", 2, "b", "`abc` is not a number"},
                    BadText{"a,b,c\n\n1,2,3\n1,2,0x3\n", 2, "", "is blank"},
                    BadText{"a,b,c\n1,2,\"3\" 4\n", 2, "", "has text after a closing quote"},
                    BadText{"a,b,c\n1,2,\"3\n4,5,6\n", 2, "", "has a quote that is never closed"},
                    BadText{"a,b\n1,2\n", 0, "", "has no column c"}, BadText{"a\n1\n", 0, "", "has no columns b, c"},
                    BadText{"x,y\n1,2\n", 0, "", "has none of the channels: its columns are x, y"},
                    BadText{"a,b,c,d\n1,2,3,4\n", 0, "", "has column d, which the other files do not have"},
                    BadText{"a,b,a\n1,2,3\n", 0, "", "has two columns named `a`"}));

TEST(Decode, NamesTheRowOfANulByte) {
  io::CsvDecoder decoder(shape_of({"a"}), {"a"}, {});
  const Decoded decoded = decode_with(decoder, std::string_view("a\n1\n2\0\n", 7));
  ASSERT_TRUE(decoded.problem);
  EXPECT_EQ(decoded.problem->row, 3);
  EXPECT_THAT(decoded.problem->reason, HasSubstr("NUL"));
}

TEST(Decode, NamesAColumnByNumberWhereThereIsNoHeader) {
  const Decoded decoded = decode_text("1,2\n3,abc\n");
  ASSERT_TRUE(decoded.problem);
  EXPECT_EQ(decoded.problem->message().substr(decoded.problem->path.size()),
            ": row 2, column 2: `abc` is not a number");
}

TEST(Decode, HintsAtTheTimeColumnWhereAFirstColumnOfTextHasItsName) {
  const Decoded decoded = decode_text("date,a\n01/01/2020,5\n02/01/2020,6\n");
  ASSERT_TRUE(decoded.problem);
  EXPECT_EQ(decoded.problem->reason, "`01/01/2020` is not a number; `--time-column date` leaves the column out");
}

TEST(Source, DecodesFilesWithoutThrowingAndCountsItsTime) {
  const TemporaryFolder folder;
  folder.write("1.csv", "a,b\n1,2\n3,4\n");
  folder.write("2.csv", "a,b\n1,2\n3\n");
  folder.write("3.csv", "a,b\n1,2.5\n");
  DiscoveryOptions options;
  options.inputs = {folder.path()};
  const auto source = open_source(discover(options), options.format);
  ASSERT_EQ(source->recordings().size(), 3u);
  const auto decoder = source->make_decoder();
  DecodedRecording out;
  StageSeconds seconds;
  EXPECT_FALSE(decoder->decode(source->recordings()[0], out, seconds));
  EXPECT_EQ(out.n, 2);
  EXPECT_EQ(out.text_bytes, 12);
  EXPECT_GT(seconds.read, 0);
  EXPECT_GT(seconds.decode, 0);
  const auto problem = decoder->decode(source->recordings()[1], out, seconds);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->message(), source->recordings()[1].path + ": row 3: has 1 cell, expected 2");
  EXPECT_FALSE(decoder->decode(source->recordings()[2], out, seconds));
  EXPECT_EQ(out.n, 1);
  EXPECT_EQ(out.channels[1].view().type, SampleType::kFloat64);
  const auto absent = decoder->decode({.path = folder.path() + "/none.csv", .id = "none"}, out, seconds);
  ASSERT_TRUE(absent);
  EXPECT_THAT(absent->reason, HasSubstr("cannot be opened"));
}

}  // namespace
}  // namespace pumice
