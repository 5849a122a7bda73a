#include "pumice/table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "core/module.hpp"
#include "io/table_arrow.hpp"
#include "io/table_file.hpp"
#include "io/table_format.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

std::string extension_of(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  return extension;
}

struct Extension {
  std::string_view text;
  TableFormat format;
  bool written;
};
constexpr std::array kExtensions{
    Extension{".parquet", TableFormat::kParquet, true}, Extension{".csv", TableFormat::kCsv, true},
    Extension{".arrow", TableFormat::kArrow, true},     Extension{".feather", TableFormat::kArrow, true},
    Extension{".npy", TableFormat::kNpy, true},         Extension{".tsv", TableFormat::kCsv, false},
    Extension{".txt", TableFormat::kCsv, false}};

const Extension* find_extension(const std::string& path) {
  const std::string extension = extension_of(path);
  const auto* found = std::ranges::find(kExtensions, extension, &Extension::text);
  return found == kExtensions.end() ? nullptr : found;
}

bool needs_arrow(TableFormat format) { return format == TableFormat::kParquet || format == TableFormat::kArrow; }

void check_unique_names(const std::string& path, const TableSchema& schema) {
  std::set<std::string_view> names;
  for (const TableColumn& column : schema.columns) {
    if (!names.insert(column.name).second) {
      throw UsageError(fmt::format("cannot write {}: column `{}` would be in it twice", path, column.name));
    }
  }
}

}  // namespace

TableFormat table_format_to_write(const std::string& path) {
  const Extension* extension = find_extension(path);
  if (extension == nullptr || !extension->written) {
    throw UsageError(
        fmt::format("cannot write {}: a table's name ends in .parquet, .csv, .arrow, .feather or .npy", path));
  }
  return extension->format;
}

TableFormat table_format_to_read(const std::string& path) {
  const Extension* extension = find_extension(path);
  if (extension == nullptr) {
    throw InputError(
        {.path = path,
         .reason = "is not a table by its name, which ends in .parquet, .csv, .tsv, .txt, .arrow, .feather or .npy",
         .row = {},
         .column = {},
         .byte = {}});
  }
  return extension->format;
}

void check_chunk(const TableSchema& schema, const TableChunk& chunk) {
  const auto rows = static_cast<std::size_t>(chunk.rows);
  const auto fits = [&](const TableColumn& column, const ColumnValues& values) {
    const bool valid_fits = values.valid.empty() || values.valid.size() == rows;
    switch (column.type) {
      case ColumnType::kInteger:
        return valid_fits && values.integers.size() == rows;
      case ColumnType::kNumber:
        return values.numbers.size() == rows;
      case ColumnType::kText:
        break;
    }
    return valid_fits && values.texts.size() == rows;
  };
  if (chunk.columns.size() != schema.columns.size()) {
    throw std::invalid_argument("a table's chunk has other columns than its schema");
  }
  for (std::size_t i = 0; i < chunk.columns.size(); ++i) {
    if (!fits(schema.columns[i], chunk.columns[i])) {
      throw std::invalid_argument(
          fmt::format("column {} of a table's chunk has not {} values", schema.columns[i].name, rows));
    }
  }
}

/// What somebody does who has no Arrow module. A wheel never has it: there, Python writes such files.
#ifdef PUMICE_IN_WHEEL
constexpr const char* kWithoutArrow =
    "use .csv or .npy, or in Python `pumice.extract(...).to_parquet(...)`, whose tables `labels=` and `like=` read too";
#else
constexpr const char* kWithoutArrow = "install pyarrow in .venv and build again, or use .csv or .npy";
#endif

std::unique_ptr<ArrowTables> open_arrow_tables(const std::string& module_directory, const std::string& work) {
  if (!find_module("arrow", module_directory)) {
    throw UnavailableError(fmt::format(
        "{} needs the Arrow module, which this build does not have (libpumice_arrow.so): {}", work, kWithoutArrow));
  }
  try {
    const Module module = open_module("arrow", module_directory);
    return std::unique_ptr<ArrowTables>(module.function<MakeArrowTables>(kArrowEntry)());
  } catch (const UnavailableError& error) {
    throw UnavailableError(
        fmt::format("{} needs the Arrow module (libpumice_arrow.so), which cannot be opened: {}; use .csv or .npy",
                    work, error.what()));
  }
}

void check_table_path(const std::string& path, const std::string& module_directory) {
  const TableFormat format = table_format_to_write(path);
  check_output_path(path);
  if (needs_arrow(format)) {
    (void)open_arrow_tables(module_directory, "writing " + extension_of(path));
  }
}

std::unique_ptr<TableWriter> open_table_writer(const std::string& path, const TableSchema& schema,
                                               const std::string& module_directory) {
  const TableFormat format = table_format_to_write(path);
  check_output_path(path);
  check_unique_names(path, schema);
  switch (format) {
    case TableFormat::kCsv:
      return open_csv_writer(path, schema);
    case TableFormat::kNpy:
      return open_npy_writer(path, schema);
    case TableFormat::kParquet:
    case TableFormat::kArrow:
      break;
  }
  return open_arrow_tables(module_directory, "writing " + extension_of(path))->open_writer(path, schema, format);
}

int Table::find(const std::string& name) const {
  const auto found = std::ranges::find(schema.columns, name, &TableColumn::name);
  return found == schema.columns.end() ? -1 : static_cast<int>(found - schema.columns.begin());
}

Table read_table(const std::string& path, const std::string& module_directory) {
  const TableFormat format = table_format_to_read(path);
  switch (format) {
    case TableFormat::kCsv:
      return read_csv_table(path);
    case TableFormat::kNpy:
      return read_npy_table(path);
    case TableFormat::kParquet:
    case TableFormat::kArrow:
      break;
  }
  return open_arrow_tables(module_directory, "reading " + extension_of(path))->read(path, format);
}

TableSchema read_table_schema(const std::string& path, const std::string& module_directory) {
  const TableFormat format = table_format_to_read(path);
  if (needs_arrow(format)) {
    return open_arrow_tables(module_directory, "reading " + extension_of(path))->read_schema(path, format);
  }
  return read_table(path, module_directory).schema;
}

}  // namespace pumice
