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

/// `mantissa` / 10^`fraction`, rounded once, for a mantissa above 0 and a fraction of 1 to 19; nothing in about one of
/// 300 cases, which lie too close to the middle of two doubles to tell.
///
/// With both sides moved up to their highest bits, w and d: w / d * 2^127 is at least w * floor(2^127 / d) and less
/// than 2^64 above it. So `high`, its upper 64 bits, is up to 2 too small, which matters only next to a middle.
[[nodiscard]] inline std::optional<double> rounded_quotient(std::uint64_t mantissa, std::size_t fraction) {
  const int mantissa_shift = std::countl_zero(mantissa);
  const int power_shift = std::countl_zero(kTenTo[fraction]);
  const Wide product = Wide{mantissa << mantissa_shift} * kReciprocalOfTenTo[fraction];
  const auto high = static_cast<std::uint64_t>(product >> 64);  // 63 or 64 bits, of which a double holds 53
  const std::uint64_t middle = high >> 63 != 0 ? 1 << 10 : 1 << 9;
  const std::uint64_t dropped = high & (2 * middle - 1);
  if (dropped - (middle - 2) <= 2) {
    return {};
  }
  // Half of `high`, its last bit kept where it cannot make a middle: it fits a signed conversion, which rounds once.
  const auto rounded = static_cast<double>(static_cast<std::int64_t>(high >> 1 | (high & 1)));
  const int exponent = power_shift - mantissa_shift - 62;
  return rounded * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent) << 52);
}

/// Adds the digits of [p, last) to `mantissa`, as far as they go; returns the place behind them. Eight bytes behind
/// `last` must be readable.
[[nodiscard]] inline const char* read_digits(const char* p, const char* last, std::uint64_t& mantissa) {
  while (p < last) {
    const std::uint64_t digits = load_word(p) ^ ('0' * kEachByte);
    const std::uint64_t no_digit = ((digits + 0x76 * kEachByte) | digits) & (0x80 * kEachByte);
    const std::int64_t found = std::min<std::int64_t>(std::countr_zero(no_digit) / 8, last - p);
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

/// The value of the cell [first, last): NaN where it is empty, else the number that it is, as parse_number reads it.
/// False: it is no number, or an infinite one. Eight bytes behind `last` must be readable.
[[nodiscard]] inline bool read_decimal_cell(const char* first, const char* last, double& value) {
  if (first == last) {
    value = kMissing<double>;
    return true;
  }
  const bool negative = *first == '-';
  const char* const digits = first + (negative ? 1 : 0);
  constexpr std::ptrdiff_t kLongest = 20;  // 19 digits, which fit 64 bits, and a point
  if (last - digits <= kLongest) {
    std::uint64_t mantissa = 0;
    const char* p = read_digits(digits, last, mantissa);
    std::size_t fraction = 0;
    const bool point = p != last && *p == '.';
    if (point) {
      const char* const behind = ++p;
      p = read_digits(p, last, mantissa);
      fraction = static_cast<std::size_t>(p - behind);
    }
    const std::ptrdiff_t count = p - digits - (point ? 1 : 0);
    if (p == last && count > 0 && count < kLongest) {
      std::optional<double> magnitude;
      constexpr std::uint64_t kExact = std::uint64_t{1} << 53;
      if (mantissa <= kExact) {
        // Both sides are exact (10^19 has 45 bits before its zeros), so the division rounds once.
        magnitude = static_cast<double>(mantissa) / static_cast<double>(kTenTo[fraction]);
      } else if (fraction == 0) {
        magnitude = static_cast<double>(mantissa);
      } else {
        magnitude = rounded_quotient(mantissa, fraction);
      }
      if (magnitude) {
        value = negative ? 0.0 - *magnitude : *magnitude;
        return true;
      }
    }
  }
  const std::optional<double> parsed = parse_number({first, static_cast<std::size_t>(last - first)}, '.');
  if (!parsed || !std::isfinite(*parsed)) {
    return false;
  }
  value = *parsed + 0.0;  // -0.0 + 0.0 is 0.0
  return true;
}

}  // namespace pumice::io
