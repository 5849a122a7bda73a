// Cells as words of eight bytes, several in a register, and digits to numbers. Included once a Highway target.
#if defined(PUMICE_IO_CSV_WORDS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_IO_CSV_WORDS_INL_HPP
#undef PUMICE_IO_CSV_WORDS_INL_HPP
#else
#define PUMICE_IO_CSV_WORDS_INL_HPP
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "io/csv_kernels.hpp"
#include "io/csv_plain_cell.hpp"

#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128

HWY_BEFORE_NAMESPACE();
namespace pumice::io {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Octets = hn::ScalableTag<std::uint8_t>;
using Ints = hn::ScalableTag<std::int32_t>;
using Unsigned = hn::ScalableTag<std::uint32_t>;
using Words = hn::ScalableTag<std::uint64_t>;
using IntVec = hn::Vec<Ints>;
using UnsignedVec = hn::Vec<Unsigned>;
using WordVec = hn::Vec<Words>;

/// Cells of a step: a lane of 32 bits each.
inline constexpr std::int64_t kStepCells = HWY_LANES(std::int32_t);

/// A word for each lane of 32 bits. Of each block of four lanes, `a` holds the words of the first two and `b` those of
/// the others.
struct WordPair {
  WordVec a;
  WordVec b;
};

/// Lanes of 32 bits as words, in the order of WordPair::a and WordPair::b; the upper halves are zero.
HWY_INLINE WordVec widen_lower(IntVec v) {
  return hn::BitCast(Words(), hn::InterleaveLower(Ints(), v, hn::Zero(Ints())));
}
HWY_INLINE WordVec widen_upper(IntVec v) {
  return hn::BitCast(Words(), hn::InterleaveUpper(Ints(), v, hn::Zero(Ints())));
}

/// The same, as the upper halves of words whose lower halves are zero.
HWY_INLINE WordVec widen_lower_high(IntVec v) {
  return hn::BitCast(Words(), hn::InterleaveLower(Ints(), hn::Zero(Ints()), v));
}
HWY_INLINE WordVec widen_upper_high(IntVec v) {
  return hn::BitCast(Words(), hn::InterleaveUpper(Ints(), hn::Zero(Ints()), v));
}

/// The lower, or upper, halves of the words.
HWY_INLINE IntVec low_halves(WordPair words) {
#if HWY_MAX_BYTES == 64
  return IntVec{
      _mm512_castps_si512(_mm512_shuffle_ps(_mm512_castsi512_ps(words.a.raw), _mm512_castsi512_ps(words.b.raw), 0x88))};
#elif HWY_MAX_BYTES == 32
  return IntVec{
      _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(words.a.raw), _mm256_castsi256_ps(words.b.raw), 0x88))};
#else
  return hn::ConcatEven(Ints(), hn::BitCast(Ints(), words.b), hn::BitCast(Ints(), words.a));
#endif
}
HWY_INLINE IntVec high_halves(WordPair words) {
#if HWY_MAX_BYTES == 64
  return IntVec{
      _mm512_castps_si512(_mm512_shuffle_ps(_mm512_castsi512_ps(words.a.raw), _mm512_castsi512_ps(words.b.raw), 0xdd))};
#elif HWY_MAX_BYTES == 32
  return IntVec{
      _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(words.a.raw), _mm256_castsi256_ps(words.b.raw), 0xdd))};
#else
  return hn::ConcatOdd(Ints(), hn::BitCast(Ints(), words.b), hn::BitCast(Ints(), words.a));
#endif
}

/// The eight bytes before the end of each of kStepCells cells from cell i.
HWY_INLINE WordPair load_words(const CellRun& run, std::int64_t i) {
  const char* const text = run.text - 8;
  const std::int32_t* const ends = run.ends + i;
#if HWY_ARCH_X86
  const auto two = [&](int j) HWY_ATTR {
    const __m128i low = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(text + ends[j]));
    return _mm_castps_si128(_mm_loadh_pi(_mm_castsi128_ps(low), reinterpret_cast<const __m64*>(text + ends[j + 1])));
  };
#if HWY_MAX_BYTES == 64
  const auto eight = [&](int j) HWY_ATTR {
    const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(two(j)), two(j + 4), 1);
    const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(two(j + 8)), two(j + 12), 1);
    return WordVec{_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1)};
  };
  return {eight(0), eight(2)};
#elif HWY_MAX_BYTES == 32
  return {WordVec{_mm256_inserti128_si256(_mm256_castsi128_si256(two(0)), two(4), 1)},
          WordVec{_mm256_inserti128_si256(_mm256_castsi128_si256(two(2)), two(6), 1)}};
#else
  return {WordVec{two(0)}, WordVec{two(2)}};
#endif
#else
  const hn::Half<Words> half;
  const auto two = [&](int j) HWY_ATTR {
    const auto word = [&](int k)
                          HWY_ATTR { return hn::LoadU(half, reinterpret_cast<const std::uint64_t*>(text + ends[k])); };
    return hn::Combine(Words(), word(j + 1), word(j));
  };
  return {two(0), two(2)};
#endif
}

/// The value of each word's eight digits (0 to 9, the first in the lowest byte); where `shift` is 8 of the first six
/// only, whatever the others are. Words with other digits give anything.
HWY_INLINE IntVec eight_digits_each(WordPair digits, UnsignedVec shift) {
#if HWY_ARCH_X86
  // Pairs, which fit a byte; then fours, which fit 16 bits.
#if HWY_MAX_BYTES == 64
  const __m512i tens = _mm512_set1_epi16(10 | 1 << 8);
  const __m512i pairs =
      _mm512_packus_epi16(_mm512_maddubs_epi16(digits.a.raw, tens), _mm512_maddubs_epi16(digits.b.raw, tens));
  const __m512i fours = _mm512_maddubs_epi16(_mm512_sllv_epi32(pairs, shift.raw), _mm512_set1_epi16(100 | 1 << 8));
  return IntVec{_mm512_madd_epi16(fours, _mm512_set1_epi32(10000 | 1 << 16))};
#elif HWY_MAX_BYTES == 32
  const __m256i tens = _mm256_set1_epi16(10 | 1 << 8);
  const __m256i pairs =
      _mm256_packus_epi16(_mm256_maddubs_epi16(digits.a.raw, tens), _mm256_maddubs_epi16(digits.b.raw, tens));
  const __m256i fours = _mm256_maddubs_epi16(_mm256_sllv_epi32(pairs, shift.raw), _mm256_set1_epi16(100 | 1 << 8));
  return IntVec{_mm256_madd_epi16(fours, _mm256_set1_epi32(10000 | 1 << 16))};
#else
  const __m128i tens = _mm_set1_epi16(10 | 1 << 8);
  const __m128i pairs = _mm_packus_epi16(_mm_maddubs_epi16(digits.a.raw, tens), _mm_maddubs_epi16(digits.b.raw, tens));
  const UnsignedVec moved =
      hn::IfThenElse(hn::Eq(shift, hn::Zero(Unsigned())), UnsignedVec{pairs}, hn::ShiftLeft<8>(UnsignedVec{pairs}));
  const __m128i fours = _mm_maddubs_epi16(moved.raw, _mm_set1_epi16(100 | 1 << 8));
  return IntVec{_mm_madd_epi16(fours, _mm_set1_epi32(10000 | 1 << 16))};
#endif
#else
  const hn::ScalableTag<std::uint16_t> shorts;
  const Octets octets;
  // Neighbours a, b of each lane as a * scale + b.
  const auto pairs_of = [&](WordVec v) HWY_ATTR {
    const auto both = hn::BitCast(shorts, v);
    const auto first = hn::And(both, hn::Set(shorts, 0xff));
    return hn::Add(hn::Mul(first, hn::Set(shorts, 10)), hn::ShiftRight<8>(both));
  };
  const auto pairs =
      hn::ConcatEven(octets, hn::BitCast(octets, pairs_of(digits.b)), hn::BitCast(octets, pairs_of(digits.a)));
  const auto moved = hn::BitCast(shorts, hn::Shl(hn::BitCast(Unsigned(), pairs), shift));
  const auto fours = hn::BitCast(
      Unsigned(),
      hn::Add(hn::Mul(hn::And(moved, hn::Set(shorts, 0xff)), hn::Set(shorts, 100)), hn::ShiftRight<8>(moved)));
  const auto first = hn::And(fours, hn::Set(Unsigned(), 0xffff));
  return hn::BitCast(Ints(), hn::Add(hn::Mul(first, hn::Set(Unsigned(), 10000)), hn::ShiftRight<16>(fours)));
#endif
}

/// Stores the lanes, which fit, as int16.
HWY_INLINE void store_int16(IntVec v, std::int16_t* out) {
  const hn::Rebind<std::int16_t, Ints> shorts;
  hn::StoreU(hn::DemoteTo(shorts, v), shorts, out);
}

/// Converts a run of cells: `steps` goes on from a cell to the first kCellStep cells that need a closer look, or behind
/// the run; `closely` takes those, from a cell to the last one, and returns the first that it refuses, else the last.
/// Returns the first cell that was refused, else the number of cells.
template <class T, class Steps, class Closely>
HWY_INLINE std::int64_t convert_run(const CellRun& run, T* values, const Steps& steps, const Closely& closely) {
  std::int64_t i = 0;
  while ((i = steps(run, i, values)) < run.count) {
    const std::int64_t last = i + kCellStep < run.count ? i + kCellStep : run.count;
    const std::int64_t stopped = closely(run, i, last, values);
    if (stopped != last) {
      return stopped;
    }
    i = last;
  }
  return run.count;
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice::io
HWY_AFTER_NAMESPACE();

#endif  // not a scalar target
#endif
