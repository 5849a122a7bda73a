/// What libpumice wants of the Arrow module (src/io/arrow), and how it gets it.
#pragma once

#include <memory>
#include <string>

#include "io/table_format.hpp"
#include "pumice/table.hpp"

namespace pumice {

/// Parquet and Arrow files. Implemented by the module; Arrow's types do not leave it.
class ArrowTables {
 public:
  ArrowTables() = default;
  virtual ~ArrowTables() = default;
  ArrowTables(const ArrowTables&) = delete;
  ArrowTables& operator=(const ArrowTables&) = delete;

  /// `format`: kParquet or kArrow.
  [[nodiscard]] virtual std::unique_ptr<TableWriter> open_writer(const std::string& path, const TableSchema& schema,
                                                                 TableFormat format) const = 0;
  [[nodiscard]] virtual Table read(const std::string& path, TableFormat format) const = 0;
  [[nodiscard]] virtual TableSchema read_schema(const std::string& path, TableFormat format) const = 0;
};

/// The module's entry, exported under this name; the caller owns what it returns.
inline constexpr const char* kArrowEntry = "pumice_make_arrow_tables";
using MakeArrowTables = ArrowTables*();

/// Opens the module. Throws UnavailableError: what is missing, and what works without. `work`: "writing .parquet".
[[nodiscard]] std::unique_ptr<ArrowTables> open_arrow_tables(const std::string& module_directory,
                                                             const std::string& work);

}  // namespace pumice
