#include "core/extract_rows.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "core/recipe.hpp"
#include "pumice/catalogue.hpp"
#include "pumice/column_name.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

/// Stands for every channel while a column is named without one; needs no escape in any naming.
constexpr const char* kAnyChannel = "x";

/// "x__maximum" -> "maximum"; "x|abs__maximum" -> "|abs__maximum", so that channel and name together are the full name.
std::string without_channel(const std::string& name) {
  const std::string rest = name.substr(std::string_view(kAnyChannel).size());
  return rest.starts_with("__") ? rest.substr(2) : rest.starts_with("_") ? rest.substr(1) : rest;
}

bool has_own_names(Naming naming) { return naming == Naming::kNotebook || naming == Naming::kRecipe; }

std::string notebook_name(const PlanColumn& column, const std::string& channel, Naming naming) {
  const FeatureInfo& feature = catalogue()[static_cast<std::size_t>(column.feature)];
  const bool has_name = (feature.spec.sets & kBasic) != 0 && column.derivation == Derivation::kNone &&
                        feature.parameters.empty() && feature.outputs.empty();
  if (!has_name) {
    throw UsageError(
        fmt::format("`--names {}` has names for the set `basic` only; `{}` has none: say `--features basic`",
                    to_text(naming), column.name));
  }
  const std::string_view name = feature.spec.notebook_name.empty() ? feature.spec.name : feature.spec.notebook_name;
  return fmt::format("{}_{}", channel, name);
}

}  // namespace

RowBuilder::RowBuilder(const Plan& plan, const RowLayout& layout, Labels* labels)
    : plan_(plan), layout_(layout), labels_(labels) {
  columns_.push_back(
      {.name = "segment_id", .type = layout.ids_are_integers ? ColumnType::kInteger : ColumnType::kText, .unit = {}});
  if (layout.window.length > 0) {
    columns_.push_back({.name = "window", .type = ColumnType::kInteger, .unit = {}});
    columns_.push_back({.name = "start_sample", .type = ColumnType::kInteger, .unit = {}});
    columns_.push_back({.name = "start_time", .type = ColumnType::kNumber, .unit = "s"});
  }
  if (layout.layout == Layout::kLong) {
    columns_.push_back({.name = "channel", .type = ColumnType::kText, .unit = {}});
    first_field_ = columns_.size();
    add_long_fields();
  } else {
    first_field_ = columns_.size();
    add_wide_fields();
  }
  if (labels != nullptr) {
    columns_.insert(columns_.end(), labels->columns().begin(), labels->columns().end());
  }
  check_unique();
  chunk_.columns.resize(columns_.size());
}

std::string RowBuilder::column_name(const PlanColumn& column) const {
  const std::string& channel = plan_.channels[static_cast<std::size_t>(column.channel)];
  if (layout_.layout == Layout::kWide) {
    return has_own_names(layout_.names)     ? notebook_name(column, channel, layout_.names)
           : layout_.names == Naming::kSafe ? safe_name(column.name)
                                            : column.name;
  }
  if (has_own_names(layout_.names)) {
    return without_channel(notebook_name(column, kAnyChannel, layout_.names));
  }
  ColumnName parts = parse_column_name(column.name);
  parts.channel = std::string(kAnyChannel);
  const std::string name = format_column_name(parts);
  return without_channel(layout_.names == Naming::kSafe ? safe_name(name) : name);
}

void RowBuilder::add_wide_fields() {
  for (const PlanColumn& column : plan_.columns) {
    columns_.push_back({.name = column_name(column), .type = ColumnType::kNumber, .unit = unit_text(column.unit)});
    fields_.push_back({{column.value}});
  }
}

void RowBuilder::add_long_fields() {
  for (const PlanColumn& column : plan_.columns) {
    if (std::find(row_channels_.begin(), row_channels_.end(), column.channel) == row_channels_.end()) {
      row_channels_.push_back(column.channel);
    }
  }
  std::map<std::string, std::size_t> places;
  for (const PlanColumn& column : plan_.columns) {
    const std::string name = column_name(column);
    const auto [place, is_new] = places.emplace(name, fields_.size());
    if (is_new) {
      columns_.push_back({.name = name, .type = ColumnType::kNumber, .unit = unit_text(column.unit)});
      fields_.push_back({std::vector<int>(row_channels_.size(), -1)});
    }
    const auto row = std::find(row_channels_.begin(), row_channels_.end(), column.channel) - row_channels_.begin();
    fields_[place->second].value_of_row[static_cast<std::size_t>(row)] = column.value;
  }
}

void RowBuilder::check_unique() const {
  std::set<std::string_view> seen;
  for (const TableColumn& column : columns_) {
    if (!seen.insert(column.name).second) {
      throw UsageError(
          fmt::format("the table would have two columns `{}`{}", column.name,
                      layout_.names == Naming::kDefault ? ": rename the label" : ": say `--names default`"));
    }
  }
}

std::int64_t RowBuilder::rows_per_segment() const {
  return layout_.layout == Layout::kLong ? static_cast<std::int64_t>(row_channels_.size()) : 1;
}

void RowBuilder::add(const std::string& id, std::optional<std::int64_t> window, const double* values) {
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows_per_segment()); ++row) {
    add_row(id, window, row, values);
  }
}

void RowBuilder::add_row(const std::string& id, std::optional<std::int64_t> window, std::size_t row,
                         const double* values) {
  std::size_t at = 0;
  if (layout_.ids_are_integers) {
    std::int64_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    append_integer(chunk_.columns[at++], number);
  } else {
    append_text(chunk_.columns[at++], id);
  }
  if (layout_.window.length > 0) {
    if (window) {
      const std::int64_t start = *window * layout_.window.hop;
      append_integer(chunk_.columns[at++], *window);
      append_integer(chunk_.columns[at++], start);
      chunk_.columns[at++].numbers.push_back(layout_.sample_rate > 0 ? static_cast<double>(start) / layout_.sample_rate
                                                                     : std::numeric_limits<double>::quiet_NaN());
    } else {
      for (int i = 0; i < 3; ++i, ++at) {
        append_null(chunk_.columns[at], columns_[at].type);
      }
    }
  }
  if (layout_.layout == Layout::kLong) {
    append_text(chunk_.columns[at++], plan_.channels[static_cast<std::size_t>(row_channels_[row])]);
  }
  for (const Field& field : fields_) {
    const int value = field.value_of_row[row];
    chunk_.columns[at++].numbers.push_back(values == nullptr || value < 0 ? std::numeric_limits<double>::quiet_NaN()
                                                                          : values[value]);
  }
  if (labels_ != nullptr) {
    const std::int64_t found = labels_->find(id);
    rows_without_label_ += found < 0 ? 1 : 0;
    labels_->append(found, chunk_.columns.data() + at);
  }
  ++chunk_.rows;
}

void RowBuilder::clear() {
  chunk_.rows = 0;
  for (ColumnValues& values : chunk_.columns) {
    values.integers.clear();
    values.numbers.clear();
    values.texts.clear();
    values.valid.clear();
  }
}

}  // namespace pumice
