#include "core/compare_tables.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_map>

#include "core/compare_causes.hpp"
#include "pumice/column_name.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// pandas makes numbers of integers where one is missing: 1000000.0 is the id 1000000, not 1e+06.
std::string number_text(double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const bool whole = std::trunc(value) == value && std::abs(value) <= kExact;
  return whole ? fmt::format("{}", static_cast<std::int64_t>(value)) : shortest_number(value);
}

/// One column of a table.
struct ColumnRef {
  const TableColumn& column;
  const ColumnValues& values;

  ColumnRef(const Table& table, int index)
      : column(table.schema.columns[static_cast<std::size_t>(index)]),
        values(table.data.columns[static_cast<std::size_t>(index)]) {}

  [[nodiscard]] bool is_text() const { return column.type == ColumnType::kText; }
  [[nodiscard]] bool exists(std::size_t row) const {
    return column.type == ColumnType::kNumber ? !std::isnan(values.numbers[row])
                                              : values.valid.empty() || values.valid[row] != 0;
  }
  [[nodiscard]] double number(std::size_t row) const {
    if (!exists(row)) {
      return kNone;
    }
    return column.type == ColumnType::kNumber ? values.numbers[row] : static_cast<double>(values.integers[row]);
  }
  /// Integers, whole numbers and texts of the same digits give the same text.
  [[nodiscard]] std::string text(std::size_t row) const {
    if (!exists(row)) {
      return {};
    }
    switch (column.type) {
      case ColumnType::kInteger:
        return fmt::format("{}", values.integers[row]);
      case ColumnType::kNumber:
        return number_text(values.numbers[row]);
      case ColumnType::kText:
        break;
    }
    return values.texts[row];
  }
};

std::vector<std::string> choose_keys(const Table& a, const Table& b, const CompareOptions& options) {
  if (options.keys.empty()) {
    std::vector<std::string> keys;
    for (const char* name : {"segment_id", "window", "channel"}) {
      if (a.find(name) >= 0 && b.find(name) >= 0) {
        keys.emplace_back(name);
      }
    }
    return keys;
  }
  for (const std::string& key : options.keys) {
    for (const auto& [table, name] : {std::pair{&a, "A"}, std::pair{&b, "B"}}) {
      if (table->find(key) < 0) {
        throw UsageError(fmt::format("table {} has no column `{}` to match rows by", name, key));
      }
    }
  }
  return options.keys;
}

/// What names each row: "17", "17, window 3"; without keys its number, from 1.
std::vector<std::string> row_names(const Table& table, const std::vector<std::string>& keys) {
  std::vector<std::string> names(static_cast<std::size_t>(table.data.rows));
  for (std::size_t row = 0; row < names.size(); ++row) {
    names[row] = keys.empty() ? fmt::format("{}", row + 1) : "";
  }
  for (std::size_t k = 0; k < keys.size(); ++k) {
    const ColumnRef column(table, table.find(keys[k]));
    for (std::size_t row = 0; row < names.size(); ++row) {
      names[row] += k == 0 ? column.text(row) : fmt::format(", {} {}", keys[k], column.text(row));
    }
  }
  return names;
}

struct RowPair {
  std::size_t a;
  std::size_t b;
};

/// Rows of both tables with the same name, in A's order; the others' names go into `comparison`.
std::vector<RowPair> join(const std::vector<std::string>& names_a, const std::vector<std::string>& names_b,
                          Comparison& comparison) {
  const auto index = [](const std::vector<std::string>& names, const char* table) {
    std::unordered_map<std::string_view, std::size_t> rows;
    for (std::size_t row = 0; row < names.size(); ++row) {
      if (!rows.emplace(names[row], row).second) {
        throw UsageError(fmt::format("table {} has two rows {}: rows cannot be matched", table, names[row]));
      }
    }
    return rows;
  };
  const auto rows_a = index(names_a, "A");
  const auto rows_b = index(names_b, "B");
  std::vector<RowPair> pairs;
  for (std::size_t row = 0; row < names_a.size(); ++row) {
    const auto found = rows_b.find(names_a[row]);
    if (found == rows_b.end()) {
      comparison.rows_only_a.push_back(names_a[row]);
    } else {
      pairs.push_back({row, found->second});
    }
  }
  for (const std::string& name : names_b) {
    if (!rows_a.contains(name)) {
      comparison.rows_only_b.push_back(name);
    }
  }
  return pairs;
}

void keep_larger(LargestDifference& largest, double difference, double a, double b, const std::string& row) {
  if (difference > largest.difference) {
    largest = {difference, a, b, row};
  }
}

/// What two columns' comparison needs besides them.
struct Rows {
  const std::vector<RowPair>& pairs;
  const std::vector<std::string>& names_a;
};

/// Counts a row that has a value in one table only; true where it has one in both.
bool count_existing(ColumnComparison& result, const ColumnRef& a, const ColumnRef& b, RowPair pair, const Rows& rows) {
  const bool in_a = a.exists(pair.a);
  const bool in_b = b.exists(pair.b);
  if (in_a != in_b) {
    ++(in_a ? result.only_a : result.only_b);
    if (result.row.empty()) {
      result.row = rows.names_a[pair.a];
    }
  }
  result.values += in_a && in_b ? 1 : 0;
  return in_a && in_b;
}

ColumnComparison compare_texts(const ColumnRef& a, const ColumnRef& b, const Rows& rows) {
  ColumnComparison result;
  result.name = a.column.name;
  for (const RowPair pair : rows.pairs) {
    if (count_existing(result, a, b, pair, rows) && a.text(pair.a) != b.text(pair.b)) {
      ++result.different;
      ++result.unequal;
      if (result.row.empty()) {
        result.row = rows.names_a[pair.a];
      }
    }
  }
  if (result.unequal > 0 && a.is_text() != b.is_text()) {
    result.cause =
        fmt::format("other type: text in {}, numbers in {}", a.is_text() ? "A" : "B", a.is_text() ? "B" : "A");
  }
  return result;
}

/// The distance of two values; integers beyond 2^53 are subtracted as integers.
double difference_of(const ColumnRef& a, const ColumnRef& b, RowPair pair) {
  if (a.column.type == ColumnType::kInteger && b.column.type == ColumnType::kInteger) {
    const auto x = static_cast<std::uint64_t>(a.values.integers[pair.a]);
    const auto y = static_cast<std::uint64_t>(b.values.integers[pair.b]);
    return static_cast<double>(a.values.integers[pair.a] < b.values.integers[pair.b] ? y - x : x - y);
  }
  const double x = a.number(pair.a);
  const double y = b.number(pair.b);
  return x == y ? 0.0 : std::abs(x - y);
}

ColumnComparison compare_numbers(const ColumnRef& a, const ColumnRef& b, const Rows& rows,
                                 const CompareOptions& options, const std::vector<MetadataDifference>& metadata) {
  ColumnComparison result;
  result.name = a.column.name;
  PairedValues values;
  for (const RowPair pair : rows.pairs) {
    const double x = a.number(pair.a);
    const double y = b.number(pair.b);
    values.a.push_back(x);
    values.b.push_back(y);
    if (!count_existing(result, a, b, pair, rows)) {
      continue;
    }
    const double difference = difference_of(a, b, pair);
    if (difference == 0) {
      continue;
    }
    const double scale = std::max(std::abs(x), std::abs(y));
    const bool equal = std::isfinite(difference) && difference <= options.absolute + options.relative * scale;
    ++result.different;
    result.unequal += equal ? 0 : 1;
    const std::string& row = rows.names_a[pair.a];
    keep_larger(result.absolute, difference, x, y, row);
    keep_larger(result.relative, std::isfinite(scale) ? difference / scale : difference, x, y, row);
  }
  if (result.different > 0 || !result.equal()) {
    result.cause = likely_cause(result, values, metadata);
  }
  return result;
}

std::vector<MetadataDifference> compare_metadata(const TableSchema& a, const TableSchema& b) {
  std::map<std::string, MetadataDifference> all;
  for (const auto& [key, value] : a.metadata) {
    all[key] = {key, value, {}};
  }
  for (const auto& [key, value] : b.metadata) {
    all[key].key = key;
    all[key].b = value;
  }
  std::vector<MetadataDifference> different;
  for (auto& [key, entry] : all) {
    if (entry.a != entry.b) {
      different.push_back(std::move(entry));
    }
  }
  return different;
}

/// Unequal columns first; of them those whose values do not exist or are other texts, then by relative difference.
bool is_worse(const ColumnComparison& x, const ColumnComparison& y) {
  const auto rank = [](const ColumnComparison& c) {
    const bool no_numbers = c.only_a + c.only_b > 0 || (c.unequal > 0 && c.relative.difference == 0);
    return std::array{c.equal() ? 0 : 1, no_numbers ? 1 : 0};
  };
  return rank(x) != rank(y) ? rank(x) > rank(y) : x.relative.difference > y.relative.difference;
}

/// Places of a table's columns by name; the first of equal names.
using Places = std::unordered_map<std::string_view, int>;
Places places_of(const Table& table) {
  Places places;
  for (std::size_t i = 0; i < table.schema.columns.size(); ++i) {
    places.emplace(table.schema.columns[i].name, static_cast<int>(i));
  }
  return places;
}

std::vector<std::string> other_columns(const Table& of, const Places& in) {
  std::vector<std::string> names;
  for (const TableColumn& column : of.schema.columns) {
    if (!in.contains(column.name)) {
      names.push_back(column.name);
    }
  }
  return names;
}

}  // namespace

bool Comparison::equal() const {
  return rows_only_a.empty() && rows_only_b.empty() && columns_only_a.empty() && columns_only_b.empty() &&
         std::ranges::all_of(columns, &ColumnComparison::equal);
}

bool Comparison::identical() const {
  return equal() && std::ranges::all_of(columns, [](const ColumnComparison& c) { return c.different == 0; });
}

LargestDifference Comparison::largest_relative() const {
  const auto worst =
      std::ranges::max_element(columns, {}, [](const ColumnComparison& c) { return c.relative.difference; });
  return worst == columns.end() ? LargestDifference{} : worst->relative;
}

Comparison compare_tables(const Table& a, const Table& b, const CompareOptions& options) {
  Comparison result;
  result.keys = choose_keys(a, b, options);
  result.rows_a = a.data.rows;
  result.rows_b = b.data.rows;
  result.metadata = compare_metadata(a.schema, b.schema);
  const Places places_b = places_of(b);
  result.columns_only_a = other_columns(a, places_b);
  result.columns_only_b = other_columns(b, places_of(a));
  result.causes = causes_of_other_columns(result.columns_only_a, result.columns_only_b);

  const std::vector<std::string> names_a = row_names(a, result.keys);
  const std::vector<std::string> names_b = row_names(b, result.keys);
  const std::vector<RowPair> pairs = join(names_a, names_b, result);
  result.rows_common = static_cast<std::int64_t>(pairs.size());
  for (std::size_t i = 0; i < a.schema.columns.size(); ++i) {
    const std::string& name = a.schema.columns[i].name;
    const auto other = places_b.find(name);
    if (other == places_b.end() || std::ranges::find(result.keys, name) != result.keys.end()) {
      continue;
    }
    const ColumnRef column_a(a, static_cast<int>(i));
    const ColumnRef column_b(b, other->second);
    const Rows rows{pairs, names_a};
    result.columns.push_back(column_a.is_text() || column_b.is_text()
                                 ? compare_texts(column_a, column_b, rows)
                                 : compare_numbers(column_a, column_b, rows, options, result.metadata));
  }
  std::ranges::stable_sort(result.columns, is_worse);
  return result;
}

}  // namespace pumice
