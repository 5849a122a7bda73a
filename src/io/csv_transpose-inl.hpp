// Rows into columns. Included once a Highway target.
#if defined(PUMICE_IO_CSV_TRANSPOSE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_IO_CSV_TRANSPOSE_INL_HPP
#undef PUMICE_IO_CSV_TRANSPOSE_INL_HPP
#else
#define PUMICE_IO_CSV_TRANSPOSE_INL_HPP
#endif

#include <algorithm>
#include <cstdint>

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

namespace hn = hwy::HWY_NAMESPACE;

/// A register whose blocks of 16 bytes are those at p, p + stride, ...
template <class T>
HWY_INLINE hn::Vec<hn::ScalableTag<T> > load_blocks(const T* p, std::int64_t stride) {
  const hn::Full128<T> block;
#if HWY_MAX_BYTES == 16
  static_cast<void>(stride);
  return hn::LoadU(block, p);
#else
  const hn::Repartition<T, hn::Full256<std::uint8_t> > half;
  const auto pair = [&](const T* q)
                        HWY_ATTR { return hn::Combine(half, hn::LoadU(block, q + stride), hn::LoadU(block, q)); };
#if HWY_MAX_BYTES == 32
  return pair(p);
#else
  return hn::Combine(hn::ScalableTag<T>(), pair(p + 2 * stride), pair(p));
#endif
#endif
}

template <class T>
void transpose_rows(const T* rows, std::int64_t width, T* const* columns, std::int64_t row) {
  const hn::ScalableTag<T> tag;
  constexpr std::int64_t kLanes = HWY_LANES(T);
  constexpr std::int64_t kSide = 16 / sizeof(T);  // a block of 16 bytes is a row of a square
  static_assert(kBlockRows<T> % kLanes == 0);
  for (std::int64_t r = 0; r < kBlockRows<T>; r += kLanes) {
    for (std::int64_t c = 0; c < width; c += kSide) {
      // Row i of the squares, which lie below each other: block b holds row i + b * kSide.
      hn::Vec<hn::ScalableTag<T> > square[kSide];
      for (std::int64_t i = 0; i < kSide; ++i) {
        square[i] = load_blocks(rows + (r + i) * width + c, kSide * width);
      }
      // A perfect shuffle of the rows a round: log2(kSide) of them are a transposition.
      for (std::int64_t round = 1; round < kSide; round *= 2) {
        hn::Vec<hn::ScalableTag<T> > shuffled[kSide];
        for (std::int64_t i = 0; i < kSide / 2; ++i) {
          shuffled[2 * i] = hn::InterleaveLower(tag, square[i], square[i + kSide / 2]);
          shuffled[2 * i + 1] = hn::InterleaveUpper(tag, square[i], square[i + kSide / 2]);
        }
        std::copy(shuffled, shuffled + kSide, square);
      }
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
