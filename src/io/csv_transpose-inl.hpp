// Rows into columns. Included once a Highway target.
#if defined(PUMICE_IO_CSV_TRANSPOSE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_IO_CSV_TRANSPOSE_INL_HPP
#undef PUMICE_IO_CSV_TRANSPOSE_INL_HPP
#else
#define PUMICE_IO_CSV_TRANSPOSE_INL_HPP
#endif

#include <algorithm>
#include <cstdint>

#include "core/square_transpose-inl.hpp"
#include "hwy/highway.h"
#include "io/csv_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace pumice::io {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

template <class T>
void transpose_rows(const T* rows, std::int64_t width, T* const* columns, std::int64_t row) {
  for (std::int64_t c = 0; c < width; ++c) {
    for (std::int64_t r = 0; r < kBlockRows<T>; ++r) {
      columns[c][row + r] = rows[r * width + c];
    }
  }
}

#else

template <class T>
void transpose_rows(const T* rows, std::int64_t width, T* const* columns, std::int64_t row) {
  namespace hn = hwy::HWY_NAMESPACE;
  namespace squares = pumice::HWY_NAMESPACE;
  const hn::ScalableTag<T> tag;
  constexpr std::int64_t kLanes = HWY_LANES(T);
  constexpr std::int64_t kSide = squares::kSquareSide<T>;
  static_assert(kBlockRows<T> % kLanes == 0);
  for (std::int64_t r = 0; r < kBlockRows<T>; r += kLanes) {
    for (std::int64_t c = 0; c < width; c += kSide) {
      // Row i of the squares, which lie below each other: block b holds row i + b * kSide.
      hn::Vec<hn::ScalableTag<T> > square[kSide];
      for (std::int64_t i = 0; i < kSide; ++i) {
        square[i] = squares::load_blocks(tag, rows + (r + i) * width + c, kSide * width);
      }
      squares::transpose_squares(tag, square);
      const std::int64_t stored = std::min(kSide, width - c);
      if (stored == kSide) {
        for (std::int64_t i = 0; i < kSide; ++i) {
          hn::StoreU(square[i], tag, columns[c + i] + row + r);
        }
      } else {
        for (std::int64_t i = 0; i < stored; ++i) {
          hn::StoreU(square[i], tag, columns[c + i] + row + r);
        }
      }
    }
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace pumice::io
HWY_AFTER_NAMESPACE();

#endif
