#include "cpu/order_statistics.hpp"

#include <algorithm>

#include "stages/order_statistics.hpp"

namespace pumice::cpu {

namespace {

/// Tables that neighbouring samples are counted in, so that a run of equal ones does not wait for its own counter.
constexpr std::int64_t kTables = 2;
/// Counters a sample up to which counting is faster than sorting: all of them are cleared and summed up.
constexpr std::int64_t kCountersPerSample = 4;

/// Running totals of the samples' counts in cumulative: [range], of `tables` tables of that size one after the other.
template <class T>
void count(const T* x, std::int64_t n, std::int64_t base, std::int64_t range, std::int64_t tables,
           std::uint32_t* cumulative) {
  std::fill_n(cumulative, tables * range, 0U);
  std::int64_t i = 0;
  if (tables == kTables) {
    std::uint32_t* table[kTables];
    for (std::int64_t t = 0; t < kTables; ++t) {
      table[t] = cumulative + t * range - base;
    }
    constexpr std::int64_t kStep = 8;
    for (; i + kStep <= n; i += kStep) {
      for (std::int64_t k = 0; k < kStep; ++k) {
        ++table[k % kTables][x[i + k]];
      }
    }
  }
  for (; i < n; ++i) {
    ++cumulative[x[i] - base];
  }
  std::uint32_t total = 0;
  const std::uint32_t* const other = cumulative + (tables - 1) * range;
  for (std::int64_t value = 0; value < range; ++value) {
    total += cumulative[value] + (tables > 1 ? other[value] : 0U);
    cumulative[value] = total;
  }
}

void sort(const SortKernels& kernels, const hwy::Sorter& sorter, double* values, std::int64_t n) {
  if (kernels.has_lanes) {
    auto* const keys = reinterpret_cast<std::int64_t*>(values);
    kernels.make_keys(keys, n);
    sorter(keys, static_cast<std::size_t>(n), hwy::SortAscending{});
    if (kernels.unmake_keys(keys, n)) {
      return;
    }
  }
  std::sort(values, values + n);
}

OrderStatistics sorted_view(const ColumnBuffer& sorted) {
  OrderStatistics result;
  result.n = sorted.view().n;
  result.sorted = sorted.view().as<double>();
  return result;
}

}  // namespace

OrderStatistics OrderStatisticsMaker::make(const Kernels& kernels, const hwy::Sorter& sorter, const ColumnView& x,
                                           stages::ValueRange range, Otherwise otherwise) {
  if (x.n == 0) {
    return {};
  }
  if (x.type != SampleType::kFloat64) {
    if (range.size() == 0) {
      range = kernels.reduce.value_range(x);
    }
    if (stages::are_counted(range.size(), x.n) && range.size() <= kCountersPerSample * x.n) {
      const std::int64_t tables = kTables * range.size() <= x.n ? kTables : 1;
      const auto needed = static_cast<std::size_t>(tables * range.size());
      if (counts_.size() < needed) {
        counts_.resize(needed);
      }
      visit_type(x.type, [&](auto zero) {
        using T = decltype(zero);
        if constexpr (!std::is_floating_point_v<T>) {
          count(x.as<T>(), x.n, range.low, range.size(), tables, counts_.data());
        }
      });
      OrderStatistics result;
      result.n = x.n;
      result.cumulative = counts_.data();
      result.base = range.low;
      result.range = range.size();
      return result;
    }
  }
  if (otherwise == Otherwise::kNothing) {
    return {};
  }
  sorted_.reset(SampleType::kFloat64, x.n);
  auto* values = sorted_.as<double>();
  visit_type(x.type, [&](auto zero) {
    const auto* from = x.as<decltype(zero)>();
    // Adding zero makes -0 into 0: the two are equal, and a sort may leave them in any order.
    std::transform(from, from + x.n, values, [](auto value) { return static_cast<double>(value) + 0.0; });
  });
  sort(kernels.sort, sorter, values, x.n);
  return sorted_view(sorted_);
}

OrderStatistics OrderStatisticsMaker::make_absolute(const Kernels& kernels, const OrderStatistics& x) {
  if (x.sorted == nullptr) {
    const auto range = stages::absolute_range({x.base, x.base + x.range - 1});
    if (counts_.size() < static_cast<std::size_t>(range.size())) {
      counts_.resize(static_cast<std::size_t>(range.size()));
    }
    return kernels.count.absolute(x, counts_.data());
  }
  sorted_.reset(SampleType::kFloat64, x.n);
  auto* out = sorted_.as<double>();
  // The negative samples, read backwards, and the others are both ascending in |x|.
  const double* right = std::lower_bound(x.sorted, x.sorted + x.n, 0.0);
  const double* left = right;
  const double* end = x.sorted + x.n;
  while (left != x.sorted || right != end) {
    const bool take_left = left != x.sorted && (right == end || -left[-1] <= *right);
    *out++ = take_left ? -*--left : *right++;
  }
  return sorted_view(sorted_);
}

}  // namespace pumice::cpu
