/// The quick way through plain files of numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "io/csv_kernels.hpp"
#include "io/csv_number.hpp"
#include "io/time_check.hpp"
#include "pumice/samples.hpp"

namespace pumice::io {

/// Line feeds in [first, last).
[[nodiscard]] std::int64_t count_line_feeds(const char* first, const char* last);

/// True for delimiters that no plain cell may hold.
[[nodiscard]] bool is_plain_delimiter(char delimiter);

/// A text of rows without a header.
struct PlainText {
  std::string_view body;  ///< ends with a line feed; kTextPadding bytes on both sides may be read
  char delimiter = ',';   ///< is_plain_delimiter
  /// [cells a row]: the column that a cell goes to, or -1: its cells are passed over, and may hold any ASCII but
  /// control characters and quotes.
  std::span<const int> target;
  const MissingWords* missing = nullptr;  ///< null: every cell must be plain
  TimeCheck* times = nullptr;             ///< takes the cells of `time_column`, which is passed over
  std::int64_t time_column = -1;
  std::int64_t first_line = 1;  ///< line number that the body starts with
};

/// Parses plain texts, whose cells the converter for T takes but for a few, with one delimiter between them and LF or
/// CRLF behind the last. Every byte is checked. Keeps its memory from text to text.
template <class T>
class PlainParser {
 public:
  /// columns: those that `text.target` names, each once; they are filled with the rows, whose number is returned.
  /// Nothing where the text is not plain, rows with another number of cells included: the general parser then says
  /// what is wrong, if anything is; the columns hold anything.
  [[nodiscard]] std::optional<std::int64_t> parse(const CsvKernels& kernels, const PlainText& text,
                                                  std::span<ColumnBuffer> columns);

 private:
  /// Cells [first, last) of a row, all stored or all passed over.
  struct Stretch {
    std::int64_t first = 0;
    std::int64_t last = 0;
    bool kept = false;
  };

  void start(const PlainText& text, std::span<ColumnBuffer> columns);
  [[nodiscard]] bool take_tile(const CsvKernels& kernels, const PlainText& text, std::string_view tile);
  [[nodiscard]] bool rows_end_with_line_feeds(std::string_view tile, const TileIndex& index) const;
  void cut_carriage_returns(std::string_view tile, std::int64_t cells);
  [[nodiscard]] bool pass_over(CellRun& run);
  [[nodiscard]] bool convert(const CsvKernels& kernels, const PlainText& text, CellRun run);
  void add_times(const PlainText& text, std::string_view tile, std::int64_t cells) const;
  void store_rows(const CsvKernels& kernels, std::span<ColumnBuffer> columns, bool all);
  void set_columns(std::span<ColumnBuffer> columns);

  std::int64_t cells_ = 0;      ///< a row
  std::int64_t width_ = 0;      ///< of them are stored
  std::int64_t room_ = 0;       ///< rows that they have room for
  std::int64_t rows_ = 0;       ///< stored
  std::int64_t most_rows_ = 0;  ///< of all texts: no text of theirs grows columns again
  std::int64_t next_row_ = 0;   ///< of the text, at the beginning of the tile
  std::int64_t next_cell_ = 0;  ///< of that row
  std::int32_t last_end_ = 0;   ///< of the tile before, counted from the tile
  std::int64_t held_ = 0;       ///< values that are not stored yet
  bool cut_returns_ = false;    ///< rows may end with CRLF
  std::vector<std::int32_t> ends_;
  std::vector<std::int32_t> before_;
  std::vector<std::int32_t> kept_ends_;
  std::vector<std::int32_t> kept_before_;
  std::vector<Stretch> stretches_;
  std::vector<T> values_;            ///< [rows][width_], from row rows_
  std::vector<int> order_;           ///< [width_]: index of the column that a value of a row goes to
  std::vector<T*> column_pointers_;  ///< [width_]
};

}  // namespace pumice::io
