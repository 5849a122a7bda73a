/// Labels: a table whose columns are joined to the rows by segment id.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "pumice/table.hpp"

namespace pumice {

class Labels {
 public:
  /// Reads a table; its id column is `segment_id`, else the first. Throws InputError (unreadable, an id that occurs
  /// twice) and UsageError (nothing but ids).
  Labels(const std::string& path, const std::string& module_directory);
  /// Takes a table that is in memory; `name` is for messages. Throws as above.
  Labels(Table table, const std::string& name);

  /// The columns beside the id, in their order and with their types.
  [[nodiscard]] const std::vector<TableColumn>& columns() const { return columns_; }
  /// The row of a segment's labels, or -1. An integer id matches `7` and, in a table of texts, `007`.
  [[nodiscard]] std::int64_t find(const std::string& id) const;
  /// Appends the values of a row (-1: none) to `to`, one a column.
  void append(std::int64_t row, ColumnValues* to);
  /// Rows that `append` was never called with.
  [[nodiscard]] std::int64_t unused() const;
  [[nodiscard]] const std::string& id_column() const { return id_column_; }

 private:
  Table table_;
  std::string id_column_;
  bool ids_are_integers_ = false;
  std::vector<int> places_;  // of columns_ in table_
  std::vector<TableColumn> columns_;
  std::unordered_map<std::string, std::int64_t> rows_;
  std::vector<std::uint8_t> used_;
};

/// Appends one cell. Every integer and text gets its `valid`, so that nulls may follow.
void append_integer(ColumnValues& to, std::int64_t value);
void append_text(ColumnValues& to, std::string value);
void append_null(ColumnValues& to, ColumnType type);

}  // namespace pumice
