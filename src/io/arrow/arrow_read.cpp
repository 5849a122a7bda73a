#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/util/config.h>
#include <arrow/util/float16.h>
#include <arrow/util/io_util.h>
#include <fmt/core.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string_view>

#include "io/arrow/arrow_parts.hpp"

namespace pumice {
namespace {

constexpr std::string_view kIpcMagic = "ARROW1";

/// Appends a column's values chunk by chunk.
class ColumnReader {
 public:
  ColumnReader(const std::string& path, const std::string& column, ColumnType type)
      : path_(path), column_(column), type_(type) {}

  void append(const arrow::Array& array) {
    switch (array.type_id()) {
      case arrow::Type::DICTIONARY:
        return append_dictionary(static_cast<const arrow::DictionaryArray&>(array));
      case arrow::Type::EXTENSION:
        return append(*static_cast<const arrow::ExtensionArray&>(array).storage());
      default:
        break;
    }
    switch (type_) {
      case ColumnType::kInteger:
        return append_integers(array);
      case ColumnType::kNumber:
        return append_numbers(array);
      case ColumnType::kText:
        return append_texts(array);
    }
  }

  [[nodiscard]] ColumnValues take() {
    if (std::find(values_.valid.begin(), values_.valid.end(), 0) == values_.valid.end()) {
      values_.valid.clear();
    }
    return std::move(values_);
  }

 private:
  template <class Array, class Convert>
  void each(const arrow::Array& array, Convert convert) {
    const auto& typed = static_cast<const Array&>(array);
    for (std::int64_t i = 0; i < array.length(); ++i) {
      convert(typed, i, array.IsValid(i));
    }
  }

  template <class Array>
  void integers(const arrow::Array& array) {
    each<Array>(array, [&](const Array& typed, std::int64_t i, bool valid) {
      const auto value = valid ? typed.Value(i) : 0;
      if constexpr (std::is_same_v<Array, arrow::UInt64Array>) {
        if (static_cast<std::uint64_t>(value) > std::numeric_limits<std::int64_t>::max()) {
          throw InputError({.path = path_,
                            .reason = fmt::format("{} is more than a 64-bit integer holds", value),
                            .row = {},
                            .column = column_,
                            .byte = {}});
        }
      }
      values_.integers.push_back(static_cast<std::int64_t>(value));
      values_.valid.push_back(valid ? 1 : 0);
    });
  }

  void append_integers(const arrow::Array& array) {
    switch (array.type_id()) {
      case arrow::Type::BOOL:
        return integers<arrow::BooleanArray>(array);
      case arrow::Type::INT8:
        return integers<arrow::Int8Array>(array);
      case arrow::Type::INT16:
        return integers<arrow::Int16Array>(array);
      case arrow::Type::INT32:
        return integers<arrow::Int32Array>(array);
      case arrow::Type::UINT8:
        return integers<arrow::UInt8Array>(array);
      case arrow::Type::UINT16:
        return integers<arrow::UInt16Array>(array);
      case arrow::Type::UINT32:
        return integers<arrow::UInt32Array>(array);
      case arrow::Type::UINT64:
        return integers<arrow::UInt64Array>(array);
      default:
        return integers<arrow::Int64Array>(array);
    }
  }

  template <class Array, class Convert>
  void numbers(const arrow::Array& array, Convert convert) {
    each<Array>(array, [&](const Array& typed, std::int64_t i, bool valid) {
      values_.numbers.push_back(valid ? convert(typed, i) : std::numeric_limits<double>::quiet_NaN());
    });
  }

  void append_numbers(const arrow::Array& array) {
    const auto plain = [](const auto& typed, std::int64_t i) { return static_cast<double>(typed.Value(i)); };
    switch (array.type_id()) {
      case arrow::Type::FLOAT:
        return numbers<arrow::FloatArray>(array, plain);
      case arrow::Type::HALF_FLOAT:
        return numbers<arrow::HalfFloatArray>(array, [](const arrow::HalfFloatArray& typed, std::int64_t i) {
          return arrow::util::Float16::FromBits(typed.Value(i)).ToDouble();
        });
      case arrow::Type::DECIMAL128: {
        const std::int32_t scale = static_cast<const arrow::Decimal128Type&>(*array.type()).scale();
        return numbers<arrow::Decimal128Array>(array, [=](const arrow::Decimal128Array& typed, std::int64_t i) {
          return arrow::Decimal128(typed.GetValue(i)).ToDouble(scale);
        });
      }
      case arrow::Type::DECIMAL256: {
        const std::int32_t scale = static_cast<const arrow::Decimal256Type&>(*array.type()).scale();
        return numbers<arrow::Decimal256Array>(array, [=](const arrow::Decimal256Array& typed, std::int64_t i) {
          return arrow::Decimal256(typed.GetValue(i)).ToDouble(scale);
        });
      }
      case arrow::Type::NA:
        return numbers<arrow::NullArray>(array, [](const arrow::NullArray&, std::int64_t) { return 0.0; });
      default:
        return numbers<arrow::DoubleArray>(array, plain);
    }
  }

  template <class Array>
  void texts(const arrow::Array& array) {
    each<Array>(array, [&](const Array& typed, std::int64_t i, bool valid) {
      values_.texts.emplace_back(valid ? std::string(typed.GetView(i)) : std::string());
      values_.valid.push_back(valid ? 1 : 0);
    });
  }

  void append_texts(const arrow::Array& array) {
    switch (array.type_id()) {
      case arrow::Type::STRING:
      case arrow::Type::BINARY:
        return texts<arrow::BinaryArray>(array);
      case arrow::Type::LARGE_STRING:
      case arrow::Type::LARGE_BINARY:
        return texts<arrow::LargeBinaryArray>(array);
      case arrow::Type::STRING_VIEW:
        return texts<arrow::BinaryViewArray>(array);
      default:
        break;
    }
    // Dates and times as Arrow prints them, which is ISO 8601.
    for (std::int64_t i = 0; i < array.length(); ++i) {
      const bool valid = array.IsValid(i);
      values_.texts.push_back(valid ? value_of(array.GetScalar(i), path_)->ToString() : std::string());
      values_.valid.push_back(valid ? 1 : 0);
    }
  }

  void append_dictionary(const arrow::DictionaryArray& array) {
    ColumnReader words(path_, column_, type_);
    words.append(*array.dictionary());
    const ColumnValues& from = words.values_;
    for (std::int64_t i = 0; i < array.length(); ++i) {
      const bool present = array.IsValid(i);
      const auto word = static_cast<std::size_t>(present ? array.GetValueIndex(i) : 0);
      const bool valid = present && (from.valid.empty() || from.valid[word] != 0);
      if (type_ == ColumnType::kNumber) {
        values_.numbers.push_back(valid ? from.numbers[word] : std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      if (type_ == ColumnType::kInteger) {
        values_.integers.push_back(valid ? from.integers[word] : 0);
      } else {
        values_.texts.push_back(valid ? from.texts[word] : std::string());
      }
      values_.valid.push_back(valid ? 1 : 0);
    }
  }

  const std::string& path_;
  const std::string& column_;
  ColumnType type_;
  ColumnValues values_;
};

void check_read(const arrow::Status& status, const std::string& path) {
  if (!status.ok()) {
    throw arrow_input_error(path, "Arrow cannot read it: " + status.message());
  }
}

std::unique_ptr<parquet::arrow::FileReader> open_parquet(const std::string& path,
                                                         const std::shared_ptr<arrow::io::ReadableFile>& file) {
  // The footer of a table of many columns is larger than the limits that guard against forged ones.
  constexpr std::int32_t kThriftLimit = std::numeric_limits<std::int32_t>::max();
  parquet::ReaderProperties properties = parquet::default_reader_properties();
  properties.set_thrift_string_size_limit(kThriftLimit);
  properties.set_thrift_container_size_limit(kThriftLimit);
  parquet::arrow::FileReaderBuilder builder;
  check_read(builder.Open(file, properties), path);
  std::unique_ptr<parquet::arrow::FileReader> reader;
  check_read(builder.Build(&reader), path);
  return reader;
}

std::shared_ptr<arrow::Table> read_parquet(const std::string& path, parquet::arrow::FileReader& reader) {
#if ARROW_VERSION_MAJOR >= 24
  return value_of(reader.ReadTable(), path);
#else
  std::shared_ptr<arrow::Table> table;
  check_read(reader.ReadTable(&table), path);
  return table;
#endif
}

bool is_ipc_file(const std::string& path, arrow::io::ReadableFile& file) {
  const auto start = value_of(file.ReadAt(0, static_cast<std::int64_t>(kIpcMagic.size())), path);
  check_read(file.Seek(0), path);
  return std::string_view(*start) == kIpcMagic;
}

/// Reads a table, or, `schema_only`, one without rows.
std::shared_ptr<arrow::Table> read_ipc(const std::string& path, const std::shared_ptr<arrow::io::ReadableFile>& file,
                                       bool schema_only) {
  arrow::RecordBatchVector batches;
  std::shared_ptr<arrow::Schema> schema;
  if (is_ipc_file(path, *file)) {
    const auto reader = value_of(arrow::ipc::RecordBatchFileReader::Open(file), path);
    schema = reader->schema();
    for (int i = 0; !schema_only && i < reader->num_record_batches(); ++i) {
      batches.push_back(value_of(reader->ReadRecordBatch(i), path));
    }
  } else {
    const auto reader = value_of(arrow::ipc::RecordBatchStreamReader::Open(file), path);
    schema = reader->schema();
    std::shared_ptr<arrow::RecordBatch> batch;
    while (!schema_only) {
      check_read(reader->ReadNext(&batch), path);
      if (batch == nullptr) {
        break;
      }
      batches.push_back(batch);
    }
  }
  return value_of(arrow::Table::FromRecordBatches(schema, batches), path);
}

/// Calls read(file), with exceptions of the Parquet library as ours.
template <class Read>
auto with_file(const std::string& path, Read read) {
  const arrow::Result<std::shared_ptr<arrow::io::ReadableFile>> file = arrow::io::ReadableFile::Open(path);
  if (!file.ok()) {
    const bool absent = arrow::internal::ErrnoFromStatus(file.status()) == ENOENT;
    throw arrow_input_error(path, absent ? "there is no such file" : file.status().message());
  }
  try {
    return read(*file);
  } catch (const parquet::ParquetException& error) {
    throw arrow_input_error(path, std::string("Arrow cannot read it: ") + error.what());
  }
}

void check_unique(const std::string& path, const TableSchema& schema) {
  std::vector<std::string_view> names;
  for (const TableColumn& column : schema.columns) {
    names.push_back(column.name);
  }
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice != names.end()) {
    throw arrow_input_error(path, fmt::format("column `{}` is in it twice", *twice));
  }
}

TableSchema without_index(TableSchema schema) {
  std::erase_if(schema.columns, [](const TableColumn& column) { return is_unnamed_index(column.name); });
  return schema;
}

}  // namespace

Table read_arrow_table(const std::string& path, TableFormat format) {
  const std::shared_ptr<arrow::Table> from = with_file(path, [&](const std::shared_ptr<arrow::io::ReadableFile>& file) {
    return format == TableFormat::kParquet ? read_parquet(path, *open_parquet(path, file))
                                           : read_ipc(path, file, false);
  });
  const TableSchema schema = from_arrow(*from->schema(), path);
  check_unique(path, schema);
  Table table;
  table.data.rows = from->num_rows();
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const TableColumn& column = schema.columns[i];
    if (is_unnamed_index(column.name)) {
      continue;
    }
    ColumnReader reader(path, column.name, column.type);
    for (const std::shared_ptr<arrow::Array>& chunk : from->column(static_cast<int>(i))->chunks()) {
      reader.append(*chunk);
    }
    table.data.columns.push_back(reader.take());
  }
  table.schema = without_index(schema);
  return table;
}

TableSchema read_arrow_schema(const std::string& path, TableFormat format) {
  const std::shared_ptr<arrow::Schema> schema =
      with_file(path, [&](const std::shared_ptr<arrow::io::ReadableFile>& file) {
        std::shared_ptr<arrow::Schema> result;
        if (format == TableFormat::kParquet) {
          check_read(open_parquet(path, file)->GetSchema(&result), path);
        } else {
          result = read_ipc(path, file, true)->schema();
        }
        return result;
      });
  TableSchema result = from_arrow(*schema, path);
  check_unique(path, result);
  return without_index(std::move(result));
}

}  // namespace pumice
