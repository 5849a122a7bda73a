#include "core/narrow.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace pumice {
namespace {

constexpr std::int32_t kMaxInt16Sample = 32767;
/// Samples that are looked at before it is asked whether the rest matters: a column of decimals is known by its first.
constexpr std::int64_t kBlock = 64;

/// The largest magnitude of x[0, n), or more than kMaxInt32Sample where one is larger or no integer. Without branches,
/// and in integers, whose maximum the compiler takes in any order: so it makes SIMD of it.
template <class T>
std::int32_t largest_integer(const T* x, std::int64_t n) {
  std::int32_t largest = 0;
  std::int32_t wrong = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double value = is_missing(x[i]) ? 0 : static_cast<double>(x[i]);
    const double bounded = std::abs(value) <= kMaxInt32Sample ? value : 0.5;
    const auto integer = static_cast<std::int32_t>(bounded);
    wrong |= static_cast<double>(integer) != bounded ? 1 : 0;
    largest = std::max(largest, std::abs(integer));
  }
  return wrong != 0 ? kMaxInt32Sample + 1 : largest;
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
    std::int32_t largest = 0;
    for (std::int64_t first = 0; first < column.n; first += kBlock) {
      // A whole block is a loop of known length.
      largest = std::max(largest, column.n - first < kBlock ? largest_integer(x + first, column.n - first)
                                                            : largest_integer(x + first, kBlock));
      if (largest > kMaxInt32Sample) {
        return SampleType::kFloat64;
      }
    }
    return largest <= kMaxInt16Sample ? SampleType::kInt16 : SampleType::kInt32;
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
