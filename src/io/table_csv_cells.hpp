/// Rows and cells of a text table: RFC 4180 as people write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pumice {

/// What stands in one cell, without its quotes; spaces round an unquoted cell are left out. Borrows the file's text.
struct TextCell {
  std::string_view raw;
  bool quoted = false;
  bool doubled = false;  ///< holds `""` for `"`
  [[nodiscard]] std::string text() const;
};

/// Goes through a text table line by line; empty lines are skipped.
class TextRows {
 public:
  /// `text` without a byte order mark. `path` is for messages.
  TextRows(std::string path, std::string_view text, char delimiter);
  /// Fills `cells` with those of the next row, or returns false at the end. Throws InputError.
  bool next(std::vector<TextCell>& cells);
  /// Number of the line on which the last row began, from 1.
  [[nodiscard]] std::int64_t line() const { return row_line_; }

 private:
  void skip_line_end();
  TextCell quoted_cell();
  TextCell plain_cell();

  std::string path_;
  std::string_view text_;
  char delimiter_;
  std::size_t place_ = 0;
  std::int64_t line_ = 1;
  std::int64_t row_line_ = 0;
};

/// `,` `;` or tab: whichever is most often in the first line outside quotes.
[[nodiscard]] char detect_delimiter(std::string_view text);

}  // namespace pumice
