#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "io/csv_cells.hpp"
#include "io/csv_detect.hpp"
#include "io/csv_header.hpp"
#include "io/csv_number.hpp"
#include "io/decompress.hpp"
#include "io/inspect_time.hpp"
#include "io/problem.hpp"
#include "pumice/source.hpp"

namespace pumice {
namespace io {
namespace {

constexpr std::size_t kFirstLook = std::size_t{1} << 16;
constexpr std::size_t kLongestLook = std::size_t{1} << 25;

/// Reads enough of a file for a header and some rows, however long its lines are.
void read_sample(TextReader& reader, const std::string& path) {
  std::size_t limit = kFirstLook;
  while (true) {
    if (auto problem = reader.read_beginning(path, limit)) {
      throw InputError(std::move(*problem));
    }
    const std::string_view text = reader.text();
    constexpr int kEnoughLines = 4;
    if (reader.complete() || limit >= kLongestLook || std::count(text.begin(), text.end(), '\n') >= kEnoughLines) {
      return;
    }
    limit *= 8;
  }
}

using Rows = std::vector<std::vector<std::string>>;

std::vector<std::string> cells_of(const Rows& rows, std::size_t first_row, std::size_t column) {
  std::vector<std::string> cells;
  for (std::size_t r = first_row; r < rows.size() && column < rows[r].size(); ++r) {
    cells.push_back(rows[r][column]);
  }
  return cells;
}

/// True for a column without a header that holds dates: it cannot be a channel.
bool holds_dates(const std::vector<std::string>& cells) {
  return !cells.empty() && std::all_of(cells.begin(), cells.end(),
                                       [](const std::string& cell) { return parse_iso_time(cell).has_value(); });
}

struct TimeColumn {
  int index = -1;
  double sample_rate = 0;
};

TimeColumn find_time_column(const std::vector<std::string>& names, const Rows& rows, const CsvDialect& dialect,
                            const std::string& asked) {
  const std::size_t first_row = dialect.header ? 1 : 0;
  if (asked == "none" || names.empty()) {
    return {};
  }
  if (!asked.empty()) {
    const auto found = std::find(names.begin(), names.end(), asked);
    if (found == names.end()) {
      return {};
    }
    const auto index = static_cast<int>(found - names.begin());
    const auto cells = cells_of(rows, first_row, static_cast<std::size_t>(index));
    return {index, find_time_axis(asked, cells, dialect.decimal).sample_rate};
  }
  if (names.size() < 2) {
    return {};
  }
  const std::vector<std::string> cells = cells_of(rows, first_row, 0);
  const bool named = dialect.header && is_time_name(names.front());
  const TimeAxisFound axis = find_time_axis(names.front(), cells, dialect.decimal);
  if ((named && axis.rises_uniformly) || ((named || !dialect.header) && holds_dates(cells))) {
    return {0, axis.sample_rate};
  }
  return {};
}

/// What else may cut rows that have one cell each.
std::string delimiter_hint(const Rows& rows) {
  for (const char candidate : std::string_view(",;\t|~^#&@!")) {
    const auto count = std::count(rows.front().front().begin(), rows.front().front().end(), candidate);
    if (count > 0 && std::all_of(rows.begin(), rows.end(), [&](const std::vector<std::string>& row) {
          return row.size() == 1 && std::count(row.front().begin(), row.front().end(), candidate) == count;
        })) {
      return fmt::format(": every row is one cell; is it cut by another character, as with `--delimiter '{}'`?",
                         candidate == '\t' ? "tab" : std::string(1, candidate));
    }
  }
  return {};
}

/// True where the first column is a channel that rises by a constant step over rows enough to tell.
bool first_channel_rises(const std::vector<std::string>& names, const Rows& rows, const CsvDialect& dialect) {
  constexpr std::size_t kEnoughRows = 8;
  const std::vector<std::string> cells = cells_of(rows, dialect.header ? 1 : 0, 0);
  return names.size() >= 2 && cells.size() >= kEnoughRows &&
         find_time_axis(names.front(), cells, dialect.decimal).rises_uniformly;
}

void require_numbers(const std::string& path, const Rows& rows, const CsvDialect& dialect, int time_column,
                     const TextFormat& format) {
  const MissingWords missing(format.missing_words);
  for (std::size_t r = dialect.header ? 1 : 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      if (static_cast<int>(c) != time_column &&
          (missing.is_missing_word(rows[r][c]) || parse_number(rows[r][c], dialect.decimal))) {
        return;
      }
    }
  }
  throw InputError(problem_of(path, "holds no numbers" + delimiter_hint(rows)));
}

}  // namespace
}  // namespace io

FileShape inspect_file(const std::string& path, const TextFormat& format) {
  io::TextReader reader;
  io::read_sample(reader, path);
  const std::string_view text = io::without_bom(reader.text());
  if (text.find('\0') != std::string_view::npos) {
    throw InputError(io::problem_of(path, "has a NUL byte: this is not a text file"));
  }
  const std::string_view sample = io::whole_lines(text, reader.complete());
  const io::CsvDialect dialect = io::detect_dialect(sample, format);
  const io::Rows rows = io::split_rows(sample, dialect.delimiter, io::kSampleRows);
  if (rows.empty()) {
    // Nothing but blanks is empty; a first row that cannot be cut has a reason of its own.
    if (sample.find_first_not_of(" \t\r\n") == std::string_view::npos) {
      throw InputError(io::problem_of(path, "is empty"));
    }
    throw InputError(io::problem_of(path, "has a first row with quotes that do not match"));
  }
  if (dialect.header && rows.size() == 1 && reader.complete()) {
    throw InputError(io::problem_of(path, "has a header but no rows"));
  }
  const std::vector<std::string> names = io::column_names(rows.front(), dialect.header);
  if (const auto twice = io::repeated_name(names)) {
    throw InputError(io::problem_of(path, fmt::format("has two columns named `{}`", *twice)));
  }
  const io::TimeColumn time = io::find_time_column(names, rows, dialect, format.time_column);
  io::require_numbers(path, rows, dialect, time.index, format);

  FileShape shape;
  shape.path = path;
  shape.has_header = dialect.header;
  shape.delimiter = dialect.delimiter;
  shape.decimal = dialect.decimal;
  shape.sample_rate = time.sample_rate;
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (static_cast<int>(c) == time.index) {
      shape.time_column = names[c];
    } else {
      shape.channels.push_back(names[c]);
    }
  }
  shape.first_rises = time.index < 0 && io::first_channel_rises(names, rows, dialect);
  const auto lines = static_cast<double>(std::count(sample.begin(), sample.end(), '\n')) +
                     (sample.empty() || sample.back() == '\n' ? 0 : 1) - (dialect.header ? 1 : 0);
  shape.estimated_rows = static_cast<std::int64_t>(lines * static_cast<double>(reader.estimated_text_bytes()) /
                                                   static_cast<double>(std::max<std::size_t>(sample.size(), 1)));
  return shape;
}

}  // namespace pumice
