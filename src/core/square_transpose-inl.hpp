// Small squares turned inside registers: rows of 16 bytes become columns. Included once a Highway target.
#if defined(PUMICE_CORE_SQUARE_TRANSPOSE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_CORE_SQUARE_TRANSPOSE_INL_HPP
#undef PUMICE_CORE_SQUARE_TRANSPOSE_INL_HPP
#else
#define PUMICE_CORE_SQUARE_TRANSPOSE_INL_HPP
#endif

#include <algorithm>
#include <cstdint>

#include "hwy/highway.h"

#if HWY_TARGET != HWY_SCALAR

HWY_BEFORE_NAMESPACE();
namespace pumice {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Rows and columns of a square of T.
template <class T>
inline constexpr std::int64_t kSquareSide = 16 / sizeof(T);

/// A register whose blocks of 16 bytes are those at p, p + stride, ...
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_blocks(D d, const T* p, std::int64_t stride) {
  if constexpr (hn::MaxLanes(D()) * sizeof(T) == 16) {
    static_cast<void>(stride);
    return hn::LoadU(d, p);
  } else {
    const hn::Half<D> half;
    const auto blocks = static_cast<std::int64_t>(hn::MaxLanes(half)) / kSquareSide<T>;
    return hn::Combine(d, load_blocks(half, p + blocks * stride, stride), load_blocks(half, p, stride));
  }
}

/// A register whose blocks of 16 bytes are those at rows[0] + offset, rows[step] + offset, ...
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_blocks_of(D d, const T* const* rows, std::int64_t step, std::int64_t offset) {
  if constexpr (hn::MaxLanes(D()) * sizeof(T) == 16) {
    static_cast<void>(step);
    return hn::LoadU(d, rows[0] + offset);
  } else {
    const hn::Half<D> half;
    const auto blocks = static_cast<std::int64_t>(hn::MaxLanes(half)) / kSquareSide<T>;
    return hn::Combine(d, load_blocks_of(half, rows + blocks * step, step, offset),
                       load_blocks_of(half, rows, step, offset));
  }
}

/// Transposes the squares that lie below each other in a register's blocks. square: [kSquareSide<T>], its rows.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void transpose_squares(D d, V* square) {
  constexpr std::int64_t kSide = kSquareSide<hn::TFromD<D>>;
  // A perfect shuffle of the rows a round: log2(kSide) of them are a transposition.
  for (std::int64_t round = 1; round < kSide; round *= 2) {
    V shuffled[kSide];
    for (std::int64_t i = 0; i < kSide / 2; ++i) {
      shuffled[2 * i] = hn::InterleaveLower(d, square[i], square[i + kSide / 2]);
      shuffled[2 * i + 1] = hn::InterleaveUpper(d, square[i], square[i + kSide / 2]);
    }
    std::copy(shuffled, shuffled + kSide, square);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice
HWY_AFTER_NAMESPACE();

#endif  // not HWY_SCALAR
#endif
