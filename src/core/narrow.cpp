#include "core/narrow.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace pumice {
namespace {

constexpr double kMaxInt16Sample = 32767;
/// Samples that are looked at before it is asked whether the rest matters: few at first, for a column of decimals is
/// known by its first ones.
constexpr std::int64_t kFirstBlock = 8;
constexpr std::int64_t kLargestBlock = 512;

/// 1 where `magnitude`, the bits of a double without its sign, is above `limit`; NaN is above all.
std::uint64_t is_above(std::uint64_t magnitude, double limit) {
  return (std::bit_cast<std::uint64_t>(limit) - magnitude) >> 63;
}

/// The type for x[0, n). In arithmetic without comparisons, of which compilers make SIMD.
template <class T>
SampleType type_for(const T* x, std::int64_t n) {
  constexpr double kRounder = 0x1.8p52;  // beyond it doubles have no fraction
  std::uint64_t fractions = 0;
  std::uint64_t beyond_int16 = 0;
  std::uint64_t beyond_int32 = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double value = std::is_floating_point_v<T> ? static_cast<double>(x[i])
                         : is_missing(x[i])          ? kMissing<double>
                                                     : static_cast<double>(x[i]);
    const double unsigned_zero = value + 0.0;
    const auto bits = std::bit_cast<std::uint64_t>(unsigned_zero);
    const std::uint64_t magnitude = bits & ~(std::uint64_t{1} << 63);
    const std::uint64_t missing = is_above(magnitude, std::numeric_limits<double>::infinity());
    fractions |= std::bit_cast<std::uint64_t>((unsigned_zero + kRounder) - kRounder) ^ bits;  // NaN stays as it is
    beyond_int16 |= is_above(magnitude, kMaxInt16Sample) ^ missing;
    beyond_int32 |= is_above(magnitude, kMaxInt32Sample) ^ missing;
  }
  return (fractions | beyond_int32) != 0 ? SampleType::kFloat64
         : beyond_int16 != 0             ? SampleType::kInt32
                                         : SampleType::kInt16;
}

template <class To, class From>
void convert(const From* from, std::int64_t n, To* to) {
  std::transform(from, from + n, to,
                 [](From value) { return is_missing(value) ? kMissing<To> : static_cast<To>(value); });
}

}  // namespace

SampleType narrowest_type(const ColumnView& column) {
  if (column.type == SampleType::kInt16) {
    return SampleType::kInt16;
  }
  return visit_type(column.type, [&](auto zero) {
    using T = decltype(zero);
    const T* x = column.as<T>();
    SampleType type = SampleType::kInt16;
    std::int64_t block = kFirstBlock;
    for (std::int64_t first = 0; first < column.n && type != SampleType::kFloat64; first += block) {
      block = std::min(first == 0 ? kFirstBlock : kLargestBlock, column.n - first);
      type = std::max(type, type_for(x + first, block));
    }
    return type;
  });
}

void store_as(const ColumnView& column, SampleType type, ColumnBuffer& out) {
  out.reset(type, column.n);
  visit_type(column.type, [&](auto from_zero) {
    visit_type(type,
               [&](auto to_zero) { convert(column.as<decltype(from_zero)>(), column.n, out.as<decltype(to_zero)>()); });
  });
}

}  // namespace pumice
