/// Derived signals: what `channel|abs` and `channel|diff` hold.
///
/// |x| is taken of the valid samples and of the time axis alike and keeps their type. The difference is one of
/// neighbours in time, so it is taken of the time axis (gaps filled by the policy) and serves as both views; it is one
/// sample shorter. A Welch block of it is left out where raw samples [first + 1, first + 1 + count) miss too many.
#pragma once

#include <cstdint>
#include <type_traits>

#include "pumice/feature.hpp"
#include "pumice/host_device.hpp"
#include "pumice/samples.hpp"

namespace pumice::stages {

/// Type of the difference of samples of type T: the smallest that holds it exactly, within kInt32's magnitude.
template <class T>
using DifferenceOf = std::conditional_t<std::is_same_v<T, std::int16_t>, std::int32_t, double>;

/// How a derived signal of a signal of `type` is held.
[[nodiscard]] PUMICE_HD constexpr SampleType derived_type(Derivation derivation, SampleType type) {
  if (derivation != Derivation::kDiff) {
    return type;
  }
  return type == SampleType::kInt16 ? SampleType::kInt32 : SampleType::kFloat64;
}

/// Samples of a derived signal of one of n samples.
[[nodiscard]] PUMICE_HD constexpr std::int64_t derived_length(Derivation derivation, std::int64_t n) {
  return derivation == Derivation::kDiff && n > 0 ? n - 1 : n;
}

/// |x|
template <class T>
[[nodiscard]] PUMICE_HD constexpr T absolute(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return x < 0 ? -x : x + T{0};
  } else {
    return static_cast<T>(x < 0 ? -x : x);
  }
}

/// x[i + 1] - x[i], i in [0, n - 1).
template <class T>
[[nodiscard]] PUMICE_HD constexpr DifferenceOf<T> difference(const T* x, std::int64_t i) {
  using D = DifferenceOf<T>;
  return static_cast<D>(x[i + 1]) - static_cast<D>(x[i]);
}

}  // namespace pumice::stages
