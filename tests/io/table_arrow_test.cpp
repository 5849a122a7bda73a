// Parquet and Arrow as other programs see them: read back with Arrow itself.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>

#include "pumice/error.hpp"
#include "table_support.hpp"

namespace pumice {
namespace {

using test::Folder;
using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<parquet::ParquetFileReader> open_parquet(const std::string& path) {
  return parquet::ParquetFileReader::OpenFile(path);
}

template <class Builder, class Value>
std::shared_ptr<arrow::Array> array(Builder builder, const std::vector<Value>& values) {
  for (const Value& value : values) {
    EXPECT_TRUE(builder.Append(value).ok());
  }
  EXPECT_TRUE(builder.AppendNull().ok());
  return builder.Finish().ValueOrDie();
}

/// Writes one column that another program made, and reads it as a table.
Table read_foreign(const Folder& folder, const std::shared_ptr<arrow::Array>& values, const std::string& name = "x") {
  const auto table = arrow::Table::Make(arrow::schema({arrow::field(name, values->type())}), {values});
  const std::string path = folder.path("foreign.parquet");
  const auto out = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out).ok());
  EXPECT_TRUE(out->Close().ok());
  return read_table(path);
}

TEST(ParquetTable, HasRowGroupsOf512RowsWhateverTheChunks) {
  const Folder folder;
  const std::string path = folder.path("t.parquet");
  TableSchema schema;
  schema.columns = {{"x", ColumnType::kNumber, ""}};
  const auto writer = open_table_writer(path, schema);
  for (int i = 0; i < 13; ++i) {
    writer->write({100, {test::numbers(std::vector<double>(100, i))}});
  }
  writer->finish();
  const auto metadata = open_parquet(path)->metadata();
  ASSERT_EQ(metadata->num_row_groups(), 3);
  EXPECT_EQ(metadata->RowGroup(0)->num_rows(), 512);
  EXPECT_EQ(metadata->RowGroup(1)->num_rows(), 512);
  EXPECT_EQ(metadata->RowGroup(2)->num_rows(), 276);
}

TEST(ParquetTable, HasTypesMetadataAndNullsThatOtherProgramsRead) {
  const Folder folder;
  const std::string path = folder.path("t.parquet");
  test::write_table(path, test::sample_table());
  const auto reader = open_parquet(path);
  const auto metadata = reader->metadata();
  EXPECT_EQ(metadata->schema()->Column(0)->physical_type(), parquet::Type::INT64);
  EXPECT_EQ(metadata->schema()->Column(1)->physical_type(), parquet::Type::DOUBLE);
  EXPECT_TRUE(metadata->schema()->Column(2)->logical_type()->is_string());
  EXPECT_EQ(metadata->key_value_metadata()->Get("sample_rate").ValueOrDie(), "100");
  EXPECT_EQ(metadata->key_value_metadata()->Get("pumice.units").ValueOrDie(), "{\"sensor_1__mean\":\"{x}\"}");
  EXPECT_FALSE(metadata->RowGroup(0)->ColumnChunk(1)->is_stats_set());

  std::shared_ptr<arrow::io::ReadableFile> file = arrow::io::ReadableFile::Open(path).ValueOrDie();
  const auto table_reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
  const auto column = table_reader->RowGroup(0);
  std::shared_ptr<arrow::Table> table;
  ASSERT_TRUE(column->ReadTable(&table).ok());
  EXPECT_EQ(table->column(1)->null_count(), 1);
  EXPECT_EQ(table->column(2)->null_count(), 0);
  EXPECT_EQ(table->column(3)->null_count(), 1);
  EXPECT_FALSE(table->column(3)->chunk(0)->IsValid(1));
}

TEST(ArrowTable, HasRecordBatchesOf512Rows) {
  const Folder folder;
  const std::string path = folder.path("t.feather");
  TableSchema schema;
  schema.columns = {{"x", ColumnType::kNumber, ""}};
  schema.metadata = {{"missing", "zero"}};
  const auto writer = open_table_writer(path, schema);
  writer->write({1000, {test::numbers(std::vector<double>(1000, 1))}});
  writer->finish();
  const auto reader =
      arrow::ipc::RecordBatchFileReader::Open(arrow::io::ReadableFile::Open(path).ValueOrDie()).ValueOrDie();
  EXPECT_EQ(reader->num_record_batches(), 2);
  EXPECT_EQ(reader->ReadRecordBatch(0).ValueOrDie()->num_rows(), 512);
  EXPECT_EQ(reader->schema()->metadata()->Get("missing").ValueOrDie(), "zero");
}

TEST(ArrowTable, ReadsStreamsToo) {
  const Folder folder;
  const std::string path = folder.path("stream.arrow");
  const auto schema = arrow::schema({arrow::field("x", arrow::int32())});
  const auto out = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  const auto writer = arrow::ipc::MakeStreamWriter(out, schema).ValueOrDie();
  const auto values = array(arrow::Int32Builder(), std::vector<int>{3, 4});
  ASSERT_TRUE(writer->WriteRecordBatch(*arrow::RecordBatch::Make(schema, 3, {values})).ok());
  ASSERT_TRUE(writer->Close().ok());
  ASSERT_TRUE(out->Close().ok());
  EXPECT_THAT(read_table(path).data.columns[0].integers, ElementsAre(3, 4, 0));
  EXPECT_EQ(read_table_schema(path).columns[0].name, "x");
}

TEST(ForeignParquet, NarrowAndUnsignedIntegersAndBooleansAreIntegers) {
  const Folder folder;
  for (const auto& values : {array(arrow::Int32Builder(), std::vector<int>{1, 0}),
                             array(arrow::UInt8Builder(), std::vector<std::uint8_t>{1, 0}),
                             array(arrow::UInt64Builder(), std::vector<std::uint64_t>{1, 0}),
                             array(arrow::BooleanBuilder(), std::vector<bool>{true, false})}) {
    const Table table = read_foreign(folder, values);
    EXPECT_EQ(table.schema.columns[0].type, ColumnType::kInteger) << values->type()->ToString();
    EXPECT_THAT(table.data.columns[0].integers, ElementsAre(1, 0, 0)) << values->type()->ToString();
    EXPECT_THAT(table.data.columns[0].valid, ElementsAre(1, 1, 0)) << values->type()->ToString();
  }
}

TEST(ForeignParquet, IntegersBeyond64BitsAreRefusedByName) {
  const Folder folder;
  EXPECT_THAT(message_of<InputError>([&] {
                (void)read_foreign(folder, array(arrow::UInt64Builder(), std::vector<std::uint64_t>{1ULL << 63}));
              }),
              HasSubstr("column x: 9223372036854775808 is more than a 64-bit integer holds"));
}

TEST(ForeignParquet, Float32AndDecimalsAreNumbers) {
  const Folder folder;
  const Table floats = read_foreign(folder, array(arrow::FloatBuilder(), std::vector<float>{0.5F, -2}));
  EXPECT_EQ(floats.data.columns[0].numbers[1], -2);
  EXPECT_TRUE(std::isnan(floats.data.columns[0].numbers[2]));
  const Table decimals =
      read_foreign(folder, array(arrow::Decimal128Builder(arrow::decimal128(10, 2)),
                                 std::vector<arrow::Decimal128>{arrow::Decimal128(125), arrow::Decimal128(-5)}));
  EXPECT_EQ(decimals.data.columns[0].numbers[0], 1.25);
  EXPECT_EQ(decimals.data.columns[0].numbers[1], -0.05);
}

TEST(ForeignParquet, LargeTextAndCategoriesAreText) {
  const Folder folder;
  const std::vector<std::string> words{"b", "a", "b"};
  for (const auto& values :
       {array(arrow::LargeStringBuilder(), words), array(arrow::StringDictionaryBuilder(), words)}) {
    const std::string path = folder.path("t.arrow");
    const auto schema = arrow::schema({arrow::field("x", values->type())});
    const auto out = arrow::io::FileOutputStream::Open(path).ValueOrDie();
    const auto writer = arrow::ipc::MakeFileWriter(out, schema).ValueOrDie();
    ASSERT_TRUE(writer->WriteRecordBatch(*arrow::RecordBatch::Make(schema, 4, {values})).ok());
    ASSERT_TRUE(writer->Close().ok());
    ASSERT_TRUE(out->Close().ok());
    for (const Table& table : {read_table(path), read_foreign(folder, values)}) {
      EXPECT_THAT(table.data.columns[0].texts, ElementsAre("b", "a", "b", ""));
      EXPECT_THAT(table.data.columns[0].valid, ElementsAre(1, 1, 1, 0));
    }
  }
}

TEST(ForeignParquet, TimesAreTextAsIso8601HasThem) {
  const Folder folder;
  const Table table = read_foreign(
      folder, array(arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool()),
                    std::vector<std::int64_t>{1'000, 1'700'000'000'250}));
  EXPECT_THAT(table.data.columns[0].texts, ElementsAre("1970-01-01 00:00:01.000", "2023-11-14 22:13:20.250", ""));
}

TEST(ForeignParquet, TheIndexThatPandasHidesIsHiddenHere) {
  const Folder folder;
  const auto values = array(arrow::Int64Builder(), std::vector<std::int64_t>{1});
  EXPECT_TRUE(read_foreign(folder, values, "__index_level_0__").schema.columns.empty());
  EXPECT_EQ(read_foreign(folder, values, "segment_id").schema.columns.size(), 1U);
}

TEST(ForeignParquet, ListsAreRefusedByName) {
  const Folder folder;
  auto list = std::make_shared<arrow::Int64Builder>();
  arrow::ListBuilder builder(arrow::default_memory_pool(), list);
  ASSERT_TRUE(builder.Append().ok());
  ASSERT_TRUE(list->Append(1).ok());
  EXPECT_THAT(message_of<InputError>([&] { (void)read_foreign(folder, builder.Finish().ValueOrDie()); }),
              HasSubstr("column x: holds list<"));
}

}  // namespace
}  // namespace pumice
