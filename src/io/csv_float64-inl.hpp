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
#include "io/csv_blocks-inl.hpp"
#include "io/csv_decimal_cell.hpp"
#include "io/csv_kernels.hpp"

#ifndef PUMICE_IO_CSV_FLOAT64_TABLES
#define PUMICE_IO_CSV_FLOAT64_TABLES
namespace pumice::io {

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
  const BlockPair text = load_blocks_before(run, i, 16);
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

/// One step of cells of which some are longer than sixteen bytes: [first, last), of which there are up to kDecimalStep.
/// Returns the first one that is not plain, or `last`. The digits of cells of up to 32 bytes are read as those of short
/// ones are, in two blocks, and rounded one by one.
HWY_INLINE std::int64_t convert_long_step(const CellRun& run, std::int64_t first, std::int64_t last, double* values) {
  const Small small;
  const Longs longs;
  const Words words;
  const auto sizes = hn::PromoteTo(longs, sizes_of(run, first));
  const BlockPair size = lowest_bytes(hn::BitCast(words, sizes));
  const BlockPair near = load_blocks_before(run, first, 16);
  const BlockPair far = load_blocks_before(run, first, 32);

  // A point counts its place in both blocks, from 1, and a sign 64.
  const auto behind = hn::LoadDup128(small, kBytesBehind);
  const auto before = hn::LoadDup128(small, kBytesBefore);
  const auto marks_of = [&](SmallVec bytes, SmallVec bytes_size, int further, SmallVec& digits) HWY_ATTR {
    const auto distance = hn::Add(behind, hn::Set(small, static_cast<std::int8_t>(further)));
    const auto place = hn::Add(before, hn::Set(small, static_cast<std::int8_t>(17 - further)));
    const auto inside = hn::IfThenElseZero(hn::Gt(bytes_size, distance), hn::Sub(bytes, hn::Set(small, '0')));
    const auto sign =
        hn::And(hn::Eq(bytes_size, hn::Add(distance, hn::Set(small, 1))), hn::Eq(inside, hn::Set(small, '-' - '0')));
    const auto point = hn::Eq(inside, hn::Set(small, '.' - '0'));
    digits = hn::IfThenZeroElse(sign, inside);
    return hn::IfThenElse(sign, hn::Set(small, 64), hn::IfThenElseZero(point, place));
  };
  BlockPair near_digits;
  BlockPair far_digits;
  const auto even = hn::SumsOf8(hn::BitCast(Octets(), hn::Add(marks_of(near.even, size.even, 0, near_digits.even),
                                                              marks_of(far.even, size.even, 16, far_digits.even))));
  const auto odd = hn::SumsOf8(hn::BitCast(Octets(), hn::Add(marks_of(near.odd, size.odd, 0, near_digits.odd),
                                                             marks_of(far.odd, size.odd, 16, far_digits.odd))));
  const auto marks = hn::Add(hn::InterleaveLower(words, even, odd), hn::InterleaveUpper(words, even, odd));

  // Digits before the point take its place, in either block.
  const BlockPair places = lowest_bytes(hn::And(marks, hn::Set(words, 63)));
  const auto close_up = [&](SmallVec place, SmallVec& near_bytes, SmallVec& far_bytes) HWY_ATTR {
    const auto near_moved = hn::CombineShiftRightBytes<15>(small, near_bytes, far_bytes);
    const auto far_moved = hn::ShiftLeftBytes<1>(small, far_bytes);
    near_bytes = hn::IfThenElse(hn::Gt(place, hn::Add(before, hn::Set(small, 16))), near_moved, near_bytes);
    far_bytes = hn::IfThenElse(hn::Gt(place, before), far_moved, far_bytes);
    return hn::Max(hn::BitCast(Octets(), near_bytes), hn::BitCast(Octets(), far_bytes));
  };
  const auto highest = hn::Max(close_up(places.even, near_digits.even, far_digits.even),
                               close_up(places.odd, near_digits.odd, far_digits.odd));
  const auto beyond_nine = hn::BitCast(longs, hn::SaturatedSub(highest, hn::Set(Octets(), 9)));
  const auto wrong = hn::Or(hn::Ne(beyond_nine, hn::Zero(longs)), hn::Gt(sizes, hn::Set(longs, 32)));
  if (!hn::AllFalse(longs, wrong)) {
    return convert_float64_singly(run, first, last, values);
  }

  alignas(64) std::uint64_t near_mantissa[kDecimalStep];
  alignas(64) std::uint64_t far_mantissa[kDecimalStep];
  alignas(64) std::uint64_t cell_marks[kDecimalStep];
  alignas(64) std::int64_t cell_sizes[kDecimalStep];
  hn::Store(sixteen_digits_each(near_digits), words, near_mantissa);
  hn::Store(sixteen_digits_each(far_digits), words, far_mantissa);
  hn::Store(marks, words, cell_marks);
  hn::Store(sizes, longs, cell_sizes);
  for (std::int64_t i = 0; i < last - first; ++i) {
    const std::uint64_t place = cell_marks[i] & 63;
    const bool negative = cell_marks[i] > 63;
    const std::size_t fraction = place == 0 ? 0 : 32 - place;
    const std::int64_t digits = cell_sizes[i] - (negative ? 1 : 0) - (place == 0 ? 0 : 1);
    if (far_mantissa[i] < 1000 && fraction <= kMantissaDigits && digits > 0) {
      const Decimal decimal{far_mantissa[i] * kTenTo[16] + near_mantissa[i], fraction};
      if (round_decimal(decimal, negative, values[first + i])) {
        continue;
      }
    }
    if (convert_float64_singly(run, first + i, first + i + 1, values) != first + i + 1) {
      return first + i;
    }
  }
  return last;
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

/// Cells [first, last), among which are some that a short step does not take.
HWY_NOINLINE std::int64_t convert_float64_closely(const CellRun& run, std::int64_t first, std::int64_t last,
                                                  double* values) {
  for (std::int64_t i = first; i < last; i += kDecimalStep) {
    const std::int64_t behind = std::min(i + kDecimalStep, last);
    std::int64_t stopped = behind;
    if (are_short(run, i)) {
      DecimalDoubts doubts = no_decimal_doubts();
      convert_float64_step(run, i, values, doubts);
      stopped = are_plain(doubts) ? behind : convert_float64_singly(run, i, behind, values);
    } else {
      stopped = convert_long_step(run, i, behind, values);
    }
    if (stopped != behind) {
      return stopped;
    }
  }
  return last;
}

inline std::int64_t convert_float64(const CellRun& run, double* values) {
  return convert_run(run, values, convert_float64_steps, convert_float64_closely);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace pumice::io
HWY_AFTER_NAMESPACE();

#endif
