#include <fmt/core.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "io/table_file.hpp"
#include "io/table_format.hpp"
#include "io/table_meta.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

static_assert(std::endian::native == std::endian::little, "NPY files are written as they lie in memory");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kPreamble = 10;  // magic, version, two bytes of length
constexpr std::size_t kAlignment = 64;

/// Preamble and header of version 1.0, padded with spaces to a multiple of 64 bytes that has room for any row count.
std::string npy_header(std::int64_t rows, std::size_t columns) {
  const auto dictionary = [&](std::int64_t r) {
    return fmt::format("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}, {}), }}", r, columns);
  };
  const std::size_t longest = dictionary(std::numeric_limits<std::int64_t>::max()).size() + 1;
  const std::size_t size = (kPreamble + longest + kAlignment - 1) / kAlignment * kAlignment;
  const std::size_t length = size - kPreamble;
  std::string header(kMagic);
  header += '\x01';
  header += '\x00';
  header += static_cast<char>(length & 0xff);
  header += static_cast<char>(length >> 8);
  header += dictionary(rows);
  header.resize(size - 1, ' ');
  return header + "\n";
}

/// The number columns as one [rows][columns] matrix, NaN where there is no value; everything else in the .meta.json.
class NpyWriter : public TableWriter {
 public:
  NpyWriter(const std::string& path, const TableSchema& schema) : file_(path), out_(file_) {
    meta_.schema = schema;
    meta_.aside.columns.resize(schema.columns.size());
    for (std::size_t i = 0; i < schema.columns.size(); ++i) {
      if (schema.columns[i].type == ColumnType::kNumber) {
        matrix_columns_.push_back(i);
      }
    }
    out_.write(npy_header(0, matrix_columns_.size()));
  }

  void write(const TableChunk& chunk) override {
    check_chunk(meta_.schema, chunk);
    std::vector<double> row(matrix_columns_.size());
    for (std::size_t r = 0; r < static_cast<std::size_t>(chunk.rows); ++r) {
      for (std::size_t k = 0; k < row.size(); ++k) {
        row[k] = chunk.columns[matrix_columns_[k]].numbers[r];
      }
      out_.write({reinterpret_cast<const char*>(row.data()), row.size() * sizeof(double)});
    }
    for (std::size_t i = 0; i < chunk.columns.size(); ++i) {
      append_aside(chunk.columns[i], static_cast<std::size_t>(chunk.rows), meta_.aside.columns[i]);
    }
    meta_.rows += chunk.rows;
  }

  void finish() override {
    out_.rewrite_start(npy_header(meta_.rows, matrix_columns_.size()));
    out_.close();
    write_file(meta_path(file_.path()), format_table_meta(meta_, true));
    file_.commit();
  }

 private:
  void append_aside(const ColumnValues& from, std::size_t rows, ColumnValues& to) const {
    const auto n_before = static_cast<std::size_t>(meta_.rows);
    to.integers.insert(to.integers.end(), from.integers.begin(), from.integers.end());
    to.texts.insert(to.texts.end(), from.texts.begin(), from.texts.end());
    if (!from.valid.empty()) {
      to.valid.resize(n_before, 1);
      to.valid.insert(to.valid.end(), from.valid.begin(), from.valid.end());
    } else if (!to.valid.empty()) {
      to.valid.resize(n_before + rows, 1);
    }
  }

  AtomicFile file_;
  FileBytes out_;
  TableMeta meta_;
  std::vector<std::size_t> matrix_columns_;
};

InputError npy_error(const std::string& path, const std::string& reason) {
  return InputError({.path = path, .reason = reason, .row = {}, .column = {}, .byte = {}});
}

struct NpyArray {
  std::string type;  ///< "<f8"
  bool fortran_order = false;
  std::int64_t rows = 0;
  std::int64_t columns = 1;
  std::string_view data;
};

/// What stands after `'key':` in the header's dictionary.
std::string_view header_value(std::string_view header, std::string_view key) {
  const std::size_t place = header.find(fmt::format("'{}':", key));
  if (place == std::string_view::npos) {
    return {};
  }
  std::string_view rest = header.substr(place + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

std::vector<std::int64_t> parse_shape(std::string_view text) {
  std::vector<std::int64_t> shape;
  for (const char* p = text.data() + 1; p < text.data() + text.size() && *p != ')';) {
    std::int64_t extent = 0;
    const auto [end, error] = std::from_chars(p, text.data() + text.size(), extent);
    if (error == std::errc()) {
      shape.push_back(extent);
      p = end;
    } else {
      ++p;
    }
  }
  return shape;
}

NpyArray parse_npy(const std::string& path, std::string_view bytes) {
  if (bytes.size() < kPreamble + 2 || !bytes.starts_with(kMagic)) {
    throw npy_error(path, "is not a .npy file: it does not begin with \\x93NUMPY");
  }
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  const bool long_header = byte(6) > 1;
  std::size_t length = byte(8) | byte(9) << 8;
  if (long_header) {
    length |= byte(10) << 16 | byte(11) << 24;
  }
  const std::size_t start = long_header ? kPreamble + 2 : kPreamble;
  if (bytes.size() - start < length) {
    throw npy_error(path, "ends within its header");
  }
  const std::string_view header = bytes.substr(start, length);
  const std::string_view type = header_value(header, "descr");
  const std::string_view shape_text = header_value(header, "shape");
  if (type.size() < 4 || type.front() != '\'' || !shape_text.starts_with('(')) {
    throw npy_error(path, "holds records, expected a matrix of numbers");
  }
  NpyArray array;
  array.type = type.substr(1, type.find('\'', 1) - 1);
  array.fortran_order = header_value(header, "fortran_order").starts_with("True");
  const std::vector<std::int64_t> shape = parse_shape(shape_text);
  if (shape.empty() || shape.size() > 2) {
    throw npy_error(path, fmt::format("has {} dimensions, expected 2", shape.size()));
  }
  array.rows = shape[0];
  array.columns = shape.size() == 2 ? shape[1] : 1;
  array.data = bytes.substr(start + length);
  return array;
}

template <class T>
std::vector<double> column_numbers(const NpyArray& array, std::int64_t column) {
  std::vector<double> numbers(static_cast<std::size_t>(array.rows));
  for (std::int64_t row = 0; row < array.rows; ++row) {
    const std::int64_t place = array.fortran_order ? column * array.rows + row : row * array.columns + column;
    T value;
    std::memcpy(&value, array.data.data() + static_cast<std::size_t>(place) * sizeof(T), sizeof(T));
    numbers[static_cast<std::size_t>(row)] = static_cast<double>(value);
  }
  return numbers;
}

struct NpyType {
  std::string_view name;
  std::size_t size;
  std::vector<double> (*numbers)(const NpyArray&, std::int64_t);
};
constexpr NpyType kTypes[] = {
    {"<f8", 8, column_numbers<double>},        {"<f4", 4, column_numbers<float>},
    {"<i8", 8, column_numbers<std::int64_t>},  {"<i4", 4, column_numbers<std::int32_t>},
    {"<i2", 2, column_numbers<std::int16_t>},  {"|i1", 1, column_numbers<std::int8_t>},
    {"<u8", 8, column_numbers<std::uint64_t>}, {"<u4", 4, column_numbers<std::uint32_t>},
    {"<u2", 2, column_numbers<std::uint16_t>}, {"|u1", 1, column_numbers<std::uint8_t>},
    {"|b1", 1, column_numbers<std::uint8_t>},
};

const NpyType& npy_type(const std::string& path, const NpyArray& array) {
  for (const NpyType& type : kTypes) {
    if (type.name == array.type) {
      // By division: a forged shape must not overflow.
      const std::size_t values = array.data.size() / type.size;
      const auto columns = static_cast<std::size_t>(array.columns);
      if (columns > 0 && values / columns < static_cast<std::size_t>(array.rows)) {
        throw npy_error(path, fmt::format("ends before its {} x {} values", array.rows, array.columns));
      }
      return type;
    }
  }
  throw npy_error(path, fmt::format("holds values of type {}, expected numbers", array.type));
}

/// The description beside the matrix, or one that numbers its columns from 0 where there is none.
TableMeta meta_of(const std::string& path, const NpyArray& array) {
  std::optional<TableMeta> meta = read_table_meta(path);
  if (!meta) {
    meta.emplace();
    meta->rows = array.rows;
    for (std::int64_t i = 0; i < array.columns; ++i) {
      meta->schema.columns.push_back({fmt::format("column_{}", i), ColumnType::kNumber, {}});
    }
    meta->aside.columns.resize(meta->schema.columns.size());
  }
  std::int64_t numbers = 0;
  bool complete = meta->rows == array.rows;
  for (std::size_t i = 0; i < meta->schema.columns.size(); ++i) {
    const ColumnValues& aside = meta->aside.columns[i];
    const bool number = meta->schema.columns[i].type == ColumnType::kNumber;
    numbers += number ? 1 : 0;
    complete =
        complete && (number || aside.integers.size() + aside.texts.size() == static_cast<std::size_t>(meta->rows));
  }
  if (!complete || numbers != array.columns) {
    throw npy_error(path, fmt::format("is {} x {}, but {} describes {} rows of {} numbers: they are not of one table",
                                      array.rows, array.columns, meta_path(path), meta->rows, numbers));
  }
  return std::move(*meta);
}

}  // namespace

std::unique_ptr<TableWriter> open_npy_writer(const std::string& path, const TableSchema& schema) {
  return std::make_unique<NpyWriter>(path, schema);
}

Table read_npy_table(const std::string& path) {
  const std::string bytes = read_file(path);
  const NpyArray array = parse_npy(path, bytes);
  const NpyType& type = npy_type(path, array);
  TableMeta meta = meta_of(path, array);
  Table table{std::move(meta.schema), std::move(meta.aside)};
  table.data.rows = array.rows;
  std::int64_t next = 0;
  for (std::size_t i = 0; i < table.schema.columns.size(); ++i) {
    if (table.schema.columns[i].type == ColumnType::kNumber) {
      table.data.columns[i].numbers = type.numbers(array, next++);
    }
  }
  return table;
}

}  // namespace pumice
