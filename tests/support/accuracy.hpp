/// How far a value may lie from another, by the feature's declared tolerance.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pumice/feature.hpp"

namespace pumice::testing {

/// Largest error that `tolerance` allows of a value near `expected`, computed in double precision. `scale` is the
/// natural scale of decimals, max|x|^k; `total` the power of the whole spectrum; `df` the width of a bin.
inline double allowed_error(Tolerance tolerance, double expected, double scale, double total, double df) {
  switch (tolerance) {
    case Tolerance::kExact:
      return 0;
    case Tolerance::kSample:
      return 1e-12 * std::max(std::fabs(expected), scale);
    case Tolerance::kStandardised:
      return 1e-12 * (std::fabs(expected) + 1);
    case Tolerance::kPower:
      return 1e-9 * (std::fabs(expected) + 1e-4 * total);
    case Tolerance::kLogPower:
      return 1e-9;
    case Tolerance::kShape:
      return 1e-9 * std::max(std::fabs(expected), 1e-3);
    case Tolerance::kBin:
      return 1e-9 * df;
  }
  return 0;
}

/// Both NaN, or as near as `error` allows.
inline ::testing::AssertionResult is_near(double value, double expected, double error) {
  if (std::isnan(expected) && std::isnan(value)) {
    return ::testing::AssertionSuccess();
  }
  if (std::fabs(value - expected) <= error) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure().operator<<(::testing::PrintToString(value) + " is not near " +
                                                  ::testing::PrintToString(expected))
         << ", error " << std::fabs(value - expected) << ", allowed " << error;
}

}  // namespace pumice::testing
