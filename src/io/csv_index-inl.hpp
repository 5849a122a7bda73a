// Where the cells of a tile of text end. Included once a Highway target.
#if defined(PUMICE_IO_CSV_INDEX_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_IO_CSV_INDEX_INL_HPP
#undef PUMICE_IO_CSV_INDEX_INL_HPP
#else
#define PUMICE_IO_CSV_INDEX_INL_HPP
#endif

#include <array>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "io/csv_kernels.hpp"
#include "io/csv_plain_cell.hpp"

#ifndef PUMICE_IO_CSV_BIT_PLACES
#define PUMICE_IO_CSV_BIT_PLACES
namespace pumice::io {

/// [256][8]: the places of the bits that are set in a byte, in order; anything behind them.
inline constexpr auto kBitPlaces = [] {
  std::array<std::uint8_t, std::size_t{256} * 8> places{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::size_t found = 0;
    for (std::uint8_t bit = 0; bit < 8; ++bit) {
      if ((byte >> bit & 1) != 0) {
        places[8 * byte + found++] = bit;
      }
    }
  }
  return places;
}();

}  // namespace pumice::io
#endif

HWY_BEFORE_NAMESPACE();
namespace pumice::io {
namespace HWY_NAMESPACE {

/// Bytes that are looked at at once: a bit of a word each.
inline constexpr std::int64_t kIndexStep = 64;

/// Bits of the 64 bytes from some place that end a cell, and of those that are line feeds.
struct CellEnds {
  std::uint64_t cells = 0;
  std::uint64_t line_feeds = 0;
};

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

/// A bit for each byte of `word` that is `byte`.
HWY_INLINE std::uint64_t bits_equal(std::uint64_t word, std::uint64_t byte) {
  const std::uint64_t other = word ^ byte * kEachByte;
  const std::uint64_t equal = ~(((other & 0x7f * kEachByte) + 0x7f * kEachByte) | other) >> 7 & kEachByte;
  return equal * 0x0102040810204080u >> 56;
}

HWY_INLINE CellEnds find_cell_ends(const char* p, char delimiter) {
  CellEnds found;
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t word = load_word(p + std::ptrdiff_t{8} * i);
    const std::uint64_t line_feeds = bits_equal(word, '\n');
    found.line_feeds |= line_feeds << (8 * i);
    found.cells |= (line_feeds | bits_equal(word, static_cast<unsigned char>(delimiter))) << (8 * i);
  }
  return found;
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::ScalableTag<std::uint8_t>;

/// A bit for each byte of the 64 in which `matches` is set. `matches`: [64 / lanes] masks.
template <class Mask>
HWY_INLINE std::uint64_t bits_of(const Mask* matches) {
  const Bytes bytes;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 64 / hn::Lanes(bytes); ++i) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    bits = matches[i].raw;
#elif HWY_TARGET == HWY_AVX2
    bits |= std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(matches[i].raw))} << (32 * i);
#elif HWY_TARGET == HWY_SSE4
    bits |= std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(matches[i].raw))} << (16 * i);
#else
    std::uint8_t stored[8] = {};
    hn::StoreMaskBits(bytes, matches[i], stored);
    bits |= (load_word(reinterpret_cast<const char*>(stored)) & 0xffff) << (16 * i);
#endif
  }
  return bits;
}

HWY_INLINE CellEnds find_cell_ends(const char* p, char delimiter) {
  const Bytes bytes;
  constexpr std::size_t kLanes = HWY_LANES(std::uint8_t);
  const auto feed = hn::Set(bytes, '\n');
  const auto mark = hn::Set(bytes, static_cast<std::uint8_t>(delimiter));
  hn::Mask<Bytes> line_feeds[64 / kLanes];
  hn::Mask<Bytes> cells[64 / kLanes];
  for (std::size_t i = 0; i < 64 / kLanes; ++i) {
    const auto text = hn::LoadU(bytes, reinterpret_cast<const std::uint8_t*>(p) + i * kLanes);
    line_feeds[i] = hn::Eq(text, feed);
    cells[i] = hn::Or(line_feeds[i], hn::Eq(text, mark));
  }
  return {bits_of(cells), bits_of(line_feeds)};
}

#endif

/// Stores `base` plus the places of the bits of `bits`, in order; up to kCellStep values may be written.
HWY_INLINE void store_places(std::uint64_t bits, std::int32_t base, std::int64_t count, std::int32_t* places) {
#if HWY_TARGET == HWY_AVX3_DL
  const __m512i each = _mm512_set_epi8(
      63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40,  //
      39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,  //
      15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i packed = _mm512_maskz_compress_epi8(bits, each);
  const __m512i bases = _mm512_set1_epi32(base);
  const auto store = [&](__m128i sixteen, int at) HWY_ATTR {
    _mm512_storeu_si512(places + at, _mm512_add_epi32(_mm512_cvtepu8_epi32(sixteen), bases));
  };
  store(_mm512_castsi512_si128(packed), 0);
  store(_mm512_extracti32x4_epi32(packed, 1), 16);
  if (HWY_UNLIKELY(count > 32)) {
    store(_mm512_extracti32x4_epi32(packed, 2), 32);
    store(_mm512_extracti32x4_epi32(packed, 3), 48);
  }
#elif HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  static_cast<void>(count);
  for (; bits != 0; bits &= bits - 1) {
    *places++ = base + static_cast<std::int32_t>(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits));
  }
#else
  static_cast<void>(count);
  const hn::CappedTag<std::int32_t, 8> lanes;
  const hn::Rebind<std::uint8_t, decltype(lanes)> octets;
  auto bases = hn::Set(lanes, base);
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t eight = bits & 0xff;
    for (std::size_t j = 0; j < 8; j += hn::Lanes(lanes)) {
      const auto found = hn::PromoteTo(lanes, hn::LoadU(octets, kBitPlaces.data() + 8 * eight + j));
      hn::StoreU(hn::Add(found, bases), lanes, places + j);
    }
    places += hwy::PopCount(eight);
    bases = hn::Add(bases, hn::Set(lanes, 8));
    bits >>= 8;
  }
#endif
}

TileIndex index_tile(const char* tile, std::int64_t size, char delimiter, std::int32_t* ends) {
  TileIndex found;
  const auto take = [&](std::int64_t at, std::uint64_t within) HWY_ATTR {
    const CellEnds bits = find_cell_ends(tile + at, delimiter);
    const std::uint64_t cells = bits.cells & within;
    const auto count = static_cast<std::int64_t>(hwy::PopCount(cells));
    store_places(cells, static_cast<std::int32_t>(at), count, ends + found.cells);
    found.cells += count;
    found.line_feeds += static_cast<std::int64_t>(hwy::PopCount(bits.line_feeds & within));
  };
  std::int64_t at = 0;
  for (; at + kIndexStep <= size; at += kIndexStep) {
    take(at, ~std::uint64_t{0});
  }
  if (at < size) {
    take(at, ~std::uint64_t{0} >> (kIndexStep - (size - at)));
  }
  return found;
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice::io
HWY_AFTER_NAMESPACE();

#endif
