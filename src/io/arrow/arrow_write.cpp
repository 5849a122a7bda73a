#include <arrow/io/buffered.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/io_util.h>
#include <fmt/core.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "io/arrow/arrow_parts.hpp"
#include "io/table_file.hpp"

namespace pumice {
namespace {

void check(const arrow::Status& status, const std::string& path) {
  if (!status.ok()) {
    throw write_error(path, arrow::internal::ErrnoFromStatus(status), status.message());
  }
}

template <class T>
T checked(arrow::Result<T> result, const std::string& path) {
  check(result.status(), path);
  return std::move(result).ValueUnsafe();
}

template <class Builder, class Value>
std::shared_ptr<arrow::Array> build(const std::string& path, std::int64_t rows, Value value) {
  Builder builder;
  check(builder.Reserve(rows), path);
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) {
    const auto item = value(i);
    check(item ? builder.Append(*item) : builder.AppendNull(), path);
  }
  return checked(builder.Finish(), path);
}

std::shared_ptr<arrow::Array> to_array(const std::string& path, ColumnType type, const ColumnValues& values,
                                       std::int64_t rows) {
  const auto exists = [&](std::size_t i) { return values.valid.empty() || values.valid[i] != 0; };
  switch (type) {
    case ColumnType::kInteger:
      return build<arrow::Int64Builder>(
          path, rows, [&](std::size_t i) { return exists(i) ? std::optional(values.integers[i]) : std::nullopt; });
    case ColumnType::kNumber:
      return build<arrow::DoubleBuilder>(path, rows, [&](std::size_t i) {
        return std::isnan(values.numbers[i]) ? std::nullopt : std::optional(values.numbers[i]);
      });
    case ColumnType::kText:
      break;
  }
  return build<arrow::StringBuilder>(path, rows, [&](std::size_t i) {
    return exists(i) ? std::optional<std::string_view>(values.texts[i]) : std::nullopt;
  });
}

/// A Parquet or an Arrow file that takes groups of rows.
class GroupSink {
 public:
  virtual ~GroupSink() = default;
  virtual arrow::Status write(const std::shared_ptr<arrow::RecordBatch>& batch) = 0;
  virtual arrow::Status close() = 0;
};

class ParquetSink : public GroupSink {
 public:
  ParquetSink(const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
              const std::shared_ptr<arrow::io::OutputStream>& out) {
    // Few values of a feature are equal and none is looked for by its range: dictionaries and statistics only cost.
    // The last bits of measured values do not compress: Snappy takes what is equal at a third of the cost of better
    // codecs.
    const auto properties = parquet::WriterProperties::Builder()
                                .disable_dictionary()
                                ->disable_statistics()
                                ->compression(parquet::Compression::SNAPPY)
                                ->max_row_group_length(kRowGroup)
                                ->build();
    writer_ = checked(parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), out, properties), path);
    // Without Arrow's own copy of the schema, which no type of ours needs, its metadata must be added by hand.
    check(writer_->AddKeyValueMetadata(schema->metadata()), path);
  }

  arrow::Status write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches({batch}));
    return writer_->WriteTable(*table, kRowGroup);
  }

  arrow::Status close() override { return writer_->Close(); }

 private:
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

class ArrowSink : public GroupSink {
 public:
  ArrowSink(const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
            const std::shared_ptr<arrow::io::OutputStream>& out) {
    arrow::ipc::IpcWriteOptions options = arrow::ipc::IpcWriteOptions::Defaults();
    options.use_threads = false;
    writer_ = checked(arrow::ipc::MakeFileWriter(out, schema, options), path);
  }

  arrow::Status write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return writer_->WriteRecordBatch(*batch);
  }

  arrow::Status close() override { return writer_->Close(); }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from, std::size_t first, std::size_t count) {
  if (!from.empty()) {
    const auto start = from.begin() + static_cast<std::ptrdiff_t>(first);
    to.insert(to.end(), start, start + static_cast<std::ptrdiff_t>(count));
  }
}

/// Gathers rows into groups of kRowGroup, so that a file's bytes do not depend on the chunks it came in.
class ArrowWriter : public TableWriter {
 public:
  ArrowWriter(const std::string& path, const TableSchema& schema, TableFormat format)
      : file_(path), columns_(schema.columns), schema_(schema), arrow_schema_(to_arrow(schema)) {
    pending_.columns.resize(columns_.size());
    // Parquet writes the pages of each column one by one: thousands of small pieces.
    constexpr std::int64_t kBuffer = std::int64_t{1} << 20;
    const auto raw = checked(arrow::io::FileOutputStream::Open(file_.temporary()), path);
    out_ = checked(arrow::io::BufferedOutputStream::Create(kBuffer, arrow::default_memory_pool(), raw), path);
    if (format == TableFormat::kParquet) {
      sink_ = std::make_unique<ParquetSink>(path, arrow_schema_, out_);
    } else {
      sink_ = std::make_unique<ArrowSink>(path, arrow_schema_, out_);
    }
  }

  ~ArrowWriter() override {
    sink_.reset();
    if (out_ != nullptr && !out_->closed()) {
      (void)out_->Close();
    }
  }

  void write(const TableChunk& chunk) override {
    check_chunk(schema_, chunk);
    for (std::int64_t first = 0; first < chunk.rows;) {
      const std::int64_t count = std::min(chunk.rows - first, kRowGroup - pending_.rows);
      gather(chunk, static_cast<std::size_t>(first), static_cast<std::size_t>(count));
      first += count;
      if (pending_.rows == kRowGroup) {
        flush();
      }
    }
  }

  void finish() override {
    if (pending_.rows > 0) {
      flush();
    }
    check(sink_->close(), file_.path());
    check(out_->Close(), file_.path());
    file_.commit();
  }

 private:
  void gather(const TableChunk& chunk, std::size_t first, std::size_t count) {
    const auto before = static_cast<std::size_t>(pending_.rows);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const ColumnValues& from = chunk.columns[i];
      ColumnValues& to = pending_.columns[i];
      append(to.integers, from.integers, first, count);
      append(to.numbers, from.numbers, first, count);
      append(to.texts, from.texts, first, count);
      if (!from.valid.empty() || !to.valid.empty()) {
        to.valid.resize(before, 1);
        append(to.valid, from.valid, first, count);
        to.valid.resize(before + count, 1);
      }
    }
    pending_.rows += static_cast<std::int64_t>(count);
  }

  void flush() {
    arrow::ArrayVector arrays;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      ColumnValues& values = pending_.columns[i];
      arrays.push_back(to_array(file_.path(), columns_[i].type, values, pending_.rows));
      values.integers.clear();
      values.numbers.clear();
      values.texts.clear();
      values.valid.clear();
    }
    check(sink_->write(arrow::RecordBatch::Make(arrow_schema_, pending_.rows, std::move(arrays))), file_.path());
    pending_.rows = 0;
  }

  AtomicFile file_;
  std::vector<TableColumn> columns_;
  TableSchema schema_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::shared_ptr<arrow::io::OutputStream> out_;
  std::unique_ptr<GroupSink> sink_;
  TableChunk pending_;
};

}  // namespace

std::unique_ptr<TableWriter> open_arrow_writer(const std::string& path, const TableSchema& schema, TableFormat format) {
  return std::make_unique<ArrowWriter>(path, schema, format);
}

}  // namespace pumice
