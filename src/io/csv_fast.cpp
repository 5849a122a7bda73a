#include "io/csv_fast.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "pumice/samples.hpp"

namespace pumice::io {
namespace {

constexpr std::uint64_t kEach = 0x0101010101010101u;

std::uint64_t load_word(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// Number of digits that `word` starts with. Bytes above the first other one may be flagged wrongly by the borrow and
/// carry between bytes; the first one never is.
int leading_digits(std::uint64_t word) {
  const std::uint64_t other = ((word + 0x46 * kEach) | (word - 0x30 * kEach)) & 0x80 * kEach;
  return other == 0 ? 8 : std::countr_zero(other) / 8;
}

/// Value of the first `digits` (1 to 8) decimal digits of `word`, joined in pairs, fours and eights.
std::uint32_t digits_value(std::uint64_t word, int digits) {
  word = (word << (64 - 8 * digits)) & 0x0f * kEach;
  word = word * 10 + (word >> 8);
  constexpr std::uint64_t kPairs = 0x000000ff000000ffu;
  return static_cast<std::uint32_t>(
      ((word & kPairs) * (100 + (1000000ull << 32)) + ((word >> 16) & kPairs) * (1 + (10000ull << 32))) >> 32);
}

/// Behind the cell at `p` that is passed over, or null.
const char* pass_over(const char* p, char delimiter) {
  while (*p != delimiter && *p != '\n' && *p != '\r') {
    if (*p < ' ' || *p > '~' || *p == '"') {
      return nullptr;
    }
    ++p;
  }
  return p;
}

/// Behind the cell at `p`, whose value it stores, or null.
const char* parse_cell(const char* p, char delimiter, std::int16_t& value) {
  std::uint64_t word = load_word(p);
  const unsigned negative = (word & 0xff) == '-' ? 1 : 0;
  word >>= 8 * negative;
  const int digits = leading_digits(word);
  if (digits == 0) {
    const bool empty = negative == 0 && (*p == delimiter || *p == '\n' || *p == '\r');
    value = kMissing<std::int16_t>;
    return empty ? p : nullptr;
  }
  if (digits > 5) {
    return nullptr;
  }
  const auto magnitude = static_cast<std::int32_t>(digits_value(word, digits));
  if (magnitude > 32767) {
    return nullptr;
  }
  const auto flip = -static_cast<std::int32_t>(negative);
  value = static_cast<std::int16_t>((magnitude ^ flip) - flip);
  p += static_cast<int>(negative) + digits;
  // The shift may have brought zeros into the top byte: only the two bytes behind at most five digits are looked at.
  constexpr std::uint64_t kPointZero = '.' | ('0' << 8);
  if (((word >> (8 * digits)) & 0xffff) == kPointZero) {
    p += 2;
    while (*p == '0') {
      ++p;
    }
  }
  return p;
}

}  // namespace

std::int64_t count_line_feeds(const char* first, const char* last) {
  std::int64_t count = 0;
  while (last - first >= 8) {
    // Eight counters of a byte each hold at most 255 words' worth.
    const std::ptrdiff_t words = std::min<std::ptrdiff_t>((last - first) / 8, 255);
    std::uint64_t counters = 0;
    for (std::ptrdiff_t i = 0; i < words; ++i) {
      const std::uint64_t word = load_word(first + 8 * i) ^ '\n' * kEach;
      const std::uint64_t not_zero = ((word & 0x7f * kEach) + 0x7f * kEach) | word;
      counters += (~not_zero >> 7) & kEach;
    }
    for (int byte = 0; byte < 8; ++byte) {
      count += static_cast<std::int64_t>((counters >> (8 * byte)) & 0xff);
    }
    first += 8 * words;
  }
  return count + std::count(first, last, '\n');
}

FastOutcome parse_plain_int16(const char* first, const char* last, char delimiter,
                              std::span<std::int16_t* const> columns) {
  static_assert(std::endian::native == std::endian::little, "the first byte of a word must be its lowest");
  const char* p = first;
  std::int64_t row = 0;
  while (p < last) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const char* const behind =
          columns[c] == nullptr ? pass_over(p, delimiter) : parse_cell(p, delimiter, columns[c][row]);
      if (behind == nullptr) {
        return {row, p};
      }
      if (c + 1 < columns.size()) {
        if (*behind != delimiter) {
          return {row, p};
        }
        p = behind + 1;
        continue;
      }
      if (*behind == '\n') {
        p = behind + 1;
      } else if (behind[0] == '\r' && behind[1] == '\n') {
        p = behind + 2;
      } else {
        return {row, p};
      }
    }
    ++row;
  }
  return {row, nullptr};
}

}  // namespace pumice::io
