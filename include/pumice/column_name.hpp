/// The grammar of column names: `channel|derivation__feature__param_value`, reversible.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pumice/feature.hpp"

namespace pumice {

/// A column's name in parts. Parameters are alphabetical; values are numbers in their shortest form, or words in double
/// quotes (as tsfresh writes them). In the text, `|`, a second `_` in a row and a last `_` of the channel's name are
/// `%7C` and `%5F`; a `%` that would read as one of these is `%25`.
struct ColumnName {
  std::string channel;
  Derivation derivation = Derivation::kNone;
  std::string feature;
  std::vector<std::pair<std::string, std::string>> parameters;
  bool operator==(const ColumnName&) const = default;
};

[[nodiscard]] std::string format_column_name(const ColumnName& name);
/// Throws UsageError where `text` is not a column name; says which part is wrong. Whether there is such a feature is
/// the catalogue's affair.
[[nodiscard]] ColumnName parse_column_name(std::string_view text);

/// How columns are written in the table (`--names`).
/// kRecipe: the names of what the chosen set reproduces; only `basic` has some, the notebook's.
enum class Naming { kDefault, kSafe, kNotebook, kRecipe };

/// A name of letters, digits and `_` only (LightGBM refuses `",:[]{}`): `sensor_1__abs__quantile__q_0p5`. Distinct
/// columns have distinct names: other characters of a channel's name become `_xHH`.
[[nodiscard]] std::string safe_name(std::string_view name);
/// Shortest decimal that reads back as `value`: "1", "4.5", "0.001".
[[nodiscard]] std::string shortest_number(double value);

}  // namespace pumice
