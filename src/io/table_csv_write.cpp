#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <string_view>

#include "io/table_file.hpp"
#include "io/table_format.hpp"
#include "io/table_meta.hpp"

namespace pumice {
namespace {

/// RFC 4180, and quotes where a reader that trims cells would lose something. An empty text is `""`: an empty cell
/// is a value that does not exist.
void append_text(std::string& line, std::string_view text) {
  const bool plain = !text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos && text.front() != ' ' &&
                     text.back() != ' ';
  if (plain) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') {
      line += '"';
    }
    line += c;
  }
  line += '"';
}

template <class T>
void append_shortest(std::string& line, T value) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  line.append(digits, end);
}

/// UTF-8, LF, doubles in the shortest form that reads back as the same double, an empty cell where there is no value.
class CsvWriter : public TableWriter {
 public:
  CsvWriter(const std::string& path, const TableSchema& schema) : file_(path), out_(file_) {
    meta_.schema = schema;
    std::string line;
    for (const TableColumn& column : schema.columns) {
      line += line.empty() ? "" : ",";
      append_text(line, column.name);
    }
    out_.write(line + "\n");
  }

  void write(const TableChunk& chunk) override {
    check_chunk(meta_.schema, chunk);
    for (std::size_t row = 0; row < static_cast<std::size_t>(chunk.rows); ++row) {
      line_.clear();
      for (std::size_t i = 0; i < chunk.columns.size(); ++i) {
        if (i > 0) {
          line_ += ',';
        }
        append_cell(meta_.schema.columns[i].type, chunk.columns[i], row);
      }
      // Readers skip empty lines.
      line_ += line_.empty() ? "\"\"\n" : "\n";
      out_.write(line_);
    }
    meta_.rows += chunk.rows;
  }

  void finish() override {
    out_.close();
    write_file(meta_path(file_.path()), format_table_meta(meta_, false));
    file_.commit();
  }

 private:
  void append_cell(ColumnType type, const ColumnValues& values, std::size_t row) {
    if (type == ColumnType::kNumber) {
      if (!std::isnan(values.numbers[row])) {
        append_shortest(line_, values.numbers[row]);
      }
      return;
    }
    if (!values.valid.empty() && values.valid[row] == 0) {
      return;
    }
    if (type == ColumnType::kInteger) {
      append_shortest(line_, values.integers[row]);
    } else {
      append_text(line_, values.texts[row]);
    }
  }

  AtomicFile file_;
  FileBytes out_;
  TableMeta meta_;
  std::string line_;
};

}  // namespace

std::unique_ptr<TableWriter> open_csv_writer(const std::string& path, const TableSchema& schema) {
  return std::make_unique<CsvWriter>(path, schema);
}

}  // namespace pumice
