/// One plain cell of a decimal: what all kernels agree on.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "io/csv_number.hpp"
#include "io/csv_plain_cell.hpp"
#include "pumice/samples.hpp"

namespace pumice::io {

__extension__ using Wide = unsigned __int128;

/// Powers of ten that fit 64 bits.
inline constexpr auto kTenTo = [] {
  std::array<std::uint64_t, 20> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) {
    powers[i] = 10 * powers[i - 1];
  }
  return powers;
}();

/// floor(2^127 / d), where d is the power of ten moved up to its highest bit. Not for 10^0.
inline constexpr auto kReciprocalOfTenTo = [] {
  std::array<std::uint64_t, 20> reciprocals{};
  for (std::size_t i = 1; i < reciprocals.size(); ++i) {
    const std::uint64_t moved = kTenTo[i] << std::countl_zero(kTenTo[i]);
    reciprocals[i] = static_cast<std::uint64_t>((Wide{1} << 127) / moved);
  }
  return reciprocals;
}();

/// `mantissa` / 10^`fraction`, rounded once, for a mantissa above 0 and a fraction of 1 to 19. False in about one of
/// 300 cases, which lie too close to the middle of two doubles to tell.
///
/// With both sides moved up to their highest bits, w and d: w / d * 2^127 is at least w * floor(2^127 / d) and less
/// than 2^64 above it. So `high`, its upper 64 bits, is up to 2 too small, which matters only next to a middle.
[[nodiscard]] inline bool rounded_quotient(std::uint64_t mantissa, std::size_t fraction, double& quotient) {
  const int mantissa_shift = std::countl_zero(mantissa);
  const int power_shift = std::countl_zero(kTenTo[fraction]);
  const Wide product = Wide{mantissa << mantissa_shift} * kReciprocalOfTenTo[fraction];
  const auto high = static_cast<std::uint64_t>(product >> 64);  // 63 or 64 bits, of which a double holds 53
  const std::uint64_t middle = high >> 63 != 0 ? 1 << 10 : 1 << 9;
  const std::uint64_t dropped = high & (2 * middle - 1);
  if (dropped - (middle - 2) <= 2) {
    return false;
  }
  // Half of `high`, its last bit kept where it cannot make a middle: it fits a signed conversion, which rounds once.
  const auto rounded = static_cast<double>(static_cast<std::int64_t>(high >> 1 | (high & 1)));
  const int exponent = power_shift - mantissa_shift - 62;
  quotient = rounded * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent) << 52);
  return true;
}

/// A decimal is mantissa / 10^fraction.
struct Decimal {
  std::uint64_t mantissa = 0;
  std::size_t fraction = 0;
};
/// Digits that any 64-bit mantissa holds.
inline constexpr std::ptrdiff_t kMantissaDigits = 19;

/// The double next to a decimal of up to kMantissaDigits digits, never -0; false where it takes more to tell.
[[nodiscard]] inline bool round_decimal(const Decimal& decimal, bool negative, double& value) {
  constexpr std::uint64_t kExact = std::uint64_t{1} << 53;
  double magnitude = 0;
  if (decimal.mantissa <= kExact || decimal.fraction == 0) {
    // Where there is a division, both sides are exact (10^19 has 45 bits before its zeros), so it rounds once.
    magnitude = static_cast<double>(decimal.mantissa) / static_cast<double>(kTenTo[decimal.fraction]);
  } else if (!rounded_quotient(decimal.mantissa, decimal.fraction, magnitude)) {
    return false;
  }
  // Signs come as they like: by a branch, every second one would be guessed wrong. -0.0 + 0.0 is 0.0.
  const auto sign = static_cast<std::uint64_t>(negative) << 63;
  value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(magnitude) | sign) + 0.0;
  return true;
}

/// A bit for each byte of a word of digits, as 0 to 9, that is none; bits above the first may be wrong.
[[nodiscard]] inline std::uint64_t find_no_digits(std::uint64_t digits) {
  return ((digits + 0x76 * kEachByte) | digits) & (0x80 * kEachByte);
}

/// Adds the digits of [p, last) to `mantissa`, as far as they go; returns the place behind them. Eight bytes behind
/// `last` must be readable.
[[nodiscard]] inline const char* read_digits(const char* p, const char* last, std::uint64_t& mantissa) {
  while (p < last) {
    const std::uint64_t digits = load_word(p) ^ ('0' * kEachByte);
    const auto found = std::min<std::int64_t>(std::countr_zero(find_no_digits(digits)) / 8, last - p);
    if (found == 0) {
      return p;
    }
    // The digits move up to the end of the word; zeros stand before them.
    mantissa = mantissa * kTenTo[static_cast<std::size_t>(found)] + eight_digits(digits << (64 - 8 * found));
    p += found;
    if (found < 8) {
      return p;
    }
  }
  return p;
}

/// Reads `[0-9]*(\.[0-9]*)?` with at least one digit and at most kMantissaDigits that fills [first, last). False: it
/// is something else. Eight bytes behind `last` must be readable.
[[nodiscard]] inline bool read_any_decimal(const char* first, const char* last, Decimal& decimal) {
  if (last - first > kMantissaDigits + 1) {
    return false;
  }
  const char* p = read_digits(first, last, decimal.mantissa);
  std::ptrdiff_t count = p - first;
  if (p != last && *p == '.') {
    const char* const behind = ++p;
    p = read_digits(p, last, decimal.mantissa);
    decimal.fraction = static_cast<std::size_t>(p - behind);
    count += p - behind;
  }
  return p == last && count > 0 && count <= kMantissaDigits;
}

/// The same for up to seven digits and a point at the beginning, without a branch that depends on where the point is;
/// false where it stands elsewhere, too. 24 bytes before `last` must be readable as well.
[[nodiscard]] inline bool read_usual_decimal(const char* first, const char* last, Decimal& decimal) {
  const std::uint64_t beginning = load_word(first) ^ ('0' * kEachByte);
  const int whole = std::countr_zero(find_no_digits(beginning)) / 8;
  const std::ptrdiff_t fraction = last - first - whole - 1;
  if (whole > 7 || first[whole] != '.' || fraction < 0 || whole + fraction > kMantissaDigits || whole + fraction == 0) {
    return false;
  }
  // The 24 bytes before the end, less those that are no fraction.
  static constexpr auto kMask = [] {
    std::array<unsigned char, 24 + kMantissaDigits> mask{};
    std::fill(mask.begin() + 24, mask.end(), static_cast<unsigned char>(0xff));
    return mask;
  }();
  const char* const mask = reinterpret_cast<const char*>(kMask.data()) + fraction;
  std::uint64_t wrong = 0;
  const auto eight_from = [&](std::ptrdiff_t i) {
    const std::uint64_t digits = (load_word(last - 24 + i) ^ ('0' * kEachByte)) & load_word(mask + i);
    wrong |= find_no_digits(digits);
    return std::uint64_t{eight_digits(digits)};
  };
  constexpr std::uint64_t kScale = 100000000;
  const std::uint64_t behind = (eight_from(0) * kScale + eight_from(8)) * kScale + eight_from(16);
  const std::uint64_t before = eight_digits(beginning << 8 << (56 - 8 * whole));
  decimal = {before * kTenTo[static_cast<std::size_t>(fraction)] + behind, static_cast<std::size_t>(fraction)};
  return wrong == 0;
}

/// The value of the cell [first, last): NaN where it is empty, else the number that it is, as parse_number reads it.
/// False: it is no number, or an infinite one. 24 bytes before `last` and eight behind it must be readable.
[[nodiscard]] inline bool read_decimal_cell(const char* first, const char* last, double& value) {
  if (first == last) {
    value = kMissing<double>;
    return true;
  }
  const bool negative = *first == '-';
  const char* const digits = first + (negative ? 1 : 0);
  Decimal decimal;
  if (read_usual_decimal(digits, last, decimal) || read_any_decimal(digits, last, decimal = {})) {
    if (round_decimal(decimal, negative, value)) {
      return true;
    }
  }
  const std::optional<double> parsed = parse_number({first, static_cast<std::size_t>(last - first)}, '.');
  if (!parsed || !std::isfinite(*parsed)) {
    return false;
  }
  value = *parsed + 0.0;
  return true;
}

}  // namespace pumice::io
