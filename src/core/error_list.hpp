/// `<OUT>.errors.csv`: why inputs were skipped.
#pragma once

#include <string>
#include <vector>

#include "pumice/error.hpp"

namespace pumice {

/// "t.parquet" -> "t.parquet.errors.csv"
[[nodiscard]] std::string error_list_path(const std::string& table);
/// Writes file, row, column, byte, reason under a temporary name and renames it; without problems a list that an
/// earlier run left is removed. Throws Error.
void write_error_list(const std::string& table, const std::vector<InputProblem>& problems);

}  // namespace pumice
