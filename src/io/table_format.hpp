/// What kind of table a file name stands for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pumice/table.hpp"

namespace pumice {

enum class TableFormat : std::uint8_t { kCsv, kNpy, kParquet, kArrow };

/// By extension, any case: .csv; .npy; .parquet; .arrow, .feather. Throws UsageError naming the choices.
[[nodiscard]] TableFormat table_format_to_write(const std::string& path);
/// As above, and .tsv and .txt are read as .csv is. Throws InputError.
[[nodiscard]] TableFormat table_format_to_read(const std::string& path);

/// Throws std::invalid_argument where a chunk does not fit a schema: a bug of the caller.
void check_chunk(const TableSchema& schema, const TableChunk& chunk);

/// One format's way of reading and writing.
[[nodiscard]] std::unique_ptr<TableWriter> open_csv_writer(const std::string& path, const TableSchema& schema);
[[nodiscard]] std::unique_ptr<TableWriter> open_npy_writer(const std::string& path, const TableSchema& schema);
[[nodiscard]] Table read_csv_table(const std::string& path);
[[nodiscard]] Table read_npy_table(const std::string& path);

}  // namespace pumice
