/// The way through delimited text that takes everything people have, and says where it is wrong.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_cells.hpp"
#include "io/csv_number.hpp"
#include "io/time_check.hpp"
#include "pumice/error.hpp"
#include "pumice/samples.hpp"

namespace pumice::io {

/// What the general parser is told about a text.
struct GeneralLayout {
  CsvDialect dialect;
  std::span<const int> target;            ///< [columns]: where each goes, or -1: its cells may hold anything
  std::span<const std::string> names;     ///< [columns], or empty where there is no header: for messages
  std::int64_t first_line = 1;            ///< line number that the text starts with
  const MissingWords* missing = nullptr;  ///< not null
  TimeCheck* times = nullptr;             ///< takes the cells of `time_column`, which is not decoded
  int time_column = -1;
};

/// Values of a text in double, column by column; reused from text to text.
struct GeneralTable {
  std::vector<std::vector<double>> columns;  ///< [targets][rows], NaN: missing
  std::int64_t rows = 0;
  bool has_infinities = false;
};

/// Parses the rows of `text` (no header, no blank lines at its end) into `targets` columns. A blank line is a missing
/// cell in a text of one column and a problem in others. At least one byte behind `text` must be readable.
[[nodiscard]] std::optional<InputProblem> parse_general(std::string_view text, const GeneralLayout& layout, int targets,
                                                        GeneralTable& out);

/// Copies `values` into the smallest type that holds them exactly.
void store_narrowest(std::span<const double> values, ColumnBuffer& out);

}  // namespace pumice::io
