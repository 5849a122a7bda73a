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

/// What every step needs.
struct Int16Constants {
  IntVec one;
  IntVec eight;
  IntVec longest;  ///< size + 1
  IntVec all_outside;
  IntVec bits_of_empty;
  IntVec minus;
  IntVec point_zero;
  IntVec point_digit;
  IntVec largest;
  IntVec missing;
  hn::Vec<Octets> nine;
  WordVec zeros;
  WordVec ones;
};

HWY_INLINE Int16Constants int16_constants() {
  return {.one = hn::Set(Ints(), 1),
          .eight = hn::Set(Ints(), 8),
          .longest = hn::Set(Ints(), 9),
          .all_outside = hn::Set(Ints(), 56),
          .bits_of_empty = hn::Set(Ints(), 72),
          .minus = hn::Set(Ints(), '-' << 24),
          .point_zero = hn::Set(Ints(), '.' | '0' << 8),
          .point_digit = hn::Set(Ints(), ('.' ^ '0') << 16),
          .largest = hn::Set(Ints(), 32767),
          .missing = hn::Set(Ints(), kMissing<std::int16_t>),
          .nine = hn::Set(Octets(), 9),
          .zeros = hn::Set(Words(), '0' * kEachByte),
          .ones = hn::Set(Words(), ~std::uint64_t{0})};
}

/// One step: kStepCells cells from cell i. False where one of them may not be plain.
HWY_INLINE bool convert_int16_step(const Int16Constants& constants, const CellRun& run, std::int64_t i,
                                   std::int16_t* values) {
  const Ints ints;
  const auto extent = hn::Sub(hn::LoadU(ints, run.ends + i), hn::LoadU(ints, run.before + i));  // size + 1
  const auto blank = hn::Eq(extent, constants.one);
  const WordPair text = load_words(run, i);

  // Bits of a word below the cell's first byte, and with the sign those below its first digit.
  const auto outside = hn::Sub(constants.bits_of_empty, hn::ShiftLeft<3>(extent));
  const auto starts = low_halves({hn::Shr(text.a, widen_lower(outside)), hn::Shr(text.b, widen_upper(outside))});
  const auto negative = hn::Eq(hn::ShiftLeft<24>(starts), constants.minus);
  const auto below = hn::Add(outside, hn::IfThenElseZero(negative, constants.eight));

  // ".0" at the end: it leaves no digits, and the digits before it move up by a pair.
  const auto tails = hn::BitCast(ints, hn::ShiftRight<16>(hn::BitCast(Unsigned(), high_halves(text))));
  const auto point = hn::Eq(tails, constants.point_zero);
  const auto point_shift = hn::IfThenElseZero(point, constants.eight);
  const auto point_digit = hn::IfThenElseZero(point, constants.point_digit);

  // Digits as 0 to 9, and zeros where there are none.
  const auto digits_of = [&](WordVec word, WordVec shift, WordVec not_a_digit) HWY_ATTR {
    return hn::AndNot(not_a_digit, hn::And(hn::Xor(word, constants.zeros), hn::Shl(constants.ones, shift)));
  };
  const WordPair digits{digits_of(text.a, widen_lower(below), widen_lower_high(point_digit)),
                        digits_of(text.b, widen_upper(below), widen_upper_high(point_digit))};
  const auto magnitude = eight_digits_each(digits, hn::BitCast(Unsigned(), point_shift));
  store_int16(hn::IfThenElse(blank, constants.missing, with_sign(magnitude, negative)), values + i);

  // All is well where only digits stand there, at least one of them (unless the cell is empty), and few enough.
  const Octets octets;
  const auto highest = hn::Max(hn::BitCast(octets, digits.a), hn::BitCast(octets, digits.b));
  const auto beyond_nine = hn::BitCast(ints, hn::SaturatedSub(highest, constants.nine));
  const auto no_digit = hn::Gt(hn::Add(below, hn::Add(point_shift, point_shift)), constants.all_outside);
  const auto too_long = hn::Gt(extent, constants.longest);
  const auto too_large = hn::Gt(magnitude, constants.largest);
  return hn::AllFalse(
      ints, hn::Or(hn::Or(hn::Xor(no_digit, blank), hn::Or(too_long, too_large)), hn::Ne(beyond_nine, hn::Zero(ints))));
}

/// Converts steps from cell `first`; returns the first cell of one that needs a closer look, or of none. No call is in
/// its loop, so that the constants stay in registers.
HWY_NOINLINE std::int64_t convert_int16_steps(const CellRun& run, std::int64_t first, std::int16_t* values) {
  const CellRun own = run;
  const Int16Constants constants = int16_constants();
  std::int64_t i = first;
  while (i < own.count && HWY_LIKELY(convert_int16_step(constants, own, i, values))) {
    i += kStepCells;
  }
  return i;
}

inline std::int64_t convert_int16(const CellRun& run, std::int16_t* values) {
  std::int64_t i = 0;
  while ((i = convert_int16_steps(run, i, values)) < run.count) {
    const std::int64_t last = i + kStepCells < run.count ? i + kStepCells : run.count;
    const std::int64_t stopped = convert_int16_singly(run, i, last, values);
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
