/// The names of a text file's columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_cells.hpp"

namespace pumice::io {

/// Names from a header row; "column_1", .. where there is none, and for an empty cell. An empty first cell is named
/// "Unnamed: 0", as pandas does.
[[nodiscard]] std::vector<std::string> column_names(const std::vector<std::string>& first_row, bool header);

/// A name that stands twice.
[[nodiscard]] std::optional<std::string> repeated_name(const std::vector<std::string>& names);

/// "a, b, c", and how many there are where that is too long to be read.
[[nodiscard]] std::string list_names(const std::vector<std::string>& names);

}  // namespace pumice::io
