#include "io/csv_detect.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "io/csv_number.hpp"
#include "io/inspect_time.hpp"

namespace pumice::io {
namespace {

using Rows = std::vector<std::vector<std::string>>;

bool is_value(const std::string& cell, char decimal, const MissingWords& missing) {
  return missing.is_missing_word(cell) || parse_number(cell, decimal).has_value() || parse_iso_time(cell).has_value();
}

/// Rows of data where it is not known yet whether the first is a header.
std::size_t first_data_row(const Rows& rows) { return rows.size() > 1 ? 1 : 0; }

std::size_t usual_length(const Rows& rows) {
  std::map<std::size_t, int> counts;
  for (std::size_t r = first_data_row(rows); r < rows.size(); ++r) {
    ++counts[rows[r].size()];
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? 0 : most->first;
}

bool allows_decimal_comma(char delimiter, const TextFormat& format) {
  return format.decimal ? *format.decimal == ',' : delimiter == ';' || delimiter == '\t';
}

/// Share of cells that are values, in rows of the usual length, times the share of such rows; halved where the first
/// row has another length. A table has at least two columns: 0 otherwise.
double score(const Rows& rows, char delimiter, const TextFormat& format, const MissingWords& missing) {
  const std::size_t length = usual_length(rows);
  if (length < 2) {
    return 0;
  }
  const bool comma = allows_decimal_comma(delimiter, format);
  std::int64_t regular = 0;
  std::int64_t values = 0;
  std::int64_t data_rows = 0;
  for (std::size_t r = first_data_row(rows); r < rows.size(); ++r) {
    ++data_rows;
    if (rows[r].size() != length) {
      continue;
    }
    ++regular;
    values += std::count_if(rows[r].begin(), rows[r].end(), [&](const std::string& cell) {
      return is_value(cell, format.decimal.value_or('.'), missing) || (comma && is_value(cell, ',', missing));
    });
  }
  const double share = static_cast<double>(values) / static_cast<double>(regular * static_cast<std::int64_t>(length));
  const double result = share * static_cast<double>(regular) / static_cast<double>(data_rows);
  return rows.front().size() == length ? result : result / 2;
}

char detect_delimiter(std::string_view sample, const TextFormat& format, const MissingWords& missing) {
  char best = format.decimal == ',' ? ';' : ',';
  double best_score = 0;
  char first_regular = '\0';
  for (const char delimiter : {',', ';', '\t', ' '}) {
    if (format.decimal && *format.decimal == delimiter) {
      continue;
    }
    const Rows rows = split_rows(sample, delimiter, kSampleRows);
    if (rows.empty()) {
      continue;
    }
    const std::size_t length = usual_length(rows);
    const bool regular =
        length >= 2 && std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row.size() == length; });
    if (regular && first_regular == '\0') {
      first_regular = delimiter;
    }
    const double found = score(rows, delimiter, format, missing);
    if (found > best_score) {
      best = delimiter;
      best_score = found;
    }
  }
  // Text without a number in it: what cuts it evenly; one column of anything is as good as comma-separated.
  return best_score == 0 && first_regular != '\0' ? first_regular : best;
}

char detect_decimal(const Rows& rows, char delimiter) {
  if (delimiter != ';' && delimiter != '\t') {
    return '.';
  }
  bool comma_seen = false;
  for (std::size_t r = first_data_row(rows); r < rows.size(); ++r) {
    for (const std::string& cell : rows[r]) {
      if (cell.find('.') != std::string::npos && parse_number(cell, '.')) {
        return '.';
      }
      comma_seen = comma_seen || (cell.find(',') != std::string::npos && parse_number(cell, ','));
    }
  }
  return comma_seen ? ',' : '.';
}

}  // namespace

std::string_view without_bom(std::string_view text) {
  constexpr std::string_view kBom = "\xef\xbb\xbf";
  return text.substr(0, kBom.size()) == kBom ? text.substr(kBom.size()) : text;
}

std::string_view whole_lines(std::string_view text, bool complete) {
  if (complete) {
    return text;
  }
  const std::size_t last = text.find_last_of("\n\r");
  return last == std::string_view::npos ? text : text.substr(0, last + 1);
}

CsvDialect detect_dialect(std::string_view sample, const TextFormat& format) {
  const MissingWords missing(format.missing_words);
  CsvDialect dialect;
  dialect.delimiter = format.delimiter ? *format.delimiter : detect_delimiter(sample, format, missing);
  const Rows rows = split_rows(sample, dialect.delimiter, kSampleRows);
  dialect.decimal = format.decimal ? *format.decimal : detect_decimal(rows, dialect.delimiter);
  if (format.header) {
    dialect.header = *format.header;
  } else {
    dialect.header = !rows.empty() && std::any_of(rows[0].begin(), rows[0].end(), [&](const std::string& cell) {
      return !is_value(cell, dialect.decimal, missing);
    });
  }
  return dialect;
}

}  // namespace pumice::io
