/// Cells and rows of delimited text.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pumice::io {

/// How a text is cut into cells. Delimiter ' ' means runs of spaces and tabs.
struct CsvDialect {
  char delimiter = ',';
  char decimal = '.';
  bool header = true;
  bool operator==(const CsvDialect&) const = default;
};

enum class CellEnd : std::uint8_t {
  kDelimiter,  ///< another cell of the row follows
  kLine,       ///< the row ends with a line break
  kText,       ///< the text ends without one
  kStray,      ///< text after a closing quote: not a cell
  kOpenQuote,  ///< the text ends inside quotes: not a cell
};

struct Cell {
  std::string_view text;  ///< without spaces round it and without quotes; valid until the next cell
  CellEnd end = CellEnd::kText;
  bool quoted = false;
};

/// Walks over cells. Lines end with LF, CRLF or CR; inside quotes ("" is a quote) anything may stand. At least one byte
/// behind `text` must be readable.
class CellScanner {
 public:
  CellScanner(std::string_view text, char delimiter)
      : p_(text.data()), last_(text.data() + text.size()), delimiter_(delimiter) {}

  [[nodiscard]] bool at_end() const { return p_ == last_; }
  [[nodiscard]] const char* position() const { return p_; }
  /// The line that the next cell starts in, from 1.
  [[nodiscard]] std::int64_t line() const { return line_; }
  void set_line(std::int64_t line) { line_ = line; }

  [[nodiscard]] Cell next();
  /// Reads on to the end of the row; returns the cells passed.
  std::int64_t skip_row();
  /// Passes over lines that are empty or hold only spaces.
  void skip_blank_lines();

  /// A plain number `[+-]?[0-9]+(\.[0-9]*)?` that fills the next cell and needs no rounding twice: returns true, its
  /// value and how the cell ends. False: nothing was consumed, and `next` says what stands there.
  [[nodiscard]] bool next_plain_number(char decimal, double& value, CellEnd& end);

 private:
  [[nodiscard]] bool is_blank(char c) const { return c == ' ' || (c == '\t' && delimiter_ != '\t'); }
  void skip_blanks() {
    while (p_ != last_ && is_blank(*p_)) {
      ++p_;
    }
  }
  [[nodiscard]] CellEnd finish_cell();
  [[nodiscard]] Cell next_quoted();

  const char* p_;
  const char* last_;
  char delimiter_;
  std::int64_t line_ = 1;
  std::string unescaped_;
};

/// The cells of the first `limit` rows; blank lines are left out. A cell that is none ends it.
[[nodiscard]] std::vector<std::vector<std::string>> split_rows(std::string_view text, char delimiter, int limit);

inline CellEnd CellScanner::finish_cell() {
  if (delimiter_ == ' ') {
    const char* const before = p_;
    skip_blanks();
    if (p_ != last_ && *p_ != '\n' && *p_ != '\r') {
      return p_ != before ? CellEnd::kDelimiter : CellEnd::kStray;
    }
  }
  if (p_ == last_) {
    return CellEnd::kText;
  }
  if (*p_ == delimiter_) {
    ++p_;
    return CellEnd::kDelimiter;
  }
  if (*p_ == '\n') {
    ++p_;
    ++line_;
    return CellEnd::kLine;
  }
  if (*p_ == '\r') {
    ++p_;
    p_ += p_ != last_ && *p_ == '\n' ? 1 : 0;
    ++line_;
    return CellEnd::kLine;
  }
  return CellEnd::kStray;
}

inline bool CellScanner::next_plain_number(char decimal, double& value, CellEnd& end) {
  // Both sides of the division are exact (at most 15 digits, powers up to 10^15), so it rounds once, as strtod does.
  static constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const char* p = p_;
  while (p != last_ && is_blank(*p)) {
    ++p;
  }
  const bool negative = p != last_ && *p == '-';
  p += p != last_ && (*p == '-' || *p == '+') ? 1 : 0;
  const char* const digits = p;
  std::int64_t mantissa = 0;
  while (p != last_ && *p >= '0' && *p <= '9' && p - digits < 15) {
    mantissa = 10 * mantissa + (*p++ - '0');
  }
  if (p == digits) {
    return false;
  }
  std::ptrdiff_t fraction = 0;
  if (p != last_ && *p == decimal && decimal != delimiter_) {
    const char* const point = p++;
    while (p != last_ && *p >= '0' && *p <= '9' && p - digits <= 15) {
      mantissa = 10 * mantissa + (*p++ - '0');
    }
    fraction = p - point - 1;
  }
  if (p != last_ && *p != delimiter_ && *p != '\n' && *p != '\r' && !is_blank(*p)) {
    return false;
  }
  const char* const before = p_;
  p_ = p;
  if (delimiter_ != ' ') {
    skip_blanks();
  }
  end = finish_cell();
  if (end == CellEnd::kStray) {
    p_ = before;
    return false;
  }
  const auto magnitude = static_cast<double>(mantissa);
  const double exact = fraction == 0 ? magnitude : magnitude / kPowers[static_cast<std::size_t>(fraction)];
  value = negative ? 0.0 - exact : exact;
  return true;
}

}  // namespace pumice::io
