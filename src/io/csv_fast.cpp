#include "io/csv_fast.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "io/csv_plain_cell.hpp"

namespace pumice::io {
namespace {

/// Bytes of text that are taken at once: they and the places of their cells stay in the first-level cache.
constexpr std::int64_t kTileBytes = std::int64_t{16} << 10;

/// An estimate of the rows of `text`, from its beginning. A step of an eighth, so that texts of nearly the same size
/// ask for the same room.
std::int64_t estimate_rows(std::string_view text) {
  constexpr std::size_t kSample = std::size_t{64} << 10;
  const std::size_t looked_at = std::min(text.size(), kSample);
  const std::int64_t found = count_line_feeds(text.data(), text.data() + looked_at);
  if (looked_at == text.size()) {
    return found;
  }
  const double rows = 1.05 * static_cast<double>(found) * static_cast<double>(text.size()) / kSample;
  const auto estimate = static_cast<std::uint64_t>(rows) + 64;
  const std::uint64_t step = std::bit_floor(estimate) / 8;
  return static_cast<std::int64_t>((estimate + step) / step * step);
}

/// Makes `column` hold `room` values, of which it keeps the first `kept`.
template <class T>
void grow(ColumnBuffer& column, std::int64_t kept, std::int64_t room) {
  ColumnBuffer grown;
  grown.reset(kSampleTypeOf<T>, room);
  std::memcpy(grown.as<T>(), column.as<T>(), static_cast<std::size_t>(kept) * sizeof(T));
  column = std::move(grown);
}

/// True where every byte of [first, last) is from ' ' to '~', and none a quote.
bool is_plain_text(const char* first, const char* last) {
  std::uint64_t wrong = 0;
  const auto look_at = [&](std::uint64_t word) {
    constexpr std::uint64_t kLow = 0x7f * kEachByte;
    const std::uint64_t low = word & kLow;
    const std::uint64_t from_space = low + 0x60 * kEachByte;           // high bit: ' ' or above
    const std::uint64_t is_delete = low + 0x01 * kEachByte;            // high bit: 0x7f
    const std::uint64_t not_quote = (low ^ ('"' * kEachByte)) + kLow;  // high bit: no quote
    wrong |= (word | is_delete | ~(from_space & not_quote)) & 0x80 * kEachByte;
  };
  for (; last - first >= 8; first += 8) {
    look_at(load_word(first));
  }
  if (first != last) {
    // The bytes behind the cell are in the text or its padding.
    const std::uint64_t behind = ~std::uint64_t{0} << (8 * (last - first));
    look_at((load_word(first) & ~behind) | (' ' * kEachByte & behind));
  }
  return wrong == 0;
}

/// One of so many cells may be read by itself.
constexpr std::int64_t kCellsForAnOddOne = 16;

/// The value of a cell without quotes, as the general parser reads it; false where it is infinite or none that T holds.
template <class T>
bool read_odd_cell(std::string_view cell, const PlainText& text, T& value) {
  const auto is_blank = [&](char c) { return c == ' ' || (c == '\t' && text.delimiter != '\t'); };
  while (!cell.empty() && is_blank(cell.front())) {
    cell.remove_prefix(1);
  }
  while (!cell.empty() && is_blank(cell.back())) {
    cell.remove_suffix(1);
  }
  if (text.missing->is_missing_word(cell)) {
    value = kMissing<T>;
    return true;
  }
  const std::optional<double> number = parse_number(cell, '.');
  if (!number || !std::isfinite(*number)) {
    return false;
  }
  if constexpr (std::is_same_v<T, std::int16_t>) {
    if (*number != std::floor(*number) || std::fabs(*number) > std::numeric_limits<std::int16_t>::max()) {
      return false;
    }
  }
  value = static_cast<T>(*number + 0.0);  // -0.0 + 0.0 is 0.0
  return true;
}

}  // namespace

std::int64_t count_line_feeds(const char* first, const char* last) {
  std::int64_t count = 0;
  while (last - first >= 8) {
    // Eight counters of a byte each hold at most 255 words' worth.
    const std::ptrdiff_t words = std::min<std::ptrdiff_t>((last - first) / 8, 255);
    std::uint64_t counters = 0;
    for (std::ptrdiff_t i = 0; i < words; ++i) {
      const std::uint64_t word = load_word(first + 8 * i) ^ '\n' * kEachByte;
      const std::uint64_t not_zero = ((word & 0x7f * kEachByte) + 0x7f * kEachByte) | word;
      counters += (~not_zero >> 7) & kEachByte;
    }
    for (int byte = 0; byte < 8; ++byte) {
      count += static_cast<std::int64_t>((counters >> (8 * byte)) & 0xff);
    }
    first += 8 * words;
  }
  return count + std::count(first, last, '\n');
}

bool is_plain_delimiter(char delimiter) {
  return delimiter == '\t' || (delimiter > ' ' && delimiter <= '~' && delimiter != '"' && delimiter != '.' &&
                               delimiter != '-' && (delimiter < '0' || delimiter > '9'));
}

template <class T>
std::optional<std::int64_t> PlainParser<T>::parse(const CsvKernels& kernels, const PlainText& text,
                                                  std::span<ColumnBuffer> columns) {
  start(text, columns);
  for (std::string_view rest = text.body; !rest.empty();) {
    const std::string_view tile = rest.substr(0, kTileBytes);
    // Where the tile is refused, CRLF may be why.
    while (!take_tile(kernels, text, tile)) {
      if (cut_returns_) {
        return {};
      }
      cut_returns_ = true;
    }
    store_rows(kernels, columns, false);
    rest.remove_prefix(tile.size());
  }
  store_rows(kernels, columns, true);
  for (ColumnBuffer& column : columns) {
    column.truncate(rows_);
  }
  return rows_;
}

template <class T>
void PlainParser<T>::start(const PlainText& text, std::span<ColumnBuffer> columns) {
  order_.clear();
  stretches_.clear();
  for (std::size_t c = 0; c < text.target.size(); ++c) {
    const bool kept = text.target[c] >= 0;
    if (kept) {
      order_.push_back(text.target[c]);
    }
    const auto cell = static_cast<std::int64_t>(c);
    if (stretches_.empty() || stretches_.back().kept != kept) {
      stretches_.push_back({cell, cell, kept});
    }
    stretches_.back().last = cell + 1;
  }
  cells_ = static_cast<std::int64_t>(text.target.size());
  width_ = static_cast<std::int64_t>(order_.size());
  ends_.resize(1 + kTileBytes + 2 * kCellStep);
  before_.resize(kTileBytes + 2 * kCellStep);
  if (stretches_.size() > 1) {
    kept_ends_.resize(kTileBytes + 2 * kCellStep);
    kept_before_.resize(kTileBytes + 2 * kCellStep);
  }
  // The rows of an unfinished block and of one that is whole with a tile of cells, and what kernels touch behind them.
  const std::int64_t values = 2 * kBlockRows<T> * width_ + kTileBytes + 2 * kCellStep;
  values_.resize(std::max(values_.size(), static_cast<std::size_t>(values)));
  rows_ = 0;
  held_ = 0;
  next_row_ = 0;
  next_cell_ = 0;
  last_end_ = -1;
  cut_returns_ = false;
  const std::int64_t rows = std::max(estimate_rows(text.body), most_rows_);
  room_ = (rows + kBlockRows<T> - 1) / kBlockRows<T> * kBlockRows<T>;
  for (ColumnBuffer& column : columns) {
    column.reset(kSampleTypeOf<T>, room_);
  }
  set_columns(columns);
}

template <class T>
void PlainParser<T>::set_columns(std::span<ColumnBuffer> columns) {
  column_pointers_.clear();
  for (const int target : order_) {
    column_pointers_.push_back(columns[static_cast<std::size_t>(target)].template as<T>());
  }
}

/// Values of the cells that end in `tile`, behind those that are held.
template <class T>
bool PlainParser<T>::take_tile(const CsvKernels& kernels, const PlainText& text, std::string_view tile) {
  std::int32_t* const ends = ends_.data() + 1;
  const auto size = static_cast<std::int64_t>(tile.size());
  const TileIndex index = kernels.index(tile.data(), size, text.delimiter, ends);
  if (index.cells == 0) {
    return false;  // a cell of more than a tile is no number
  }
  ends[-1] = last_end_;
  for (std::int64_t i = 0; i < kCellStep; ++i) {
    ends[index.cells + i] = ends[index.cells - 1] + 1 + static_cast<std::int32_t>(i);
  }
  const std::int32_t last_end = ends[index.cells - 1] - static_cast<std::int32_t>(size);
  if (!rows_end_with_line_feeds(tile, index)) {
    return false;
  }
  CellRun run{.text = tile.data(), .before = ends - 1, .ends = ends, .count = index.cells};
  if (cut_returns_) {
    cut_carriage_returns(tile, index.cells);
    run.before = before_.data();
  }
  if (width_ != cells_ && !pass_over(run)) {
    return false;
  }
  if (!convert(kernels, text, run)) {
    return false;
  }
  held_ += run.count;
  if (text.times != nullptr) {
    add_times(text, tile, index.cells);
  }
  next_row_ += (next_cell_ + index.cells) / cells_;
  next_cell_ = (next_cell_ + index.cells) % cells_;
  last_end_ = last_end;
  return true;
}

/// Values of the cells of `run`, behind those that are held. A few cells may be words that mean "missing", or numbers
/// written as converters do not expect them; where many are, the general parser is quicker.
template <class T>
bool PlainParser<T>::convert(const CsvKernels& kernels, const PlainText& text, CellRun run) {
  T* values = values_.data() + held_;
  for (std::int64_t odd_cells = run.count / kCellsForAnOddOne;; --odd_cells) {
    const std::int64_t stopped = kernels.template convert<T>()(run, values);
    if (stopped == run.count) {
      return true;
    }
    const std::string_view cell(run.text + run.before[stopped] + 1,
                                static_cast<std::size_t>(run.ends[stopped] - run.before[stopped] - 1));
    if (text.missing == nullptr || odd_cells == 0 || !read_odd_cell(cell, text, values[stopped])) {
      return false;
    }
    run = {run.text, run.before + stopped + 1, run.ends + stopped + 1, run.count - stopped - 1};
    values += stopped + 1;
  }
}

/// True where the tile's line feeds are the ends of its rows, and only those.
template <class T>
bool PlainParser<T>::rows_end_with_line_feeds(std::string_view tile, const TileIndex& index) const {
  if (cells_ == 1) {
    return index.cells == index.line_feeds;
  }
  const std::int32_t* const ends = ends_.data() + 1;
  const std::int64_t first = cells_ - 1 - next_cell_;
  const std::int64_t rows = first < index.cells ? 1 + (index.cells - 1 - first) / cells_ : 0;
  int wrong = 0;
  for (std::int64_t i = first; i < index.cells; i += cells_) {
    wrong |= tile.data()[ends[i]] ^ '\n';
  }
  return wrong == 0 && rows == index.line_feeds;
}

/// Takes the CR of CRLF off the last cells of rows, where there is one.
template <class T>
void PlainParser<T>::cut_carriage_returns(std::string_view tile, std::int64_t cells) {
  std::int32_t* const ends = ends_.data() + 1;
  std::memcpy(before_.data(), ends - 1, static_cast<std::size_t>(cells + kCellStep) * sizeof(std::int32_t));
  for (std::int64_t i = cells_ - 1 - next_cell_; i < cells; i += cells_) {
    ends[i] -= ends[i] - 1 > before_[static_cast<std::size_t>(i)] && tile.data()[ends[i] - 1] == '\r' ? 1 : 0;
  }
}

/// Leaves the cells that are stored in `run`; false where another one holds what no text should.
template <class T>
bool PlainParser<T>::pass_over(CellRun& run) {
  std::int32_t* before = kept_before_.data();
  std::int32_t* ends = kept_ends_.data();
  const auto keep = [&](std::int64_t first, std::int64_t last) {
    constexpr std::int64_t kAtOnce = 8;
    for (std::int64_t i = first; i < last; i += kAtOnce) {
      std::memcpy(before + (i - first), run.before + i, kAtOnce * sizeof(std::int32_t));
      std::memcpy(ends + (i - first), run.ends + i, kAtOnce * sizeof(std::int32_t));
    }
    before += last - first;
    ends += last - first;
  };
  bool plain = true;
  for (std::int64_t row = -next_cell_; row < run.count; row += cells_) {
    for (const Stretch& stretch : stretches_) {
      const std::int64_t first = std::max<std::int64_t>(row + stretch.first, 0);
      const std::int64_t last = std::min(row + stretch.last, run.count);
      if (stretch.kept) {
        keep(first, std::max(first, last));
        continue;
      }
      for (std::int64_t i = first; i < last; ++i) {
        plain = plain && is_plain_text(run.text + run.before[i] + 1, run.text + run.ends[i]);
      }
    }
  }
  const std::int64_t count = ends - kept_ends_.data();
  keep(run.count, run.count + kCellStep);
  run = {run.text, kept_before_.data(), kept_ends_.data(), count};
  return plain;
}

/// Hands over the times among the cells that end in `tile`.
template <class T>
void PlainParser<T>::add_times(const PlainText& text, std::string_view tile, std::int64_t cells) const {
  const std::int32_t* const ends = ends_.data() + 1;
  const std::int32_t* const before = cut_returns_ ? before_.data() : ends - 1;
  std::int64_t line = text.first_line + next_row_;
  for (std::int64_t i = text.time_column - next_cell_; i < cells; i += cells_) {
    if (i >= 0) {
      const char* first = tile.data() + before[i] + 1;
      const char* last = tile.data() + ends[i];
      while (first != last && *first == ' ') {
        ++first;
      }
      while (first != last && last[-1] == ' ') {
        --last;
      }
      text.times->add({first, static_cast<std::size_t>(last - first)}, line);
    }
    ++line;
  }
}

/// Moves whole blocks of held rows, or all, into the columns.
template <class T>
void PlainParser<T>::store_rows(const CsvKernels& kernels, std::span<ColumnBuffer> columns, bool all) {
  constexpr std::int64_t kRows = kBlockRows<T>;
  const std::int64_t held_rows = held_ / width_;
  const std::int64_t stored = all ? held_rows : held_rows / kRows * kRows;
  if (stored == 0) {
    return;  // a tile is less than a block of wide rows: they stay where they are
  }
  const std::int64_t needed = (rows_ + stored + kRows - 1) / kRows * kRows;
  if (needed > room_) {
    room_ = needed + needed / 4 / kRows * kRows;
    for (ColumnBuffer& column : columns) {
      grow<T>(column, rows_, room_);
    }
    set_columns(columns);
  }
  for (std::int64_t row = 0; row < stored; row += kRows) {
    const T* const block = values_.data() + row * width_;
    if (width_ == 1) {
      std::memcpy(column_pointers_.front() + rows_ + row, block, kRows * sizeof(T));
    } else {
      kernels.template transpose<T>()(block, width_, column_pointers_.data(), rows_ + row);
    }
  }
  rows_ += stored;
  most_rows_ = std::max(most_rows_, rows_);
  held_ -= stored * width_;
  std::memmove(values_.data(), values_.data() + stored * width_, static_cast<std::size_t>(held_) * sizeof(T));
}

template class PlainParser<std::int16_t>;
template class PlainParser<double>;

}  // namespace pumice::io
