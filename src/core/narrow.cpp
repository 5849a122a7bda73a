#include "core/narrow.hpp"

#include <algorithm>
#include <cmath>

namespace pumice {
namespace {

constexpr double kMaxInt16Sample = 32767;
/// A column of decimals is known by its first samples: what follows is not looked at.
constexpr std::int64_t kBlock = 1024;

struct Extent {
  double largest = 0;  ///< magnitude
  bool integers = true;
};

template <class T>
Extent extent_of(const T* x, std::int64_t n) {
  Extent extent;
  for (std::int64_t i = 0; i < n; ++i) {
    const double value = is_missing(x[i]) ? 0 : static_cast<double>(x[i]);
    extent.largest = std::max(extent.largest, std::abs(value));
    extent.integers &= value == std::trunc(value);
  }
  return extent;
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
    double largest = 0;
    for (std::int64_t first = 0; first < column.n; first += kBlock) {
      const Extent extent = extent_of(x + first, std::min(kBlock, column.n - first));
      largest = std::max(largest, extent.largest);
      if (!extent.integers || largest > kMaxInt32Sample) {
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
