/// One plain cell of a decimal as a lane of a team reads it: the same bits as read_decimal_cell, without its tables.
#pragma once

#include <bit>
#include <cstdint>

#include "pumice/host_device.hpp"
#include "pumice/samples.hpp"

namespace pumice::io {

/// Digits behind the point that teams read, zeros at the end left out: 5^27 is the last power that fits 64 bits.
inline constexpr int kTeamFraction = 27;

namespace detail {

/// 5^n, for n up to kTeamFraction.
[[nodiscard]] PUMICE_HD constexpr std::uint64_t power_of_five(int n) {
  std::uint64_t power = 1;
  for (std::uint64_t square = 5; n > 0; n >>= 1, square *= square) {
    power *= (n & 1) != 0 ? square : 1;
  }
  return power;
}

/// 2^n, for n of a normal double.
[[nodiscard]] PUMICE_HD inline double power_of_two(int n) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + n) << 52);
}

[[nodiscard]] PUMICE_HD inline int zeros_before(std::uint64_t bits) {
#if defined(__CUDA_ARCH__)
  return __clzll(static_cast<long long>(bits));
#else
  return std::countl_zero(bits);
#endif
}

/// `mantissa` / 5^`fraction`, rounded once, for a mantissa above 0: long division, bit by bit, so that it is known on
/// which side of the middle of two doubles the rest lies.
[[nodiscard]] PUMICE_HD inline double long_quotient(std::uint64_t mantissa, int fraction) {
  // With both sides moved up to their highest bits, the quotient lies between a half and two.
  const std::uint64_t power = power_of_five(fraction);
  const int shift = zeros_before(mantissa);
  const int power_shift = zeros_before(power);
  const std::uint64_t divisor = power << power_shift;
  std::uint64_t rest = mantissa << shift;
  int exponent = power_shift - shift;
  if (rest < divisor) {
    --exponent;
    rest += rest;  // modulo 2^64, as is the difference, which is less than the divisor
  }
  rest -= divisor;
  // The first bit, 52 more, and one that rounds.
  std::uint64_t quotient = 1;
  for (int bit = 0; bit < 53; ++bit) {
    const bool carry = rest >> 63 != 0;
    rest += rest;
    const bool is_set = carry || rest >= divisor;
    rest -= is_set ? divisor : 0;
    quotient = 2 * quotient + (is_set ? 1 : 0);
  }
  const bool up = (quotient & 1) != 0 && (rest != 0 || (quotient & 2) != 0);
  const std::uint64_t rounded = (quotient >> 1) + (up ? 1 : 0);
  return static_cast<double>(rounded) * power_of_two(exponent - 52);
}

/// `mantissa` / 10^`fraction`, rounded once; false where 64 bits do not tell. Powers of two change no digit, and powers
/// of five up to 5^22 are doubles: so what a double holds is divided or multiplied by another, which rounds once.
[[nodiscard]] PUMICE_HD inline bool scale_decimal(std::uint64_t mantissa, int fraction, double& magnitude) {
  constexpr std::uint64_t kExact = std::uint64_t{1} << 53;
  constexpr int kExactPower = 22;
  if (mantissa == 0 || fraction == 0) {
    magnitude = static_cast<double>(mantissa);
    return true;
  }
  for (; (fraction > kTeamFraction || (fraction < 0 && mantissa > kExact)) && mantissa % 10 == 0; --fraction) {
    mantissa /= 10;
  }
  if (fraction > kTeamFraction || fraction < -kExactPower || (fraction < 0 && mantissa > kExact)) {
    return false;
  }
  const bool exact = mantissa <= kExact && fraction <= kExactPower;
  const auto power = static_cast<double>(power_of_five(fraction < 0 ? -fraction : fraction));
  const double scaled = !exact         ? long_quotient(mantissa, fraction)
                        : fraction < 0 ? static_cast<double>(mantissa) * power
                                       : static_cast<double>(mantissa) / power;
  magnitude = scaled * power_of_two(-fraction);
  return true;
}

/// The number `[+-]?[0-9]+` that bytes [i, size) are, no further from 0 than any limit needs; false where they are
/// none.
template <class ByteAt>
[[nodiscard]] PUMICE_HD bool read_exponent(ByteAt byte_at, std::int64_t i, std::int64_t size, int& exponent) {
  constexpr int kMost = 100000;  // cells have fewer digits
  const bool negative = i < size && byte_at(i) == '-';
  i += negative || (i < size && byte_at(i) == '+') ? 1 : 0;
  const std::int64_t first = i;
  for (exponent = 0; i < size; ++i) {
    const char c = byte_at(i);
    if (c < '0' || c > '9') {
      return false;
    }
    exponent = exponent < kMost ? 10 * exponent + (c - '0') : exponent;
  }
  exponent = negative ? -exponent : exponent;
  return size > first;
}

}  // namespace detail

/// The value of a cell of `size` bytes, of which byte_at(i) is one: NaN where it is empty, else the number next to
/// `-?[0-9]*(\.[0-9]*)?([eE][+-]?[0-9]+)?` with at least one digit, never -0. False: it is something else, or has more
/// digits than 64 bits hold, zeros at both ends left out, or an exponent that takes more to round.
template <class ByteAt>
[[nodiscard]] PUMICE_HD bool read_team_decimal(ByteAt byte_at, std::int64_t size, double& value) {
  if (size == 0) {
    value = kMissing<double>;
    return true;
  }
  constexpr std::uint64_t kMostBeforeADigit = (UINT64_MAX - 9) / 10;
  const bool negative = byte_at(0) == '-';
  std::uint64_t mantissa = 0;
  int fraction = 0;
  int exponent = 0;
  bool has_digit = false;
  bool has_point = false;
  for (std::int64_t i = negative ? 1 : 0; i < size; ++i) {
    const char c = byte_at(i);
    if (c == '.' && !has_point) {
      has_point = true;
      continue;
    }
    if ((c == 'e' || c == 'E') && has_digit) {
      if (!detail::read_exponent(byte_at, i + 1, size, exponent)) {
        return false;
      }
      break;
    }
    if (c < '0' || c > '9') {
      return false;
    }
    has_digit = true;
    if (mantissa <= kMostBeforeADigit && fraction < kTeamFraction) {
      mantissa = 10 * mantissa + static_cast<std::uint64_t>(c - '0');
      fraction += has_point ? 1 : 0;
    } else if (c != '0' || !has_point) {  // what was left out once is full: only zeros may follow
      return false;
    }
  }
  double magnitude = 0;
  if (!has_digit || !detail::scale_decimal(mantissa, fraction - exponent, magnitude)) {
    return false;
  }
  value = negative ? 0.0 - magnitude : magnitude;
  return true;
}

}  // namespace pumice::io
