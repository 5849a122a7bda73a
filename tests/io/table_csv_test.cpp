// Text tables: exactly what is written, and what people's own look like.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pumice/error.hpp"
#include "table_support.hpp"

namespace pumice {
namespace {

using test::bytes_of;
using test::Folder;
using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

class CsvTable : public testing::Test {
 protected:
  Table read(const std::string& text) const { return read_table(folder_.put("labels.csv", text)); }
  std::string refusal(const std::string& text) const {
    return message_of<InputError>([&] { (void)read(text); });
  }
  Folder folder_;
};

TEST_F(CsvTable, IsWrittenByRfc4180) {
  test::write_table(folder_.path("t.csv"), test::sample_table());
  EXPECT_EQ(bytes_of(folder_.path("t.csv")),
            "segment_id,sensor_1__mean,note,time_to_eruption\n"
            "1136037770,0.1,\"a,\"\"b\"\"\",12262005\n"
            "-5,,\"\",\n"
            "9223372036854775807,-1.7976931348623157e+308,NA,7\n");
}

TEST_F(CsvTable, TellsItsTypesUnitsAndMetadataInTheJsonBesideIt) {
  test::write_table(folder_.path("t.csv"), test::sample_table());
  const std::string json = bytes_of(folder_.path("t.csv.meta.json"));
  EXPECT_THAT(json, HasSubstr("\"format\": \"pumice-table-1\""));
  EXPECT_THAT(json, HasSubstr("\"rows\": 3"));
  EXPECT_THAT(json, HasSubstr("\"unit\": \"{x}\""));
  EXPECT_THAT(json, HasSubstr("\"sample_rate\": \"100\""));
}

TEST_F(CsvTable, WritesDoublesThatReadBackToTheBit) {
  Table table;
  table.schema.columns = {{"x", ColumnType::kNumber, ""}};
  table.data.rows = 7;
  table.data.columns = {test::numbers({1.0 / 3, 5e-324, 1e22, 60001, -0.0, 0.1 + 0.2, test::kNone})};
  test::write_table(folder_.path("t.csv"), table);
  EXPECT_EQ(bytes_of(folder_.path("t.csv")),
            "x\n0.3333333333333333\n5e-324\n1e+22\n60001\n-0\n0.30000000000000004\n\"\"\n");
  test::expect_same_table(table, read_table(folder_.path("t.csv")));
  EXPECT_TRUE(std::signbit(read_table(folder_.path("t.csv")).data.columns[0].numbers[4]));
}

TEST_F(CsvTable, KeepsTextThatLooksLikeNumbersWhereItIsDeclaredText) {
  Table table;
  table.schema.columns = {{"id", ColumnType::kText, ""}};
  table.data.rows = 3;
  table.data.columns = {test::texts({"7", " padded ", "two\nlines"})};
  test::write_table(folder_.path("t.csv"), table);
  test::expect_same_table(table, read_table(folder_.path("t.csv")));
}

TEST_F(CsvTable, ReadsTheLabelsOfTheCompetition) {
  const Table table = read("segment_id,time_to_eruption\n1136037770,12262005\n1969647810,32739612\n");
  EXPECT_EQ(table.schema.columns[0].type, ColumnType::kInteger);
  EXPECT_EQ(table.schema.columns[1].name, "time_to_eruption");
  EXPECT_THAT(table.data.columns[0].integers, ElementsAre(1136037770, 1969647810));
  EXPECT_THAT(table.data.columns[1].integers, ElementsAre(12262005, 32739612));
  EXPECT_TRUE(table.data.columns[1].valid.empty());
}

TEST_F(CsvTable, TakesTheNarrowestTypeThatHoldsEveryCell) {
  const Table table = read("i,x,t,padded,empty\n1,1,1,007,\n-3,2.5,b,008,\n");
  std::vector<ColumnType> types;
  for (const TableColumn& column : table.schema.columns) {
    types.push_back(column.type);
  }
  EXPECT_THAT(types, ElementsAre(ColumnType::kInteger, ColumnType::kNumber, ColumnType::kText, ColumnType::kText,
                                 ColumnType::kNumber));
  EXPECT_THAT(table.data.columns[3].texts, ElementsAre("007", "008"));
}

TEST_F(CsvTable, KeepsTheDigitsOfIntegersBeyond64Bits) {
  const Table table = read("x\n9223372036854775807\n9223372036854775808\n");
  EXPECT_THAT(table.data.columns[0].texts, ElementsAre("9223372036854775807", "9223372036854775808"));
  const Table real = read("x\n9223372036854775808\n0.5\n");
  EXPECT_THAT(real.data.columns[0].numbers, ElementsAre(9223372036854775808.0, 0.5));
}

TEST_F(CsvTable, TakesEmptyCellsAndTheUsualWordsAsMissing) {
  const Table table = read("i,x,t\n1,NaN,NA\n,2.5,b\nnull,n/a,\"\"\n");
  EXPECT_THAT(table.data.columns[0].valid, ElementsAre(1, 0, 0));
  EXPECT_TRUE(std::isnan(table.data.columns[1].numbers[0]));
  EXPECT_EQ(table.data.columns[1].numbers[1], 2.5);
  EXPECT_THAT(table.data.columns[2].valid, ElementsAre(0, 1, 1));
}

TEST_F(CsvTable, ReadsSemicolonsAndDecimalCommas) {
  const Table table = read("id;x\n1;2,5\n2;-0,125\n");
  EXPECT_THAT(table.data.columns[1].numbers, ElementsAre(2.5, -0.125));
}

TEST_F(CsvTable, ReadsTabs) {
  const Table table = read_table(folder_.put("labels.tsv", "id\tname\n1\ta b\n2\t\n"));
  EXPECT_THAT(table.data.columns[1].texts, ElementsAre("a b", ""));
  EXPECT_THAT(table.data.columns[1].valid, ElementsAre(1, 0));
}

TEST_F(CsvTable, ReadsByteOrderMarkCarriageReturnsQuotesAndSpaces) {
  const Table table = read("\xef\xbb\xbf\"id\", \"x\" ,t\r\n\"1\", 2 ,\" a \"\"b\"\",\r\nc\"\r\n\r\n2,3,d");
  EXPECT_EQ(table.schema.columns[0].name, "id");
  EXPECT_EQ(table.schema.columns[1].name, "x");
  EXPECT_THAT(table.data.columns[0].integers, ElementsAre(1, 2));
  EXPECT_THAT(table.data.columns[1].integers, ElementsAre(2, 3));
  EXPECT_THAT(table.data.columns[2].texts, ElementsAre(" a \"b\",\r\nc", "d"));
}

TEST_F(CsvTable, NamesAColumnWithoutANameByItsPlace) {
  EXPECT_EQ(read(",x\n0,1\n").schema.columns[0].name, "column_0");
}

TEST_F(CsvTable, NamesTheRowThatIsRagged) {
  EXPECT_THAT(refusal("a,b\n1,2\n\n1,2,3\n"), HasSubstr("labels.csv: row 4: has 3 cells, expected 2"));
}

TEST_F(CsvTable, CountsTheLinesInsideQuotes) {
  EXPECT_THAT(refusal("a,b\n\"1\n1\n1\",2\n1\n"), HasSubstr("row 5: has 1 cells, expected 2"));
}

TEST_F(CsvTable, RefusesQuotesThatDoNotEnd) {
  EXPECT_THAT(refusal("a,b\n1,\"2\n"), HasSubstr("row 2: a quoted cell does not end"));
  EXPECT_THAT(refusal("a,b\n1,\"2\"x\n"), HasSubstr("row 2: text stands after the closing quote"));
}

TEST_F(CsvTable, RefusesOneColumnTwice) { EXPECT_THAT(refusal("a,a\n1,2\n"), HasSubstr("column `a` is in it twice")); }

TEST_F(CsvTable, IsNotLedByTheDescriptionOfAnotherTable) {
  test::write_table(folder_.path("t.csv"), test::sample_table());
  const Table table = read_table(folder_.put("t.csv", "a,b\n1,2\n"));
  EXPECT_EQ(table.schema.columns[0].name, "a");
  EXPECT_TRUE(table.schema.metadata.empty());
}

TEST_F(CsvTable, WidensADeclaredTypeThatDoesNotHoldItsCells) {
  test::write_table(folder_.path("t.csv"), test::sample_table());
  const Table table =
      read_table(folder_.put("t.csv", "segment_id,sensor_1__mean,note,time_to_eruption\nx1,3,a,\nx2,4,b,\n"));
  EXPECT_EQ(table.schema.columns[0].type, ColumnType::kText);
  EXPECT_EQ(table.schema.columns[1].type, ColumnType::kNumber);
  EXPECT_EQ(table.schema.columns[3].type, ColumnType::kInteger);
}

TEST_F(CsvTable, NamesTheDescriptionThatCannotBeRead) {
  (void)folder_.put("t.csv.meta.json", "{");
  EXPECT_THAT(message_of<InputError>([&] { (void)read_table(folder_.put("t.csv", "a\n1\n")); }),
              HasSubstr("t.csv.meta.json: is not the description of a pumice table"));
}

}  // namespace
}  // namespace pumice
