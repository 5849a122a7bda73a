/// Every feature's closed-form examples, computed by a backend as a run computes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pumice/backend.hpp"
#include "pumice/feature.hpp"
#include "pumice/plan.hpp"
#include "pumice/samples.hpp"

namespace pumice {

/// A value that is not what its example says.
struct SelftestFailure {
  std::string_view feature;
  std::string parameters;  ///< "q=0.5"; empty where there are none
  std::string_view signal;
  SampleType type = SampleType::kFloat64;
  Precision precision = Precision::kFloat;
  double expected = 0;
  double got = 0;
  double allowed = 0;  ///< largest error that the feature's tolerance allows
};

struct SelftestFamily {
  std::string_view family;
  int features = 0;
  int passed = 0;
  int failed = 0;
};

struct SelftestReport {
  std::vector<SelftestFamily> families;  ///< in catalogue order
  std::vector<SelftestFailure> failures;
  int passed = 0;
  int failed = 0;
};

/// Computes each example with every sample type that holds its signal, in both precisions, and compares the result with
/// what it says, within the feature's tolerance. Throws what the backend throws.
[[nodiscard]] SelftestReport run_selftest(Backend& backend);

/// Largest error that `tolerance` allows of a value near `expected`. `scale`: max|x|^k, `power`: mean x^2.
[[nodiscard]] double allowed_error(Tolerance tolerance, Precision precision, double expected, double scale,
                                   double power);

}  // namespace pumice
