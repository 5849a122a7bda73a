#include "core/extract_labels.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "pumice/column_name.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

/// Names of the column of ids, the likeliest first, in any case; where there is none of them it is the first column.
constexpr std::array<std::string_view, 4> kIdNames{"segment_id", "segmentid", "segment", "id"};
/// What an index that pandas saved is called where its column has no name.
constexpr std::array<std::string_view, 3> kIndexNames{"column_0", "Unnamed: 0", "__index_level_0__"};

int find_id_column(const TableSchema& schema) {
  for (const std::string_view wanted : kIdNames) {
    for (std::size_t i = 0; i < schema.columns.size(); ++i) {
      const std::string& name = schema.columns[i].name;
      const bool same = std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
      });
      if (same) {
        return static_cast<int>(i);
      }
    }
  }
  return 0;
}

bool is_saved_index(const TableSchema& schema, int column) {
  const std::string& name = schema.columns[static_cast<std::size_t>(column)].name;
  return std::find(kIndexNames.begin(), kIndexNames.end(), name) != kIndexNames.end();
}

bool is_valid(const ColumnValues& values, std::int64_t row) {
  return values.valid.empty() || values.valid[static_cast<std::size_t>(row)] != 0;
}

/// The id as a segment's id is written; none where the cell is empty.
std::optional<std::string> id_text(const ColumnValues& values, ColumnType type, std::int64_t row) {
  const auto i = static_cast<std::size_t>(row);
  if (type == ColumnType::kNumber) {
    const double id = values.numbers[i];
    constexpr double kExact = 0x1p53;  // below it integers are what they seem; shortest, 100000 is "1e+05"
    if (id == std::trunc(id) && std::fabs(id) < kExact) {
      return std::to_string(static_cast<std::int64_t>(id));
    }
    return std::isnan(id) ? std::nullopt : std::optional(shortest_number(id));
  }
  if (!is_valid(values, row)) {
    return std::nullopt;
  }
  return type == ColumnType::kInteger ? std::to_string(values.integers[i]) : values.texts[i];
}

/// "007" -> "7"; other texts stay.
std::string without_leading_zeros(const std::string& id) {
  const bool digits = !id.empty() && std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
  const std::size_t first = id.find_first_not_of('0');
  if (!digits) {
    return id;
  }
  return first == std::string::npos ? "0" : id.substr(first);
}

}  // namespace

Labels::Labels(const std::string& path, const std::string& module_directory)
    : Labels(read_table(path, module_directory), path) {}

Labels::Labels(Table table, const std::string& name) : table_(std::move(table)) {
  if (table_.schema.columns.size() < 2) {
    throw UsageError(fmt::format("`--labels {}`: it needs a column of segment ids and one of labels", name));
  }
  const int id = find_id_column(table_.schema);
  const TableColumn& id_column = table_.schema.columns[static_cast<std::size_t>(id)];
  id_column_ = id_column.name;
  ids_are_integers_ = id_column.type != ColumnType::kText;
  for (int i = 0; i < static_cast<int>(table_.schema.columns.size()); ++i) {
    if (i != id && !is_saved_index(table_.schema, i)) {
      places_.push_back(i);
      columns_.push_back(table_.schema.columns[static_cast<std::size_t>(i)]);
    }
  }
  const ColumnValues& ids = table_.data.columns[static_cast<std::size_t>(id)];
  for (std::int64_t row = 0; row < table_.data.rows; ++row) {
    const auto text = id_text(ids, id_column.type, row);
    if (text && !rows_.emplace(*text, row).second) {
      throw InputError({.path = name,
                        .reason = fmt::format("id `{}` occurs twice", *text),
                        .row = {},
                        .column = id_column_,
                        .byte = {}});
    }
  }
  used_.assign(static_cast<std::size_t>(table_.data.rows), 0);
}

std::int64_t Labels::find(const std::string& id) const {
  auto found = rows_.find(id);
  if (found == rows_.end() && ids_are_integers_) {
    found = rows_.find(without_leading_zeros(id));
  }
  return found == rows_.end() ? -1 : found->second;
}

void Labels::append(std::int64_t row, ColumnValues* to) {
  if (row >= 0) {
    used_[static_cast<std::size_t>(row)] = 1;
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const ColumnType type = columns_[i].type;
    const ColumnValues& from = table_.data.columns[static_cast<std::size_t>(places_[i])];
    if (row < 0 || (type != ColumnType::kNumber && !is_valid(from, row))) {
      append_null(to[i], type);
    } else if (type == ColumnType::kInteger) {
      append_integer(to[i], from.integers[static_cast<std::size_t>(row)]);
    } else if (type == ColumnType::kText) {
      append_text(to[i], from.texts[static_cast<std::size_t>(row)]);
    } else {
      to[i].numbers.push_back(from.numbers[static_cast<std::size_t>(row)]);
    }
  }
}

std::int64_t Labels::unused() const { return std::count(used_.begin(), used_.end(), 0); }

void append_integer(ColumnValues& to, std::int64_t value) {
  to.integers.push_back(value);
  to.valid.push_back(1);
}

void append_text(ColumnValues& to, std::string value) {
  to.texts.push_back(std::move(value));
  to.valid.push_back(1);
}

void append_null(ColumnValues& to, ColumnType type) {
  if (type == ColumnType::kNumber) {
    to.numbers.push_back(std::numeric_limits<double>::quiet_NaN());
    return;
  }
  if (type == ColumnType::kInteger) {
    to.integers.push_back(0);
  } else {
    to.texts.emplace_back();
  }
  to.valid.push_back(0);
}

}  // namespace pumice
