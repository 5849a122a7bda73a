/// One plain cell of an integer: what all kernels agree on.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "pumice/host_device.hpp"
#include "pumice/samples.hpp"

namespace pumice::io {

/// A byte in every byte of a word.
inline constexpr std::uint64_t kEachByte = 0x0101010101010101u;

[[nodiscard]] inline std::uint64_t load_word(const char* p) {
  static_assert(std::endian::native == std::endian::little, "the first byte of a word must be its lowest");
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// Value of eight decimal digits, the first one in the lowest byte, each 0 to 9.
[[nodiscard]] PUMICE_HD inline std::uint32_t eight_digits(std::uint64_t digits) {
  constexpr std::uint64_t kPairs = 0x000000ff000000ffu;
  digits = digits * 10 + (digits >> 8);
  return static_cast<std::uint32_t>(
      ((digits & kPairs) * (100 + (1000000ull << 32)) + ((digits >> 16) & kPairs) * (1 + (10000ull << 32))) >> 32);
}

/// The value of the cell [first, last), byte by byte: empty, or `-?[0-9]+(\.0*)?` of magnitude up to 32767. False:
/// it is something else.
[[nodiscard]] PUMICE_HD inline bool read_int16_cell(const char* first, const char* last, std::int16_t& value) {
  if (first == last) {
    value = kMissing<std::int16_t>;
    return true;
  }
  const bool negative = *first == '-';
  const char* p = first + (negative ? 1 : 0);
  const char* const digits = p;
  std::int32_t magnitude = 0;
  for (; p != last && *p >= '0' && *p <= '9'; ++p) {
    magnitude = 10 * magnitude + (*p - '0');
    if (magnitude > 32767) {
      return false;
    }
  }
  if (p == digits) {
    return false;
  }
  if (p != last && *p == '.') {
    ++p;
    while (p != last && *p == '0') {
      ++p;
    }
  }
  value = static_cast<std::int16_t>(negative ? -magnitude : magnitude);
  return p == last;
}

/// The same for a cell of 1 to 8 bytes, which are the last ones of `word`, whatever stands before them; quick for
/// `-?[0-9]+(\.0)?`. False: it takes a closer look, or is something else.
[[nodiscard]] PUMICE_HD inline bool read_int16_word(std::uint64_t word, std::uint64_t size, std::int16_t& value) {
  std::uint64_t outside = 64 - 8 * size;  // bits below the cell's first digit
  const bool negative = ((word >> outside) & 0xff) == '-';
  outside += negative ? 8 : 0;
  const bool point = size > 2 && word >> 48 == ('.' | '0' << 8);
  word <<= point ? 16 : 0;
  outside += point ? 16 : 0;
  if (outside >= 64) {
    return false;
  }
  const std::uint64_t digits = (word ^ ('0' * kEachByte)) & (~std::uint64_t{0} << outside);
  const std::uint64_t no_digit = ((digits + 0x76 * kEachByte) | digits) & (0x80 * kEachByte);
  const std::uint32_t magnitude = eight_digits(digits);
  value = static_cast<std::int16_t>(negative ? -static_cast<std::int32_t>(magnitude) : magnitude);
  return no_digit == 0 && magnitude <= 32767;
}

/// The same as read_int16_cell, for cells of up to eight bytes at once. Eight bytes before `last` must be readable.
[[nodiscard]] inline bool read_int16_cell_fast(const char* first, const char* last, std::int16_t& value) {
  const auto size = static_cast<std::uint64_t>(last - first);
  return (size - 1 < 8 && read_int16_word(load_word(last - 8), size, value)) || read_int16_cell(first, last, value);
}

}  // namespace pumice::io
