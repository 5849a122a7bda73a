// Cells into int16, a register of them at once. Included once a Highway target.
#if defined(PUMICE_IO_CSV_INT16_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_IO_CSV_INT16_INL_HPP
#undef PUMICE_IO_CSV_INT16_INL_HPP
#else
#define PUMICE_IO_CSV_INT16_INL_HPP
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "io/csv_kernels.hpp"
#include "io/csv_plain_cell.hpp"
#include "io/csv_words-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace pumice::io {
namespace HWY_NAMESPACE {

/// Cells [first, last) of the run one by one; returns the first one that is not plain, or `last`.
inline std::int64_t convert_int16_singly(const CellRun& run, std::int64_t first, std::int64_t last,
                                         std::int16_t* values) {
  for (std::int64_t i = first; i < last; ++i) {
    if (!read_int16_cell_fast(run.text + run.before[i] + 1, run.text + run.ends[i], values[i])) {
      return i;
    }
  }
  return last;
}

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

inline std::int64_t convert_int16(const CellRun& run, std::int16_t* values) {
  return convert_int16_singly(run, 0, run.count, values);
}

#else

/// The magnitudes, below zero where `negative`.
HWY_INLINE IntVec with_sign(IntVec magnitude, hn::Mask<Ints> negative) {
#if HWY_MAX_BYTES == 64
  return hn::IfThenElse(negative, hn::Sub(hn::Zero(Ints()), magnitude), magnitude);
#else
  const auto sign = hn::VecFromMask(Ints(), negative);
  return hn::Sub(hn::Xor(magnitude, sign), sign);
#endif
}

/// What speaks against the cells of some steps.
struct Doubts {
  IntVec largest_extent;
  IntVec largest_magnitude;
  hn::Vec<Octets> highest_digit;
  hn::Mask<Ints> no_digit;
};

HWY_INLINE Doubts no_doubts() {
  const auto zero = hn::Zero(Ints());
  return {zero, zero, hn::Zero(Octets()), hn::MaskFromVec(zero)};
}

/// One step: kStepCells cells from cell i.
HWY_INLINE void convert_int16_step(const CellRun& run, std::int64_t i, std::int16_t* values, Doubts& doubts) {
  const Ints ints;
  const auto extent = hn::Sub(hn::LoadU(ints, run.ends + i), hn::LoadU(ints, run.before + i));  // size + 1
  const auto blank = hn::Eq(extent, hn::Set(ints, 1));
  const WordPair text = load_words(run, i);

  // Bits of a word below the cell's first byte, and with the sign those below its first digit.
  const auto eight = hn::Set(ints, 8);
  const auto outside = hn::Sub(hn::Set(ints, 72), hn::ShiftLeft<3>(extent));
  const auto starts = low_halves({hn::Shr(text.a, widen_lower(outside)), hn::Shr(text.b, widen_upper(outside))});
  const auto negative = hn::Eq(hn::ShiftLeft<24>(starts), hn::Set(ints, '-' << 24));
  const auto below = hn::Add(outside, hn::IfThenElseZero(negative, eight));

  // ".0" at the end: it leaves no digits, and the digits before it move up by a pair.
  const auto tails = hn::BitCast(ints, hn::ShiftRight<16>(hn::BitCast(Unsigned(), high_halves(text))));
  const auto point = hn::Eq(tails, hn::Set(ints, '.' | '0' << 8));
  const auto point_shift = hn::IfThenElseZero(point, eight);
  const auto point_digit = hn::IfThenElseZero(point, hn::Set(ints, ('.' ^ '0') << 16));

  // Digits as 0 to 9, and zeros where there are none.
  const auto zeros = hn::Set(Words(), '0' * kEachByte);
  const auto ones = hn::Set(Words(), ~std::uint64_t{0});
  const auto digits_of = [&](WordVec word, WordVec shift, WordVec not_a_digit) HWY_ATTR {
    return hn::AndNot(not_a_digit, hn::And(hn::Xor(word, zeros), hn::Shl(ones, shift)));
  };
  const WordPair digits{digits_of(text.a, widen_lower(below), widen_lower_high(point_digit)),
                        digits_of(text.b, widen_upper(below), widen_upper_high(point_digit))};
  const auto magnitude = eight_digits_each(digits, hn::BitCast(Unsigned(), point_shift));
  const auto missing = hn::Set(ints, kMissing<std::int16_t>);
  store_int16(hn::IfThenElse(blank, missing, with_sign(magnitude, negative)), values + i);

  const Octets octets;
  doubts.largest_extent = hn::Max(doubts.largest_extent, extent);
  doubts.largest_magnitude = hn::Max(doubts.largest_magnitude, magnitude);
  doubts.highest_digit = hn::Max(doubts.highest_digit, hn::BitCast(octets, digits.a));
  doubts.highest_digit = hn::Max(doubts.highest_digit, hn::BitCast(octets, digits.b));
  // Only an empty cell leaves all of a word outside.
  const auto all_outside = hn::Gt(hn::Add(below, hn::Add(point_shift, point_shift)), hn::Set(ints, 56));
  doubts.no_digit = hn::Or(doubts.no_digit, hn::Xor(all_outside, blank));
}

HWY_INLINE bool are_plain(const Doubts& doubts) {
  const Ints ints;
  const auto beyond_nine = hn::SaturatedSub(doubts.highest_digit, hn::Set(Octets(), 9));
  const auto too_long = hn::Gt(doubts.largest_extent, hn::Set(ints, 9));
  const auto too_large = hn::Gt(doubts.largest_magnitude, hn::Set(ints, 32767));
  return hn::AllFalse(ints, hn::Or(hn::Or(too_long, too_large),
                                   hn::Or(doubts.no_digit, hn::Ne(hn::BitCast(ints, beyond_nine), hn::Zero(ints)))));
}

/// Converts from cell `first`, a multiple of kCellStep; returns the first of kCellStep cells that need a closer look,
/// or the first one behind the run. No call is in its loop, so that the constants stay in registers.
HWY_NOINLINE std::int64_t convert_int16_steps(const CellRun& run, std::int64_t first, std::int16_t* values) {
  const CellRun own = run;
  std::int64_t i = first;
  for (; i < own.count; i += kCellStep) {
    Doubts doubts = no_doubts();
    for (std::int64_t j = 0; j < kCellStep; j += kStepCells) {
      convert_int16_step(own, i + j, values, doubts);
    }
    if (HWY_UNLIKELY(!are_plain(doubts))) {
      break;
    }
  }
  return i;
}

inline std::int64_t convert_int16(const CellRun& run, std::int16_t* values) {
  return convert_run(run, values, convert_int16_steps, convert_int16_singly);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace pumice::io
HWY_AFTER_NAMESPACE();

#endif
