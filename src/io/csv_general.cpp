#include "io/csv_general.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/narrow.hpp"
#include "io/csv_fast.hpp"
#include "io/inspect_time.hpp"

namespace pumice::io {
namespace {

/// The beginning of a cell, fit to be shown.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string shown(text.substr(0, kLongest));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') {
      c = '?';
    }
  }
  return text.size() > kLongest ? shown + ".." : shown;
}

InputProblem at_row(std::int64_t line, std::string reason) {
  return {.path = {}, .reason = std::move(reason), .row = line, .column = {}, .byte = {}};
}

constexpr std::string_view kTruncated = ": the file looks truncated";

/// What is wrong with the row in `text` that starts in `line`; called for a row in which something is.
InputProblem explain_row(std::string_view text, std::int64_t line, const GeneralLayout& layout) {
  const auto expected = static_cast<std::int64_t>(layout.target.size());
  CellScanner scanner(text, layout.dialect.delimiter);
  std::int64_t cells = 0;
  std::int64_t bad = -1;
  std::string bad_text;
  bool blank = false;
  CellEnd end = CellEnd::kDelimiter;
  while (end == CellEnd::kDelimiter) {
    const Cell cell = scanner.next();
    end = cell.end;
    blank = cells == 0 && cell.text.empty() && !cell.quoted;
    if (bad < 0 && cells < expected && layout.target[static_cast<std::size_t>(cells)] >= 0 &&
        !layout.missing->is_missing_word(cell.text) && !parse_number(cell.text, layout.dialect.decimal)) {
      bad = cells;
      bad_text = excerpt(cell.text);
    }
    ++cells;
  }
  if (end == CellEnd::kOpenQuote) {
    return at_row(line, "has a quote that is never closed");
  }
  if (end == CellEnd::kStray) {
    return at_row(line, "has text after a closing quote");
  }
  const bool unfinished = end == CellEnd::kText;
  if (cells != expected) {
    if (blank && cells == 1) {
      return at_row(line, fmt::format("is blank, expected {} cells", expected));
    }
    return at_row(line, fmt::format("has {} cell{}, expected {}{}", cells, cells == 1 ? "" : "s", expected,
                                    unfinished && cells < expected ? kTruncated : ""));
  }
  InputProblem problem = at_row(
      line, fmt::format("`{}` is not a number{}", bad_text, unfinished && bad == expected - 1 ? kTruncated : ""));
  if (bad == 0 && !layout.names.empty() && is_time_name(layout.names.front())) {
    problem.reason += fmt::format("; `--time-column {}` leaves the column out", layout.names.front());
  }
  problem.column = layout.names.empty() ? std::to_string(bad + 1) : layout.names[static_cast<std::size_t>(bad)];
  return problem;
}

std::optional<InputProblem> find_nul(std::string_view text, std::int64_t first_line) {
  const auto* nul = static_cast<const char*>(std::memchr(text.data(), '\0', text.size()));
  if (nul == nullptr) {
    return {};
  }
  return at_row(first_line + std::count(text.data(), nul, '\n'), "has a NUL byte: this is not a text file");
}

/// The value of a cell that is not a plain number, or nothing where it has none.
std::optional<double> cell_value(std::string_view text, const GeneralLayout& layout, bool& has_infinities) {
  if (layout.missing->is_missing_word(text)) {
    return kMissing<double>;
  }
  const std::optional<double> value = parse_number(text, layout.dialect.decimal);
  if (value && std::isinf(*value)) {
    has_infinities = true;
    return kMissing<double>;
  }
  return value;
}

}  // namespace

std::optional<InputProblem> parse_general(std::string_view text, const GeneralLayout& layout, int targets,
                                          GeneralTable& out) {
  if (auto problem = find_nul(text, layout.first_line)) {
    return problem;
  }
  out.rows = 0;
  out.has_infinities = false;
  out.columns.resize(static_cast<std::size_t>(targets));
  const std::int64_t most_rows = count_line_feeds(text.data(), text.data() + text.size()) + 1;
  for (std::vector<double>& column : out.columns) {
    column.clear();
    column.reserve(static_cast<std::size_t>(most_rows));
  }
  CellScanner scanner(text, layout.dialect.delimiter);
  scanner.set_line(layout.first_line);
  const std::size_t columns = layout.target.size();
  const bool check_values = layout.missing->has_values();
  while (!scanner.at_end()) {
    const char* const row = scanner.position();
    const std::int64_t line = scanner.line();
    CellEnd end = CellEnd::kDelimiter;
    bool good = true;
    for (std::size_t c = 0; c < columns && good; ++c) {
      if (end != CellEnd::kDelimiter) {
        good = false;
        break;
      }
      const int target = layout.target[c];
      if (target < 0) {
        const Cell cell = scanner.next();
        end = cell.end;
        if (layout.times != nullptr && static_cast<int>(c) == layout.time_column) {
          layout.times->add(cell.text, line);
        }
        continue;
      }
      double value = 0;
      if (!scanner.next_plain_number(layout.dialect.decimal, value, end)) {
        const Cell cell = scanner.next();
        end = cell.end;
        const std::optional<double> found = cell_value(cell.text, layout, out.has_infinities);
        good = found.has_value();
        value = found.value_or(0) + 0.0;  // -0.0 + 0.0 is 0.0
      }
      if (check_values && layout.missing->is_missing_value(value)) {
        value = kMissing<double>;
      }
      out.columns[static_cast<std::size_t>(target)].push_back(value);
    }
    if (!good || (end != CellEnd::kLine && end != CellEnd::kText)) {
      return explain_row({row, static_cast<std::size_t>(text.data() + text.size() - row)}, line, layout);
    }
    ++out.rows;
  }
  return {};
}

void store_narrowest(std::span<const double> values, ColumnBuffer& out) {
  const ColumnView column{values.data(), SampleType::kFloat64, static_cast<std::int64_t>(values.size())};
  store_as(column, narrowest_type(column), out);
}

}  // namespace pumice::io
