/// The loops of the plain path through CSV text, built for several SIMD targets and chosen at run time. All targets
/// give the same values and refuse the same cells.
///
/// A text is taken tile by tile: `index` finds where its cells end, a converter turns cells into values in the order
/// of the text (rows of one cell a column), and a transposition puts blocks of rows into columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace pumice::io {

/// Kernels work in steps of at most this many cells: arrays of cells and values have room for so many more.
inline constexpr std::int64_t kCellStep = 64;
/// A run of cells. Cell i is text[before[i] + 1, ends[i]). Often before[i] is ends[i - 1], but not behind CRLF, nor
/// where cells were passed over.
///
/// Behind `count`, kCellStep more places are set: those of empty cells, inside the text or its padding. Converters may
/// read kTextPadding bytes before the first byte of the text and behind the last.
struct CellRun {
  const char* text = nullptr;            ///< what places count from; they may be negative
  const std::int32_t* before = nullptr;  ///< [count] place of the byte before a cell
  const std::int32_t* ends = nullptr;    ///< [count] place of the byte behind it
  std::int64_t count = 0;
};

/// values: [run.count], and kCellStep more that are overwritten with anything. Returns how many cells, from the first,
/// were plain: run.count where all are. The values of the others are not set.
template <class T>
using Convert = std::int64_t (*)(const CellRun& run, T* values);

/// Rows of a transposition: their values fill one cache line of a column.
template <class T>
inline constexpr std::int64_t kBlockRows = 64 / static_cast<std::int64_t>(sizeof(T));

/// Copies kBlockRows<T> rows of `width` values to columns[c] + row. columns: [width]; none is null. 16 bytes behind the
/// rows may be read.
template <class T>
using Transpose = void (*)(const T* rows, std::int64_t width, T* const* columns, std::int64_t row);

struct TileIndex {
  std::int64_t cells = 0;       ///< delimiters and line feeds
  std::int64_t line_feeds = 0;  ///< of them
};

struct CsvKernels {
  std::int64_t target = 0;  ///< Highway's
  /// ends: the places of delimiters and line feeds in tile[0, size), in order; it has room for size + kCellStep.
  /// 63 bytes behind the tile may be read.
  TileIndex (*index)(const char* tile, std::int64_t size, char delimiter, std::int32_t* ends) = nullptr;
  /// Plain: empty or `-?[0-9]+(\.0*)?` of magnitude up to 32767. Empty ones become INT16_MIN.
  Convert<std::int16_t> convert_int16 = nullptr;
  /// Plain: empty or what parse_number takes, and finite. Empty ones become NaN, and -0 is 0. Quick for
  /// `-?([0-9]+(\.[0-9]*)?|\.[0-9]+)` of up to 32 bytes, of 16 above all.
  Convert<double> convert_float64 = nullptr;
  Transpose<std::int16_t> transpose_int16 = nullptr;
  Transpose<double> transpose_float64 = nullptr;

  template <class T>
  [[nodiscard]] Convert<T> convert() const {
    if constexpr (std::is_same_v<T, std::int16_t>) {
      return convert_int16;
    } else {
      static_assert(std::is_same_v<T, double>);
      return convert_float64;
    }
  }
  template <class T>
  [[nodiscard]] Transpose<T> transpose() const {
    if constexpr (std::is_same_v<T, std::int16_t>) {
      return transpose_int16;
    } else {
      return transpose_float64;
    }
  }
};

/// Bits of the targets that are built and that this CPU runs, best first in value order.
[[nodiscard]] std::int64_t usable_csv_targets();
/// The best of `targets`. Those that are not usable are left out; without any other the slowest is taken.
[[nodiscard]] CsvKernels csv_kernels(std::int64_t targets);

}  // namespace pumice::io
