/// The names of a text file's columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_cells.hpp"
#include "pumice/source.hpp"

namespace pumice::io {

/// Names from a header row; "column_1", .. where there is none, and for an empty cell. An empty first cell is named
/// "Unnamed: 0", as pandas does.
[[nodiscard]] std::vector<std::string> column_names(const std::vector<std::string>& first_row, bool header);

/// A name that stands twice.
[[nodiscard]] std::optional<std::string> repeated_name(const std::vector<std::string>& names);

/// "a, b, c", and how many there are where that is too long to be read.
[[nodiscard]] std::string list_names(const std::vector<std::string>& names);

/// A table with a row a segment: labels, or features that pumice made.
[[nodiscard]] bool is_table_of_segments(const std::vector<std::string>& names);

/// True for columns that are not those of a segment of the shape `usual`, complete or not: no channel is among them.
[[nodiscard]] bool is_other_table(const std::vector<std::string>& names, bool has_header, const FileShape& usual);

}  // namespace pumice::io
