/// Loops that do what one reducing feature does, alone and as plainly as can be: what the features' shared pass is
/// measured against. The compiler may reorder their sums.
#pragma once

#include <cstdint>

namespace pumice::bench::plain {

template <class T>
double mean_absolute_deviation(const T* x, std::int64_t n, double mean);
template <class T>
double mean_abs_change(const T* x, std::int64_t n);
template <class T>
double zero_crossing_rate(const T* x, std::int64_t n);
template <class T>
double slope(const T* x, std::int64_t n);

}  // namespace pumice::bench::plain
