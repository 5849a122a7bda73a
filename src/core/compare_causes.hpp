/// Likely causes of a difference between two columns, from the pattern of the difference.
#pragma once

#include <string>
#include <vector>

#include "core/compare_tables.hpp"

namespace pumice {

/// A column's values in both tables, row by row; NaN where there is none.
struct PairedValues {
  std::vector<double> a;
  std::vector<double> b;
};

/// The likely cause of the differences of a column of numbers; empty where none is known. `metadata`: what differs
/// between the tables.
[[nodiscard]] std::string likely_cause(const ColumnComparison& column, const PairedValues& values,
                                       const std::vector<MetadataDifference>& metadata);

/// Likely causes of columns that are in one table only: other parameters, other naming.
[[nodiscard]] std::vector<std::string> causes_of_other_columns(const std::vector<std::string>& only_a,
                                                               const std::vector<std::string>& only_b);

}  // namespace pumice
