/// Tables: what comes out, and what is read back (labels, `--like`, `compare`).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pumice {

enum class ColumnType : std::uint8_t { kInteger, kNumber, kText };  // int64, float64, UTF-8

struct TableColumn {
  std::string name;
  ColumnType type = ColumnType::kNumber;
  std::string unit;  ///< empty where it has none
};

struct TableSchema {
  std::vector<TableColumn> columns;
  /// Written as the file's key-value metadata where the format has one (Parquet, Arrow); beside a .csv or .npy as
  /// `<OUT>.meta.json`.
  std::map<std::string, std::string> metadata;
};

/// Values of one column: the vector of the column's type is filled. A number that does not exist is NaN; for the other
/// types `valid` is 0 there (empty: all exist).
struct ColumnValues {
  std::vector<std::int64_t> integers;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  std::vector<std::uint8_t> valid;
};

/// Rows of a table, column by column.
struct TableChunk {
  std::int64_t rows = 0;
  std::vector<ColumnValues> columns;
};

/// Rows that go into one row group (Parquet) or record batch (Arrow), whatever the batch that made them.
inline constexpr std::int64_t kRowGroup = 512;

/// Writes a table under a temporary name and renames it when it is complete: a reader never sees half a table.
/// Destroyed without `finish`, it removes what it wrote and leaves an existing table alone.
class TableWriter {
 public:
  virtual ~TableWriter() = default;
  /// Appends rows; throws Error with the cause (disk full, ..).
  virtual void write(const TableChunk& chunk) = 0;
  /// Makes the table appear under its name.
  virtual void finish() = 0;
};

/// By extension: .parquet, .csv, .arrow/.feather, .npy (2-D float64 without text columns; names in the .meta.json).
/// Throws UsageError (unknown extension, folder missing), UnavailableError (no Arrow: says what is missing and what
/// works without).
[[nodiscard]] std::unique_ptr<TableWriter> open_table_writer(const std::string& path, const TableSchema& schema,
                                                             const std::string& module_directory = {});
/// Throws as open_table_writer would, without writing: so that a run fails before its work, not after.
void check_table_path(const std::string& path, const std::string& module_directory = {});

struct Table {
  TableSchema schema;
  TableChunk data;
  [[nodiscard]] int find(const std::string& name) const;  ///< column's index, or -1
};

/// Reads a table written by pumice or another tool (.parquet, .csv, .arrow/.feather, .npy with its .meta.json).
/// CSV columns are typed as the narrowest of integer, number, text that holds all their cells. Throws InputError.
[[nodiscard]] Table read_table(const std::string& path, const std::string& module_directory = {});
/// The schema alone.
[[nodiscard]] TableSchema read_table_schema(const std::string& path, const std::string& module_directory = {});

}  // namespace pumice
