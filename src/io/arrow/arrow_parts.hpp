/// Shared by the parts of the Arrow module.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <string>

#include "io/table_format.hpp"
#include "pumice/error.hpp"
#include "pumice/table.hpp"

namespace pumice {

/// The error of a file that cannot be read.
[[nodiscard]] InputError arrow_input_error(const std::string& path, const std::string& reason);

/// Throws where Arrow could not read `path`.
template <class T>
[[nodiscard]] T value_of(arrow::Result<T> result, const std::string& path) {
  if (!result.ok()) {
    throw arrow_input_error(path, "Arrow cannot read it: " + result.status().message());
  }
  return std::move(result).ValueUnsafe();
}

/// int64, float64, utf8; all nullable. The units of columns go into the metadata as one JSON object, `pumice.units`.
[[nodiscard]] std::shared_ptr<arrow::Schema> to_arrow(const TableSchema& schema);
/// Throws InputError naming the column whose type no column of ours can hold. Columns that pandas wrote for an
/// unnamed index are in it; see is_unnamed_index.
[[nodiscard]] TableSchema from_arrow(const arrow::Schema& schema, const std::string& path);
/// `__index_level_0__`: row numbers that pandas hides.
[[nodiscard]] bool is_unnamed_index(const std::string& name);

[[nodiscard]] std::unique_ptr<TableWriter> open_arrow_writer(const std::string& path, const TableSchema& schema,
                                                             TableFormat format);
[[nodiscard]] Table read_arrow_table(const std::string& path, TableFormat format);
[[nodiscard]] TableSchema read_arrow_schema(const std::string& path, TableFormat format);

}  // namespace pumice
