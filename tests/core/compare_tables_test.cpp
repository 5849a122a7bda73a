#include "core/compare_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pumice/column_name.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// A table with integer ids; columns are added one by one.
struct TestTable : Table {
  explicit TestTable(std::vector<std::int64_t> ids) {
    data.rows = static_cast<std::int64_t>(ids.size());
    add({"segment_id", ColumnType::kInteger, ""},
        {.integers = std::move(ids), .numbers = {}, .texts = {}, .valid = {}});
  }
  TestTable& add(const TableColumn& column, ColumnValues values) {
    schema.columns.push_back(column);
    data.columns.push_back(std::move(values));
    return *this;
  }
  TestTable& numbers(const std::string& name, std::vector<double> values) {
    return add({name, ColumnType::kNumber, ""},
               {.integers = {}, .numbers = std::move(values), .texts = {}, .valid = {}});
  }
  TestTable& texts(const std::string& name, std::vector<std::string> values) {
    return add({name, ColumnType::kText, ""}, {.integers = {}, .numbers = {}, .texts = std::move(values), .valid = {}});
  }
};

/// The cause found where a column of this name holds these values.
std::string cause_of(const std::string& name, const std::vector<double>& a, const std::vector<double>& b,
                     const std::map<std::string, std::string>& metadata_a = {},
                     const std::map<std::string, std::string>& metadata_b = {}) {
  std::vector<std::int64_t> ids(a.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<std::int64_t>(i);
  }
  TestTable table_a(ids);
  TestTable table_b(ids);
  table_a.numbers(name, a).schema.metadata = metadata_a;
  table_b.numbers(name, b).schema.metadata = metadata_b;
  return compare_tables(table_a, table_b).columns.at(0).cause;
}

std::vector<double> times(const std::vector<double>& values, double factor) {
  std::vector<double> result;
  for (const double value : values) {
    result.push_back(value * factor);
  }
  return result;
}

const std::vector<double> kValues{12.345678901, 0.00123, 987654.321, 3.14159265358979};

TEST(CompareTables, FindsATableIdenticalToItself) {
  TestTable table({3, 1});
  table.numbers("x", {1.5, kNone}).texts("t", {"a", "b"});
  const Comparison comparison = compare_tables(table, table);
  EXPECT_TRUE(comparison.identical());
  EXPECT_EQ(comparison.rows_common, 2);
  EXPECT_THAT(comparison.columns, SizeIs(2));
  EXPECT_EQ(comparison.largest_relative().difference, 0);
}

TEST(CompareTables, MatchesRowsByIdWhateverTheirOrderAndType) {
  TestTable a({1000000, 2});
  a.numbers("x", {10, 20});
  TestTable b({0, 0});
  b.schema.columns[0].type = ColumnType::kText;
  b.data.columns[0] = {.integers = {}, .numbers = {}, .texts = {"2", "1000000"}, .valid = {}};
  b.numbers("x", {20, 10});
  EXPECT_TRUE(compare_tables(a, b).identical());
  b.schema.columns[0].type = ColumnType::kNumber;
  b.data.columns[0] = {.integers = {}, .numbers = {2, 1e6}, .texts = {}, .valid = {}};
  EXPECT_TRUE(compare_tables(a, b).identical());
}

TEST(CompareTables, NamesRowsAndColumnsOfOneTableOnly) {
  TestTable a({1, 2});
  a.numbers("x", {1, 2}).numbers("mine", {0, 0});
  TestTable b({2, 3});
  b.numbers("x", {2, 3}).numbers("theirs", {0, 0});
  const Comparison comparison = compare_tables(a, b);
  EXPECT_FALSE(comparison.equal());
  EXPECT_THAT(comparison.rows_only_a, ElementsAre("1"));
  EXPECT_THAT(comparison.rows_only_b, ElementsAre("3"));
  EXPECT_THAT(comparison.columns_only_a, ElementsAre("mine"));
  EXPECT_THAT(comparison.columns_only_b, ElementsAre("theirs"));
  EXPECT_TRUE(comparison.columns.at(0).equal());
}

TEST(CompareTables, MatchesWindowsAndChannelsWithinASegment) {
  const auto window = [](std::vector<std::int64_t> numbers) {
    return ColumnValues{.integers = std::move(numbers), .numbers = {}, .texts = {}, .valid = {}};
  };
  TestTable a({7, 7});
  a.add({"window", ColumnType::kInteger, ""}, window({0, 1})).numbers("x", {1, 2});
  TestTable b({7, 7});
  b.add({"window", ColumnType::kInteger, ""}, window({1, 2})).numbers("x", {2, 3});
  const Comparison comparison = compare_tables(a, b);
  EXPECT_EQ(comparison.rows_common, 1);
  EXPECT_THAT(comparison.rows_only_a, ElementsAre("7, window 0"));
  EXPECT_THAT(comparison.rows_only_b, ElementsAre("7, window 2"));
}

TEST(CompareTables, MatchesRowsByNumberWhereThereIsNoId) {
  TestTable a({1, 2});
  a.schema.columns[0].name = "a_only";
  a.numbers("x", {1, 2});
  TestTable b({1, 2});
  b.schema.columns[0].name = "b_only";
  b.numbers("x", {1, 3});
  const Comparison comparison = compare_tables(a, b);
  EXPECT_THAT(comparison.keys, IsEmpty());
  EXPECT_EQ(comparison.columns.at(0).relative.row, "2");
}

TEST(CompareTables, RefusesTwoRowsOfOneId) {
  EXPECT_THROW((void)compare_tables(TestTable({1, 1}), TestTable({1})), UsageError);
  EXPECT_THROW((void)compare_tables(TestTable({1}), TestTable({1}), {.keys = {"nothing"}}), UsageError);
}

TEST(CompareTables, FindsTheLargestDifferencesAndTheirRows) {
  TestTable a({10, 20, 30});
  a.numbers("x", {1, 100, 5});
  TestTable b({10, 20, 30});
  b.numbers("x", {2, 110, 5});
  const ColumnComparison column = compare_tables(a, b).columns.at(0);
  EXPECT_EQ(column.values, 3);
  EXPECT_EQ(column.different, 2);
  EXPECT_EQ(column.relative.row, "10");
  EXPECT_DOUBLE_EQ(column.relative.difference, 0.5);
  EXPECT_EQ(column.absolute.row, "20");
  EXPECT_DOUBLE_EQ(column.absolute.difference, 10);
  EXPECT_EQ(column.absolute.b, 110);
}

TEST(CompareTables, IsEqualWithinTheTolerances) {
  TestTable a({1});
  a.numbers("x", {100});
  TestTable b({1});
  b.numbers("x", {101});
  EXPECT_FALSE(compare_tables(a, b).equal());
  EXPECT_TRUE(compare_tables(a, b, {.relative = 0.01, .keys = {}}).equal());
  EXPECT_FALSE(compare_tables(a, b, {.relative = 0.009, .keys = {}}).equal());
  EXPECT_TRUE(compare_tables(a, b, {.relative = 0, .absolute = 1, .keys = {}}).equal());
  EXPECT_FALSE(compare_tables(a, b, {.relative = 0, .absolute = 1, .keys = {}}).identical());
}

TEST(CompareTables, CountsValuesThatExistInOneTableOnly) {
  TestTable a({1, 2, 3});
  a.numbers("x", {1, kNone, 3});
  TestTable b({1, 2, 3});
  b.numbers("x", {kNone, 2, 3});
  const ColumnComparison column = compare_tables(a, b, {.relative = 1, .keys = {}}).columns.at(0);
  EXPECT_EQ(column.only_a, 1);
  EXPECT_EQ(column.only_b, 1);
  EXPECT_EQ(column.row, "1");
  EXPECT_FALSE(column.equal());
}

TEST(CompareTables, NeverFindsInfinityEqualToAFiniteValue) {
  TestTable a({1, 2});
  a.numbers("x", {HUGE_VAL, HUGE_VAL});
  TestTable b({1, 2});
  b.numbers("x", {HUGE_VAL, 1});
  const Comparison comparison = compare_tables(a, b, {.relative = 1, .keys = {}});
  EXPECT_EQ(comparison.columns.at(0).unequal, 1);
  EXPECT_EQ(comparison.columns.at(0).relative.row, "2");
}

TEST(CompareTables, ComparesIntegersBeyondTheDoublesToTheLastDigit) {
  const auto table = [](std::int64_t value) {
    TestTable result({1});
    result.add({"n", ColumnType::kInteger, ""}, {.integers = {value}, .numbers = {}, .texts = {}, .valid = {}});
    return result;
  };
  EXPECT_EQ(compare_tables(table(9007199254740993), table(9007199254740992)).columns.at(0).absolute.difference, 1);
}

TEST(CompareTables, SortsTheWorstFirst) {
  TestTable a({1});
  a.numbers("same", {1}).numbers("slight", {1}).numbers("gross", {1}).numbers("absent", {kNone});
  TestTable b({1});
  b.numbers("same", {1}).numbers("slight", {1.001}).numbers("gross", {2}).numbers("absent", {1});
  std::vector<std::string> names;
  for (const ColumnComparison& column : compare_tables(a, b).columns) {
    names.push_back(column.name);
  }
  EXPECT_THAT(names, ElementsAre("absent", "gross", "slight", "same"));
}

TEST(CompareTables, ListsMetadataThatDiffers) {
  TestTable a({1});
  a.schema.metadata = {{"same", "1"}, {"changed", "2"}, {"a", "3"}};
  TestTable b({1});
  b.schema.metadata = {{"same", "1"}, {"changed", "4"}, {"b", "5"}};
  const Comparison comparison = compare_tables(a, b);
  ASSERT_THAT(comparison.metadata, SizeIs(3));
  EXPECT_EQ(comparison.metadata[1].key, "b");
  EXPECT_EQ(comparison.metadata[1].a, "");
  EXPECT_EQ(comparison.metadata[2].a, "2");
  EXPECT_TRUE(comparison.equal());
}

TEST(LikelyCause, IsTheDivisorOfTheVariance) {
  constexpr double kN = 60001;
  EXPECT_EQ(cause_of("sensor_1__var", kValues, times(kValues, (kN - 1) / kN)),
            "differs by n/(n-1), n = 60001: ddof 1 in A, 0 in B");
  EXPECT_EQ(cause_of("sensor_1__std", times(kValues, std::sqrt((kN - 1) / kN)), kValues),
            "differs by sqrt(n/(n-1)), n = 60001: ddof 0 in A, 1 in B");
  EXPECT_EQ(cause_of("x_std", {3, 3}, {3 * std::sqrt(9.0 / 10), 3 * std::sqrt(19.0 / 20)}),
            "differs by sqrt(n/(n-1)), n = 10 to 20: ddof 1 in A, 0 in B");
  EXPECT_EQ(cause_of("x_std", {3, 4}, {3.1, 3.9}).find("ddof"), std::string::npos);
}

TEST(LikelyCause, IsTheBiasOfTheSkewness) {
  constexpr double kN = 1000;
  const double factor = (kN - 2) / std::sqrt(kN * (kN - 1));
  EXPECT_EQ(cause_of("sensor_1__skewness", kValues, times(kValues, factor)),
            "differs by sqrt(n (n-1))/(n-2): bias-corrected in A, not in B");
}

TEST(LikelyCause, IsTheExcessOfTheKurtosis) {
  EXPECT_EQ(cause_of("sensor_1__kurtosis", {0.25, -1.5, 7}, {3.25, 1.5, 10}),
            "differs by 3: excess kurtosis in A only");
}

TEST(LikelyCause, IsFloat32) {
  std::vector<double> rounded;
  for (const double value : kValues) {
    rounded.push_back(static_cast<float>(value));
  }
  EXPECT_EQ(cause_of("x", kValues, rounded), "B holds float32 values");
  EXPECT_EQ(cause_of("x", times(rounded, 2), times(kValues, 2.001)),
            "A holds float32 values, and was computed in float32");
  EXPECT_EQ(cause_of("x", {0.123456789}, {0.12345679}), "B holds float32 values");
}

TEST(LikelyCause, IsThePolicyThatTheMetadataNames) {
  EXPECT_EQ(cause_of("x", {1, kNone}, {1, 0}, {{"pumice.missing", "\"skip\""}}, {{"pumice.missing", "\"zero\""}}),
            "missing-value policy: \"skip\" in A, \"zero\" in B");
}

TEST(LikelyCause, IsAPolicyWhereZerosStandForNoValue) {
  EXPECT_THAT(cause_of("x", {1, kNone, kNone}, {1, 0, 0}),
              HasSubstr("0 in B where A has no value: missing-value policy zero or ffill in B"));
  EXPECT_THAT(cause_of("x", {1, kNone}, {1, 2}), HasSubstr("values exist in one table only"));
}

TEST(LikelyCause, IsASettingThatTheMetadataNames) {
  EXPECT_EQ(cause_of("x", {1.5, 2.5}, {1.7, 2.9}, {{"pumice.nperseg", "1024"}}, {{"pumice.nperseg", "256"}}),
            "other settings: nperseg (1024 in A, 256 in B)");
}

TEST(LikelyCause, IsAUnit) {
  EXPECT_EQ(cause_of("x", kValues, times(kValues, 0.001)),
            "A is 1000 times B in every row: another unit or definition");
}

TEST(LikelyCause, IsRounding) { EXPECT_EQ(cause_of("x", {1}, {1 + 1e-15}), "rounding of the last digits"); }

TEST(LikelyCause, IsLeftOpenWhereNoneIsKnown) { EXPECT_EQ(cause_of("x", {1.1, 2, 3.3}, {2, 2.3, 9.7}), ""); }

TEST(LikelyCause, OfOtherColumnsIsTheirParametersOrTheirNaming) {
  TestTable a({1});
  a.numbers("sensor_1__quantile__q_0.05", {1});
  TestTable b({1});
  b.numbers("sensor_1__quantile__q_0.1", {1});
  TestTable safe({1});
  safe.numbers(safe_name("sensor_1__quantile__q_0.05"), {1});
  EXPECT_THAT(
      compare_tables(a, b).causes,
      ElementsAre("other feature parameters: `sensor_1__quantile__q_0.05` in A, `sensor_1__quantile__q_0.1` in B"));
  EXPECT_THAT(compare_tables(a, safe).causes, ElementsAre(HasSubstr("other naming (--names)")));
}

}  // namespace
}  // namespace pumice
