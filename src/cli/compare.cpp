/// `pumice compare A B`: where two tables differ, by how much, and why that may be.
#include <fmt/format.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "core/compare_tables.hpp"
#include "pumice/error.hpp"
#include "pumice/table.hpp"

namespace pumice::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShortList = 20;

cxxopts::Options compare_options() {
  cxxopts::Options options("pumice compare",
                           "Compares two tables of features, whatever made them. Rows are matched by segment_id\n"
                           "(and window, channel), columns by name; A's and B's values are equal where\n"
                           "|a - b| <= atol + rtol max(|a|, |b|). Exit code: 0 equal, 1 not, 2 trouble.\n");
  options.custom_help("[options]");
  options.positional_help("A B");
  options.set_width(100);
  options.add_options()("table", "two tables (.parquet .csv .tsv .txt .arrow .feather .npy)",
                        cxxopts::value<std::vector<std::string>>(),
                        "A B")("rtol", "relative tolerance", cxxopts::value<double>()->default_value("1e-9"), "X")(
      "atol", "absolute tolerance", cxxopts::value<double>()->default_value("0"), "X")(
      "key", "column that names a row, instead of segment_id, window and channel; may be repeated",
      cxxopts::value<std::vector<std::string>>(),
      "COLUMN")("all", "list every column, row and metadata key that differs, not the worst 20")(
      "format", "text or json", cxxopts::value<std::string>()->default_value("text"), "FORMAT")("h,help", "this help");
  options.parse_positional({"table"});
  return options;
}

std::string count(std::size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }
std::string count(std::int64_t n, const char* what) { return count(static_cast<std::size_t>(n), what); }

/// The first line: the answer.
std::string verdict(const Comparison& comparison, const CompareOptions& options) {
  const std::string size =
      fmt::format("{}, {}", count(comparison.rows_common, "row"), count(comparison.columns.size(), "column"));
  if (comparison.identical()) {
    return fmt::format("identical: {}", size);
  }
  const std::string tolerance = fmt::format("rtol {:g}, atol {:g}", options.relative, options.absolute);
  const LargestDifference worst = comparison.largest_relative();
  if (comparison.equal()) {
    return fmt::format("equal within {}: {}; largest relative difference {:.2g}", tolerance, size, worst.difference);
  }
  std::vector<std::string> parts;
  const auto add = [&](std::size_t n, const char* what, const char* where) {
    if (n > 0) {
      parts.push_back(fmt::format("{} {}", count(n, what), where));
    }
  };
  const auto unequal = std::ranges::count_if(comparison.columns, [](const auto& column) { return !column.equal(); });
  if (unequal > 0) {
    parts.push_back(
        fmt::format("{} of {} ({})", unequal, count(comparison.columns.size(), "common column"), tolerance));
  }
  add(comparison.rows_only_a.size(), "row", "in A only");
  add(comparison.rows_only_b.size(), "row", "in B only");
  add(comparison.columns_only_a.size(), "column", "in A only");
  add(comparison.columns_only_b.size(), "column", "in B only");
  return fmt::format("different: {}", fmt::join(parts, ", "));
}

void print_names(const char* title, const std::vector<std::string>& names, std::size_t limit) {
  if (names.empty()) {
    return;
  }
  fmt::print("\n{} ({}):\n", title, names.size());
  for (std::size_t i = 0; i < std::min(limit, names.size()); ++i) {
    fmt::print("  {}\n", names[i]);
  }
  if (names.size() > limit) {
    fmt::print("  .. and {} more (--all)\n", names.size() - limit);
  }
}

void print_column(const ColumnComparison& column) {
  fmt::print("  {}\n", column.name);
  if (column.different > 0 && column.relative.difference > 0) {
    fmt::print("    {} of {} differ, {} beyond the tolerance\n", column.different, count(column.values, "value"),
               column.unequal);
    fmt::print("    largest relative {:.3g} in row {}: {} against {}\n", column.relative.difference,
               column.relative.row, column.relative.a, column.relative.b);
    fmt::print("    largest absolute {:.3g} in row {}: {} against {}\n", column.absolute.difference,
               column.absolute.row, column.absolute.a, column.absolute.b);
  } else if (column.unequal > 0) {
    fmt::print("    {} of {} differ, first in row {}\n", column.unequal, count(column.values, "value"), column.row);
  }
  if (column.only_a + column.only_b > 0) {
    fmt::print("    a value in one table only: {} in A, {} in B; first in row {}\n", column.only_a, column.only_b,
               column.row);
  }
  if (!column.cause.empty()) {
    fmt::print("    likely cause: {}\n", column.cause);
  }
}

void print_columns(const std::vector<ColumnComparison>& columns, std::size_t limit) {
  const auto differs = [](const ColumnComparison& column) { return column.different > 0 || !column.equal(); };
  const auto total = static_cast<std::size_t>(std::ranges::count_if(columns, differs));
  if (total == 0) {
    return;
  }
  fmt::print("\ncolumns that differ, worst first ({}):\n", total);
  // They are sorted: those that do not differ are last.
  for (std::size_t i = 0; i < std::min(limit, total); ++i) {
    print_column(columns[i]);
  }
  if (total > limit) {
    fmt::print("  .. and {} more (--all)\n", total - limit);
  }
}

std::string shortened(const std::string& text, bool all) {
  constexpr std::size_t kWidth = 60;
  if (text.empty()) {
    return "(none)";
  }
  return all || text.size() <= kWidth ? text : text.substr(0, kWidth) + " ..";
}

void print_text(const Comparison& comparison, const CompareOptions& options, bool all) {
  const std::size_t limit = all ? SIZE_MAX : kShortList;
  fmt::print("{}\n", verdict(comparison, options));
  if (comparison.keys.empty()) {
    fmt::print("rows were matched by their number: the tables have no segment_id in common\n");
  }
  for (const std::string& cause : comparison.causes) {
    fmt::print("likely cause: {}\n", cause);
  }
  print_names("columns in A only", comparison.columns_only_a, limit);
  print_names("columns in B only", comparison.columns_only_b, limit);
  print_names("rows in A only", comparison.rows_only_a, limit);
  print_names("rows in B only", comparison.rows_only_b, limit);
  print_columns(comparison.columns, limit);
  if (!comparison.metadata.empty()) {
    fmt::print("\nmetadata that differs ({}):\n", comparison.metadata.size());
    for (std::size_t i = 0; i < std::min(limit, comparison.metadata.size()); ++i) {
      const MetadataDifference& entry = comparison.metadata[i];
      fmt::print("  {}: {} against {}\n", entry.key, shortened(entry.a, all), shortened(entry.b, all));
    }
  }
}

Json largest_json(const LargestDifference& largest) {
  return {{"difference", largest.difference}, {"row", largest.row}, {"a", largest.a}, {"b", largest.b}};
}

Json column_json(const ColumnComparison& column) {
  return {{"name", column.name},
          {"equal", column.equal()},
          {"values", column.values},
          {"different", column.different},
          {"unequal", column.unequal},
          {"only_a", column.only_a},
          {"only_b", column.only_b},
          {"largest_relative", largest_json(column.relative)},
          {"largest_absolute", largest_json(column.absolute)},
          {"row", column.row},
          {"cause", column.cause}};
}

Json to_json(const Comparison& comparison, const CompareOptions& options) {
  Json columns = Json::array();
  for (const ColumnComparison& column : comparison.columns) {
    columns.push_back(column_json(column));
  }
  Json metadata = Json::array();
  for (const MetadataDifference& entry : comparison.metadata) {
    metadata.push_back({{"key", entry.key}, {"a", entry.a}, {"b", entry.b}});
  }
  return {{"verdict", verdict(comparison, options)},
          {"equal", comparison.equal()},
          {"identical", comparison.identical()},
          {"rtol", options.relative},
          {"atol", options.absolute},
          {"keys", comparison.keys},
          {"rows_a", comparison.rows_a},
          {"rows_b", comparison.rows_b},
          {"rows_common", comparison.rows_common},
          {"rows_only_a", comparison.rows_only_a},
          {"rows_only_b", comparison.rows_only_b},
          {"columns_only_a", comparison.columns_only_a},
          {"columns_only_b", comparison.columns_only_b},
          {"largest_relative", largest_json(comparison.largest_relative())},
          {"causes", comparison.causes},
          {"columns", std::move(columns)},
          {"metadata", std::move(metadata)}};
}

/// As cmp does: what kept the tables from being compared is never taken for a difference.
Comparison compare_files(const std::string& a, const std::string& b, const CompareOptions& options) {
  try {
    return compare_tables(read_table(a), read_table(b), options);
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

}  // namespace

int run_compare(int argc, const char* const* argv) {
  cxxopts::Options parser = compare_options();
  const cxxopts::ParseResult given = parser.parse(argc, argv);
  if (given.count("help") != 0) {
    fmt::print("{}\n", parser.help());
    return kSuccess;
  }
  const auto paths =
      given.count("table") == 0 ? std::vector<std::string>{} : given["table"].as<std::vector<std::string>>();
  const auto format = given["format"].as<std::string>();
  CompareOptions options;
  options.relative = given["rtol"].as<double>();
  options.absolute = given["atol"].as<double>();
  if (given.count("key") != 0) {
    options.keys = given["key"].as<std::vector<std::string>>();
  }
  if (paths.size() != 2) {
    throw UsageError(fmt::format("compare takes two tables, not {}", paths.size()));
  }
  if (format != "text" && format != "json") {
    throw UsageError(fmt::format("--format is text or json, not `{}`", format));
  }
  if (!(options.relative >= 0) || !(options.absolute >= 0)) {
    throw UsageError("--rtol and --atol are not negative");
  }
  const Comparison comparison = compare_files(paths[0], paths[1], options);
  if (format == "json") {
    fmt::print("{}\n", to_json(comparison, options).dump(1, ' ', false, Json::error_handler_t::replace));
  } else {
    print_text(comparison, options, given.count("all") != 0);
  }
  return comparison.equal() ? kSuccess : kFailed;
}

}  // namespace pumice::cli
