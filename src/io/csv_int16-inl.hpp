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

/// One step: kStepCells cells from cell i. False where one of them may not be plain.
HWY_INLINE bool convert_int16_step(const CellRun& run, std::int64_t i, std::int16_t* values) {
  const Ints ints;
  const Words words;
  const auto zero = hn::Zero(ints);
  const auto extent = hn::Sub(hn::LoadU(ints, run.ends + i), hn::LoadU(ints, run.before + i));  // size + 1
  const auto blank = hn::Eq(extent, hn::Set(ints, 1));
  const WordPair text = load_words(run, i);

  // Bits of a word below the cell's first byte, and with the sign those below its first digit.
  const auto outside = hn::Sub(hn::Set(ints, 72), hn::ShiftLeft<3>(extent));
  const auto starts = low_halves({hn::Shr(text.a, widen_lower(outside)), hn::Shr(text.b, widen_upper(outside))});
  const auto negative = hn::Eq(hn::ShiftLeft<24>(starts), hn::Set(ints, '-' << 24));
  const auto eight = hn::Set(ints, 8);
  const auto below = hn::Add(outside, hn::IfThenElseZero(negative, eight));

  // ".0" at the end: it leaves no digits, and the digits before it move up by a pair.
  const auto tails = high_halves(text);
  const auto point = hn::Eq(hn::ShiftRight<16>(hn::BitCast(Unsigned(), tails)), hn::Set(Unsigned(), '.' | '0' << 8));
  const auto point_shift = hn::IfThenElseZero(point, hn::Set(Unsigned(), 8));
  const auto point_size = hn::BitCast(ints, hn::Add(point_shift, point_shift));

  // Digits as 0 to 9, and zeros where there are none.
  const auto point_digit = hn::BitCast(ints, hn::IfThenElseZero(point, hn::Set(Unsigned(), ('.' ^ '0') << 16)));
  const auto zeros = hn::Set(words, '0' * kEachByte);
  const auto ones = hn::Set(words, ~std::uint64_t{0});
  const auto digits_of = [&](WordVec word, WordVec shift, WordVec not_a_digit) HWY_ATTR {
    return hn::AndNot(not_a_digit, hn::And(hn::Xor(word, zeros), hn::Shl(ones, shift)));
  };
  const WordPair digits{digits_of(text.a, widen_lower(below), widen_lower_high(point_digit)),
                        digits_of(text.b, widen_upper(below), widen_upper_high(point_digit))};

  const auto magnitude = eight_digits_each(digits, point_shift);

  // All is well where only digits stand there, at least one of them (unless the cell is empty), and few enough.
  const Octets octets;
  const auto highest = hn::Max(hn::BitCast(octets, digits.a), hn::BitCast(octets, digits.b));
  const auto not_digits = hn::SaturatedSub(highest, hn::Set(octets, 9));
  const auto no_digit = hn::Gt(hn::Add(below, point_size), hn::Set(ints, 56));
  const auto wrong =
      hn::Or(hn::Or(hn::Xor(hn::VecFromMask(ints, no_digit), hn::VecFromMask(ints, blank)),
                    hn::VecFromMask(ints, hn::Gt(extent, hn::Set(ints, 9)))),
             hn::Or(hn::BitCast(ints, not_digits), hn::VecFromMask(ints, hn::Gt(magnitude, hn::Set(ints, 32767)))));
  const auto sign = hn::VecFromMask(ints, negative);
  const auto value = hn::Sub(hn::Xor(magnitude, sign), sign);
  store_int16(hn::IfThenElse(blank, hn::Set(ints, kMissing<std::int16_t>), value), values + i);
  return hn::AllTrue(ints, hn::Eq(wrong, zero));
}

inline std::int64_t convert_int16(const CellRun& run, std::int16_t* values) {
  for (std::int64_t i = 0; i < run.count; i += kStepCells) {
    if (HWY_UNLIKELY(!convert_int16_step(run, i, values))) {
      const std::int64_t last = i + kStepCells < run.count ? i + kStepCells : run.count;
      const std::int64_t stopped = convert_int16_singly(run, i, last, values);
      if (stopped != last) {
        return stopped;
      }
    }
  }
  return run.count;
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace pumice::io
HWY_AFTER_NAMESPACE();

#endif
