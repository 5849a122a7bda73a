// Cells as blocks of sixteen bytes, several in a register, and digits to numbers. Included once a Highway target.
#if defined(PUMICE_IO_CSV_BLOCKS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_IO_CSV_BLOCKS_INL_HPP
#undef PUMICE_IO_CSV_BLOCKS_INL_HPP
#else
#define PUMICE_IO_CSV_BLOCKS_INL_HPP
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "io/csv_kernels.hpp"
#include "io/csv_words-inl.hpp"

#ifndef PUMICE_IO_CSV_BLOCKS_TABLES
#define PUMICE_IO_CSV_BLOCKS_TABLES
namespace pumice::io {

/// Of each byte of a block: how many stand behind it, and before it.
alignas(16) inline constexpr std::int8_t kBytesBehind[16] = {15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
alignas(16) inline constexpr std::int8_t kBytesBefore[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

}  // namespace pumice::io
#endif

#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128

HWY_BEFORE_NAMESPACE();
namespace pumice::io {
namespace HWY_NAMESPACE {

using Small = hn::ScalableTag<std::int8_t>;
using Longs = hn::ScalableTag<std::int64_t>;
using Doubles = hn::ScalableTag<double>;
using HalfInts = hn::Rebind<std::int32_t, Longs>;
using SmallVec = hn::Vec<Small>;

/// Cells of a step: a lane of 64 bits each.
inline constexpr std::int64_t kDecimalStep = HWY_LANES(double);

/// The sizes of kDecimalStep cells from cell i.
HWY_INLINE hn::Vec<HalfInts> sizes_of(const CellRun& run, std::int64_t i) {
  const HalfInts halves;
  return hn::Sub(hn::Sub(hn::LoadU(halves, run.ends + i), hn::LoadU(halves, run.before + i)), hn::Set(halves, 1));
}

/// Sixteen bytes for each lane of 64 bits. Block b of `even` is for lane 2 b, block b of `odd` for lane 2 b + 1.
struct BlockPair {
  SmallVec even;
  SmallVec odd;
};

/// Sixteen bytes of each of kDecimalStep cells from cell i, from so many before its end.
HWY_INLINE BlockPair load_blocks_before(const CellRun& run, std::int64_t i, std::int64_t distance) {
  const hn::Full128<std::int8_t> block;
  const auto* const text = reinterpret_cast<const std::int8_t*>(run.text - distance);
  const std::int32_t* const ends = run.ends + i;
  const auto one = [&](int j) HWY_ATTR { return hn::LoadU(block, text + ends[j]); };
#if HWY_MAX_BYTES == 16
  return {one(0), one(1)};
#else
  const hn::Full256<std::int8_t> pair;
  const auto two = [&](int j) HWY_ATTR { return hn::Combine(pair, one(j + 2), one(j)); };
#if HWY_MAX_BYTES == 32
  return {two(0), two(1)};
#else
  return {hn::Combine(Small(), two(4), two(0)), hn::Combine(Small(), two(5), two(1))};
#endif
#endif
}

/// The lowest byte of each lane, in all bytes of its block.
HWY_INLINE BlockPair lowest_bytes(WordVec lanes) {
  const auto bytes = hn::BitCast(Small(), lanes);
  return {hn::TableLookupBytes(bytes, hn::Zero(Small())), hn::TableLookupBytes(bytes, hn::Set(Small(), 8))};
}

/// Numbers of sixteen digits (0 to 9, the first in the lowest byte). Other digits give anything.
HWY_INLINE WordVec sixteen_digits_each(BlockPair digits) {
  const Words words;
  const auto scale = hn::Set(Unsigned(), 100000000);
#if HWY_ARCH_X86
  // Pairs, which fit a byte; fours, which fit 16 bits; and eights: the upper ones in the lower half of a word.
#if HWY_MAX_BYTES == 64
  const auto fours = [](SmallVec v) HWY_ATTR {
    const __m512i pairs = _mm512_maddubs_epi16(v.raw, _mm512_set1_epi16(10 | 1 << 8));
    return _mm512_madd_epi16(pairs, _mm512_set1_epi32(100 | 1 << 16));
  };
  const WordVec eights{_mm512_madd_epi16(_mm512_packus_epi32(fours(digits.even), fours(digits.odd)),
                                         _mm512_set1_epi32(10000 | 1 << 16))};
#elif HWY_MAX_BYTES == 32
  const auto fours = [](SmallVec v) HWY_ATTR {
    const __m256i pairs = _mm256_maddubs_epi16(v.raw, _mm256_set1_epi16(10 | 1 << 8));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi32(100 | 1 << 16));
  };
  const WordVec eights{_mm256_madd_epi16(_mm256_packus_epi32(fours(digits.even), fours(digits.odd)),
                                         _mm256_set1_epi32(10000 | 1 << 16))};
#else
  const auto fours = [](SmallVec v) HWY_ATTR {
    const __m128i pairs = _mm_maddubs_epi16(v.raw, _mm_set1_epi16(10 | 1 << 8));
    return _mm_madd_epi16(pairs, _mm_set1_epi32(100 | 1 << 16));
  };
  const WordVec eights{
      _mm_madd_epi16(_mm_packus_epi32(fours(digits.even), fours(digits.odd)), _mm_set1_epi32(10000 | 1 << 16))};
#endif
  return hn::Add(hn::MulEven(hn::BitCast(Unsigned(), eights), scale), hn::ShiftRight<32>(eights));
#else
  const hn::ScalableTag<std::uint16_t> shorts;
  const auto eights = [&](SmallVec v) HWY_ATTR {
    const auto ones = hn::BitCast(shorts, v);
    const auto pairs = hn::BitCast(
        Unsigned(),
        hn::Add(hn::Mul(hn::And(ones, hn::Set(shorts, 0xff)), hn::Set(shorts, 10)), hn::ShiftRight<8>(ones)));
    const auto fours =
        hn::BitCast(words, hn::Add(hn::Mul(hn::And(pairs, hn::Set(Unsigned(), 0xffff)), hn::Set(Unsigned(), 100)),
                                   hn::ShiftRight<16>(pairs)));
    return hn::Add(hn::MulEven(hn::BitCast(Unsigned(), fours), hn::Set(Unsigned(), 10000)), hn::ShiftRight<32>(fours));
  };
  const auto even = eights(digits.even);
  const auto odd = eights(digits.odd);
  return hn::Add(hn::MulEven(hn::BitCast(Unsigned(), hn::InterleaveLower(words, even, odd)), scale),
                 hn::InterleaveUpper(words, even, odd));
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice::io
HWY_AFTER_NAMESPACE();

#endif  // not a scalar target
#endif
