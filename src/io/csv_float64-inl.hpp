// Cells into doubles, a register of them at once. Included once a Highway target.
#if defined(PUMICE_IO_CSV_FLOAT64_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_IO_CSV_FLOAT64_INL_HPP
#undef PUMICE_IO_CSV_FLOAT64_INL_HPP
#else
#define PUMICE_IO_CSV_FLOAT64_INL_HPP
#endif

#include <algorithm>
#include <cstdint>

#include "hwy/highway.h"
#include "io/csv_decimal_cell.hpp"
#include "io/csv_kernels.hpp"
#include "io/csv_words-inl.hpp"

#ifndef PUMICE_IO_CSV_FLOAT64_TABLES
#define PUMICE_IO_CSV_FLOAT64_TABLES
namespace pumice::io {

/// Of byte i of a cell's last sixteen: how many stand behind it.
alignas(16) inline constexpr std::int8_t kBytesBehind[16] = {15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
alignas(16) inline constexpr std::int8_t kBytesBefore[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// What a cell's marks are made of: a point in byte i counts kPointMark + i + 1, a sign kSignMark. So bits 0 to 4 are
/// the point's place, from 1 (0: there is none), and bit 5 is the sign. 64 times a cell's size is less than its marks
/// where it has no digit ("-" 96, "." 80, "-." 176), and only there.
inline constexpr std::int8_t kPointMark = 64;
inline constexpr std::int8_t kSignMark = 96;

/// The power of ten that a point in a place means, 16 of them being 0 of 16.
alignas(64) inline constexpr double kPowerOfPlace[16] = {1e0, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9,
                                                         1e8, 1e7,  1e6,  1e5,  1e4,  1e3,  1e2,  1e1};

}  // namespace pumice::io
#endif

HWY_BEFORE_NAMESPACE();
namespace pumice::io {
namespace HWY_NAMESPACE {

/// Cells [first, last) of the run one by one; returns the first one that is not plain, or `last`.
inline std::int64_t convert_float64_singly(const CellRun& run, std::int64_t first, std::int64_t last, double* values) {
  for (std::int64_t i = first; i < last; ++i) {
    if (!read_decimal_cell(run.text + run.before[i] + 1, run.text + run.ends[i], values[i])) {
      return i;
    }
  }
  return last;
}

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

inline std::int64_t convert_float64(const CellRun& run, double* values) {
  return convert_float64_singly(run, 0, run.count, values);
}

#else

using Small = hn::ScalableTag<std::int8_t>;
using Longs = hn::ScalableTag<std::int64_t>;
using Doubles = hn::ScalableTag<double>;
using HalfInts = hn::Rebind<std::int32_t, Longs>;
using SmallVec = hn::Vec<Small>;

/// Cells of a step: a lane of 64 bits each.
inline constexpr std::int64_t kDecimalStep = HWY_LANES(double);

/// Sixteen bytes for each lane of 64 bits. Block b of `even` is for lane 2 b, block b of `odd` for lane 2 b + 1.
struct BlockPair {
  SmallVec even;
  SmallVec odd;
};

/// The sixteen bytes before the end of each of kDecimalStep cells from cell i.
HWY_INLINE BlockPair load_blocks_before(const CellRun& run, std::int64_t i) {
  const hn::Full128<std::int8_t> block;
  const auto* const text = reinterpret_cast<const std::int8_t*>(run.text - 16);
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

/// The powers of ten that the places in `marks` mean.
HWY_INLINE hn::Vec<Doubles> powers_of_places(WordVec marks) {
#if HWY_MAX_BYTES == 64
  return hn::Vec<Doubles>{
      _mm512_permutex2var_pd(_mm512_load_pd(kPowerOfPlace), marks.raw, _mm512_load_pd(kPowerOfPlace + 8))};
#else
  return hn::GatherIndex(Doubles(), kPowerOfPlace, hn::BitCast(Longs(), hn::And(marks, hn::Set(Words(), 15))));
#endif
}

/// What speaks against the cells of some steps.
struct DecimalDoubts {
  hn::Vec<HalfInts> largest_size;
  hn::Vec<Octets> highest_digit;
  hn::Mask<Longs> no_digit;
};

HWY_INLINE DecimalDoubts no_decimal_doubts() {
  return {hn::Zero(HalfInts()), hn::Zero(Octets()), hn::MaskFromVec(hn::Zero(Longs()))};
}

HWY_INLINE bool are_plain(const DecimalDoubts& doubts) {
  const HalfInts halves;
  const auto beyond_nine = hn::SaturatedSub(doubts.highest_digit, hn::Set(Octets(), 9));
  const auto too_long = hn::Gt(doubts.largest_size, hn::Set(halves, 16));
  const auto wrong = hn::Or(doubts.no_digit, hn::Ne(hn::BitCast(Longs(), beyond_nine), hn::Zero(Longs())));
  return hn::AllFalse(Longs(), wrong) && hn::AllFalse(halves, too_long);
}

/// The sizes of kDecimalStep cells from cell i.
HWY_INLINE hn::Vec<HalfInts> sizes_of(const CellRun& run, std::int64_t i) {
  const HalfInts halves;
  return hn::Sub(hn::Sub(hn::LoadU(halves, run.ends + i), hn::LoadU(halves, run.before + i)), hn::Set(halves, 1));
}

/// True where a step from cell i may take all of its cells.
HWY_INLINE bool are_short(const CellRun& run, std::int64_t i) {
  return hn::AllFalse(HalfInts(), hn::Gt(sizes_of(run, i), hn::Set(HalfInts(), 16)));
}

/// One step: kDecimalStep cells from cell i.
HWY_INLINE void convert_float64_step(const CellRun& run, std::int64_t i, double* values, DecimalDoubts& doubts) {
  const Small small;
  const Longs longs;
  const Words words;
  const Doubles doubles;
  const auto sizes = sizes_of(run, i);
  const auto wide_sizes = hn::PromoteTo(longs, sizes);
  const BlockPair text = load_blocks_before(run, i);
  const BlockPair byte_sizes = lowest_bytes(hn::BitCast(words, wide_sizes));

  // Digits as 0 to 9, zeros before them, and the point as what it is; its place, from 1, and whether there is a sign.
  const auto behind = hn::LoadDup128(small, kBytesBehind);
  const auto before = hn::LoadDup128(small, kBytesBefore);
  const auto point_marks = hn::Add(before, hn::Set(small, kPointMark + 1));
  const auto first_behind = hn::Add(behind, hn::Set(small, 1));
  const auto marks_of = [&](SmallVec bytes, SmallVec size, SmallVec& digits) HWY_ATTR {
    const auto inside = hn::IfThenElseZero(hn::Gt(size, behind), hn::Sub(bytes, hn::Set(small, '0')));
    const auto sign = hn::And(hn::Eq(size, first_behind), hn::Eq(inside, hn::Set(small, '-' - '0')));
    const auto point = hn::Eq(inside, hn::Set(small, '.' - '0'));
    digits = hn::IfThenZeroElse(sign, inside);
    const auto marks = hn::IfThenElse(sign, hn::Set(small, kSignMark), hn::IfThenElseZero(point, point_marks));
    return hn::SumsOf8(hn::BitCast(Octets(), marks));
  };
  BlockPair digits;
  const auto even = marks_of(text.even, byte_sizes.even, digits.even);
  const auto odd = marks_of(text.odd, byte_sizes.odd, digits.odd);
  const auto marks = hn::Add(hn::InterleaveLower(words, even, odd), hn::InterleaveUpper(words, even, odd));

  // Digits before the point take its place. A second point stays, and is no digit.
  const BlockPair places = lowest_bytes(hn::And(marks, hn::Set(words, 31)));
  const auto without_point = [&](SmallVec bytes, SmallVec place) HWY_ATTR {
    return hn::IfThenElse(hn::Gt(place, before), hn::ShiftLeftBytes<1>(small, bytes), bytes);
  };
  digits = {without_point(digits.even, places.even), without_point(digits.odd, places.odd)};

  // Sixteen digits round as strtod does: with a point there are fifteen, which are exact, as is the power of ten, so
  // that the division alone rounds; without one the division is by 1.
  const auto mantissa = hn::ConvertTo(doubles, hn::BitCast(longs, sixteen_digits_each(digits)));
  const auto magnitude = hn::Div(mantissa, powers_of_places(marks));
  const auto negative = hn::RebindMask(doubles, hn::TestBit(marks, hn::Set(words, 32)));
  const auto number = hn::IfThenElse(negative, hn::Sub(hn::Zero(doubles), magnitude), magnitude);
  const auto blank = hn::RebindMask(doubles, hn::Eq(wide_sizes, hn::Zero(longs)));
  hn::StoreU(hn::IfThenElse(blank, hn::Set(doubles, kMissing<double>), number), doubles, values + i);

  doubts.largest_size = hn::Max(doubts.largest_size, sizes);
  doubts.highest_digit =
      hn::Max(doubts.highest_digit, hn::Max(hn::BitCast(Octets(), digits.even), hn::BitCast(Octets(), digits.odd)));
  doubts.no_digit = hn::Or(doubts.no_digit, hn::Gt(hn::BitCast(longs, marks), hn::ShiftLeft<6>(wide_sizes)));
}

/// Converts from cell `first`, a multiple of kCellStep; returns the first of kCellStep cells that need a closer look,
/// or the first one behind the run. No call is in its loop, so that the constants stay in registers.
HWY_NOINLINE std::int64_t convert_float64_steps(const CellRun& run, std::int64_t first, double* values) {
  const CellRun own = run;
  std::int64_t i = first;
  for (; i < own.count; i += kCellStep) {
    DecimalDoubts doubts = no_decimal_doubts();
    for (std::int64_t j = 0; j < kCellStep; j += kDecimalStep) {
      convert_float64_step(own, i + j, values, doubts);
    }
    if (HWY_UNLIKELY(!are_plain(doubts))) {
      break;
    }
  }
  return i;
}

/// Cells [first, last), among which are some that a step does not take: those of its step are taken one by one.
HWY_NOINLINE std::int64_t convert_float64_closely(const CellRun& run, std::int64_t first, std::int64_t last,
                                                  double* values) {
  for (std::int64_t i = first; i < last; i += kDecimalStep) {
    DecimalDoubts doubts = no_decimal_doubts();
    bool plain = are_short(run, i);
    if (plain) {
      convert_float64_step(run, i, values, doubts);
      plain = are_plain(doubts);
    }
    if (!plain) {
      const std::int64_t behind = std::min(i + kDecimalStep, last);
      const std::int64_t stopped = convert_float64_singly(run, i, behind, values);
      if (stopped != behind) {
        return stopped;
      }
    }
  }
  return last;
}

inline std::int64_t convert_float64(const CellRun& run, double* values) {
  std::int64_t i = 0;
  while ((i = convert_float64_steps(run, i, values)) < run.count) {
    const std::int64_t last = std::min(i + kCellStep, run.count);
    const std::int64_t stopped = convert_float64_closely(run, i, last, values);
    if (stopped != last) {
      return stopped;
    }
    i = last;
  }
  return run.count;
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace pumice::io
HWY_AFTER_NAMESPACE();

#endif
