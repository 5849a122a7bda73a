#include <fast_float/fast_float.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "io/table_csv_cells.hpp"
#include "io/table_file.hpp"
#include "io/table_format.hpp"
#include "io/table_meta.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

bool is_missing_word(std::string_view text) {
  constexpr std::array<std::string_view, 8> kWords{"", "nan", "na", "n/a", "null", "none", "<na>", "#n/a"};
  std::string lower(text.substr(0, std::min<std::size_t>(text.size(), 8)));
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text.size() < 8 && std::ranges::find(kWords, lower) != kWords.end();
}

/// An integer as a program prints it. `007` is none: it is a name, and would not come back as it was.
std::optional<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || (digits.front() == '0' && text.size() > 1)) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// An integer that an int64 does not hold.
bool is_long_integer(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  return !digits.empty() && digits.front() != '0' && digits.find_first_not_of("0123456789") == std::string_view::npos &&
         !parse_integer(text);
}

bool is_padded_integer(std::string_view text) {
  return text.size() > 1 && text.front() == '0' && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<double> parse_number(std::string_view text, bool decimal_comma) {
  std::string with_point;
  if (decimal_comma && text.find(',') != std::string_view::npos) {
    with_point = text;
    std::ranges::replace(with_point, ',', '.');
    text = with_point;
  }
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (is_padded_integer(text)) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  // Too large or too small for a double is infinity or zero, as strtod has it.
  const bool parsed = error == std::errc() || error == std::errc::result_out_of_range;
  return parsed && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// A text table in memory, gone through twice: once for the types, once for the values.
class TextTable {
 public:
  explicit TextTable(const std::string& path) : path_(path), bytes_(read_file(path)) {
    text_ = bytes_;
    if (text_.starts_with("\xef\xbb\xbf")) {
      text_.remove_prefix(3);
    }
    if (text_.find('\0') != std::string_view::npos) {
      throw problem("is not text: it holds zero bytes");
    }
    delimiter_ = detect_delimiter(text_);
  }

  [[nodiscard]] std::vector<std::string> header() const {
    TextRows rows(path_, text_, delimiter_);
    std::vector<TextCell> cells;
    if (!rows.next(cells)) {
      throw problem("is empty");
    }
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (const TextCell& cell : cells) {
      names.push_back(cell.raw.empty() ? fmt::format("column_{}", names.size()) : cell.text());
      if (!seen.insert(names.back()).second) {
        throw problem(fmt::format("column `{}` is in it twice", names.back()));
      }
    }
    return names;
  }

  /// Calls visit(row's cells) for every row below the header.
  template <class Visit>
  void each_row(std::size_t columns, Visit visit) const {
    TextRows rows(path_, text_, delimiter_);
    std::vector<TextCell> cells;
    (void)rows.next(cells);
    while (rows.next(cells)) {
      if (cells.size() != columns) {
        throw InputError({.path = path_,
                          .reason = fmt::format("has {} cells, expected {}", cells.size(), columns),
                          .row = rows.line(),
                          .column = {},
                          .byte = {}});
      }
      visit(cells);
    }
  }

  [[nodiscard]] bool decimal_comma() const { return delimiter_ == ';'; }

 private:
  [[nodiscard]] InputError problem(std::string reason) const {
    return InputError({.path = path_, .reason = std::move(reason), .row = {}, .column = {}, .byte = {}});
  }

  std::string path_;
  std::string bytes_;
  std::string_view text_;
  char delimiter_ = ',';
};

/// The narrowest type that holds every cell seen so far, without a digit lost of integers.
struct Inference {
  ColumnType type = ColumnType::kInteger;
  bool has_values = false;
  bool has_long_integers = false;

  void see(const TextCell& cell, bool decimal_comma) {
    if (type == ColumnType::kText || is_missing_word(cell.raw)) {
      return;
    }
    has_values = true;
    if (type == ColumnType::kInteger && is_long_integer(cell.raw)) {
      has_long_integers = true;
    } else if (type == ColumnType::kInteger && !parse_integer(cell.raw)) {
      type = ColumnType::kNumber;
    }
    if (type == ColumnType::kNumber && !parse_number(cell.raw, decimal_comma)) {
      type = ColumnType::kText;
    }
  }
};

struct TypedColumn {
  ColumnType type;
  bool declared;  ///< by the .meta.json
};

/// A column's type: the inferred one, or the declared one where that is wider. A column without values holds numbers,
/// one of integers that are too long for that, texts.
TypedColumn column_type(const Inference& inferred, const TableColumn* declared) {
  if (declared == nullptr) {
    const bool is_long = inferred.type == ColumnType::kInteger && inferred.has_long_integers;
    return {is_long ? ColumnType::kText : inferred.has_values ? inferred.type : ColumnType::kNumber, false};
  }
  if (!inferred.has_values) {
    return {declared->type, true};
  }
  const ColumnType least = inferred.has_long_integers ? std::max(inferred.type, ColumnType::kNumber) : inferred.type;
  return {std::max(least, declared->type), declared->type >= least};
}

void append_cell(const TypedColumn& column, const TextCell& cell, bool decimal_comma, ColumnValues& values) {
  // Only an empty cell is missing where the column is known to be text: `NA` may be a word of it.
  const bool known_text = column.type == ColumnType::kText && column.declared;
  const bool missing = known_text ? cell.raw.empty() && !cell.quoted
                                  : is_missing_word(cell.raw) && !(column.type == ColumnType::kText && cell.quoted);
  switch (column.type) {
    case ColumnType::kInteger:
      values.integers.push_back(missing ? 0 : *parse_integer(cell.raw));
      break;
    case ColumnType::kNumber:
      values.numbers.push_back(missing ? std::numeric_limits<double>::quiet_NaN()
                                       : *parse_number(cell.raw, decimal_comma));
      return;
    case ColumnType::kText:
      values.texts.push_back(missing ? std::string() : cell.text());
      break;
  }
  values.valid.push_back(missing ? 0 : 1);
}

/// The .meta.json's schema where it is that of a table with these columns.
std::optional<TableSchema> declared_schema(const std::string& path, const std::vector<std::string>& names) {
  std::optional<TableMeta> meta = read_table_meta(path);
  const bool fits = meta && std::ranges::equal(meta->schema.columns, names, {}, &TableColumn::name);
  return fits ? std::optional(std::move(meta->schema)) : std::nullopt;
}

}  // namespace

Table read_csv_table(const std::string& path) {
  const TextTable text(path);
  const std::vector<std::string> names = text.header();
  const std::optional<TableSchema> declared = declared_schema(path, names);
  std::vector<Inference> inferences(names.size());
  text.each_row(names.size(), [&](const std::vector<TextCell>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      inferences[i].see(cells[i], text.decimal_comma());
    }
  });

  Table table;
  std::vector<TypedColumn> columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    columns.push_back(column_type(inferences[i], declared ? &declared->columns[i] : nullptr));
    table.schema.columns.push_back({names[i], columns[i].type, declared ? declared->columns[i].unit : ""});
  }
  if (declared) {
    table.schema.metadata = declared->metadata;
  }
  table.data.columns.resize(names.size());
  text.each_row(names.size(), [&](const std::vector<TextCell>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      append_cell(columns[i], cells[i], text.decimal_comma(), table.data.columns[i]);
    }
    ++table.data.rows;
  });
  for (ColumnValues& values : table.data.columns) {
    if (std::ranges::find(values.valid, 0) == values.valid.end()) {
      values.valid.clear();
    }
  }
  return table;
}

}  // namespace pumice
