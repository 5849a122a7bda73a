/// Order statistics on the CPU: counted where the samples are integers of a narrow range, sorted where they are not.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/kernels.hpp"
#include "hwy/contrib/sort/vqsort.h"
#include "pumice/samples.hpp"
#include "pumice/views.hpp"

namespace pumice::cpu {

/// Makes the order statistics of one signal at a time and holds them until the next. Nothing is allocated once it has
/// grown.
class OrderStatisticsMaker {
 public:
  /// What becomes of samples that are not counted. Moments are read off counts, and not off sorted samples.
  enum class Otherwise : std::uint8_t { kSort, kNothing };
  /// Of samples of any type, none missing. `range`: that no integer sample lies outside of, or an empty one.
  [[nodiscard]] OrderStatistics make(const Kernels& kernels, const hwy::Sorter& sorter, const ColumnView& x,
                                     stages::ValueRange range = {}, Otherwise otherwise = Otherwise::kSort);
  /// Of |x|, from the order statistics of x.
  [[nodiscard]] OrderStatistics make_absolute(const Kernels& kernels, const OrderStatistics& x);

 private:
  std::vector<std::uint32_t> counts_;
  ColumnBuffer sorted_;
};

}  // namespace pumice::cpu
