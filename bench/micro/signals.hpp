/// Signals that the benchmarks of stages share: ten minutes at 100 Hz.
#pragma once

#include <cstdint>
#include <vector>

#include "pumice/samples.hpp"
#include "support/samples.hpp"

namespace pumice::bench {

inline constexpr std::int64_t kSamples = 60001;
inline constexpr double kRate = 100;

/// Integers about as wide as a seismic channel's, or decimals.
template <class T>
const std::vector<T>& signal() {
  static const std::vector<T> x = test::noise<T>(kSamples, 1, 600);
  return x;
}

}  // namespace pumice::bench
