/// Linear filling of gaps in a time axis.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "pumice/host_device.hpp"
#include "pumice/samples.hpp"

namespace pumice::stages {

/// True for what counts as missing in a column: its missing value, and where it holds decimals +-inf.
template <class T>
[[nodiscard]] PUMICE_HD bool is_gap(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return !(std::fabs(value) <= std::numeric_limits<T>::max());
  } else {
    return is_missing(value);
  }
}

/// The line through (first, left) and (last, right) at i, as numpy.interp computes it.
[[nodiscard]] PUMICE_HD inline double on_line(std::int64_t first, double left, std::int64_t last, double right,
                                              std::int64_t i) {
  const double slope = (right - left) / static_cast<double>(last - first);
  return slope * static_cast<double>(i - first) + left;
}

/// Fills gaps linearly between their neighbours; the ends are held. x: [n] with at least one sample -> out: [n] {x}.
template <class T>
PUMICE_HD void fill_gaps(const T* x, std::int64_t n, double* out) {
  constexpr std::int64_t kBlock = 64;
  std::int64_t last = -1;
  for (std::int64_t first = 0; first < n; first += kBlock) {
    const std::int64_t end = first + kBlock < n ? first + kBlock : n;
    int gaps = 0;
    for (std::int64_t i = first; i < end; ++i) {
      out[i] = static_cast<double>(x[i]);
      gaps += is_gap(x[i]) ? 1 : 0;
    }
    if (gaps == 0 && last == first - 1) {
      last = end - 1;
      continue;
    }
    for (std::int64_t i = first; i < end; ++i) {
      if (is_gap(x[i])) {
        continue;
      }
      for (std::int64_t k = last + 1; k < i; ++k) {
        out[k] = last < 0 ? out[i] : on_line(last, out[last], i, out[i], k);
      }
      last = i;
    }
  }
  for (std::int64_t k = last + 1; k < n; ++k) {
    out[k] = out[last];
  }
}

}  // namespace pumice::stages
