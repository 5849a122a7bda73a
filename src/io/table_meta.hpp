/// `<OUT>.meta.json`: what a .csv or .npy table cannot hold itself.
///
///     {"format": "pumice-table-1", "rows": 2,
///      "columns": [{"name": "segment_id", "type": "integer", "values": [7, 9]},
///                  {"name": "sensor_1__mean", "type": "number", "unit": "{x}", "index": 0}],
///      "metadata": {"pumice.version": ".."}}
///
/// `values` and `index` (the column of the matrix) stand only beside a .npy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pumice/table.hpp"

namespace pumice {

struct TableMeta {
  TableSchema schema;
  std::int64_t rows = 0;
  /// Beside a .npy: values of the columns that are not numbers; those of number columns are empty.
  TableChunk aside;
};

[[nodiscard]] std::string meta_path(const std::string& table_path);
/// `with_values`: beside a .npy.
[[nodiscard]] std::string format_table_meta(const TableMeta& meta, bool with_values);
/// Null where there is none. Throws InputError where it cannot be understood.
[[nodiscard]] std::optional<TableMeta> read_table_meta(const std::string& table_path);

}  // namespace pumice
