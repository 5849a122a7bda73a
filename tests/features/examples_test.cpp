// Every feature's closed-form examples.

#include <gtest/gtest.h>

#include <set>

#include "core/example_signal.hpp"
#include "features/all.hpp"
#include "support/accuracy.hpp"
#include "support/reference_signal.hpp"

namespace pumice {
namespace {

using testing::allowed_error;
using testing::evaluate_serially;
using testing::is_near;
using testing::ReferenceSignal;

TEST(Examples, HoldForEveryFeature) {
  int examples = 0;
  features::Catalogue::for_each([&]<class F>() {
    for (const auto& example : F::examples) {
      SCOPED_TRACE(std::string(F::spec.name) + " of " + std::string(example.signal));
      const ExampleSignal signal = parse_example_signal(example.signal);
      const ReferenceSignal reference(signal.samples, signal.sample_rate);
      const auto values = evaluate_serially<F>(reference, reinterpret_cast<const double*>(&example.params));
      const double power = reference.view().welch.total * reference.view().welch.df;
      EXPECT_TRUE(is_near(values[0], example.expected,
                          allowed_error(F::spec.tolerance, example.expected, 0, power, reference.view().welch.df)));
      ++examples;
    }
  });
  EXPECT_GE(examples, 2 * features::Catalogue::kSize);
}

TEST(Examples, OfEveryFeatureHaveAtLeastTwoValues) {
  features::Catalogue::for_each([&]<class F>() {
    std::set<double> values;
    int with_value = 0;
    for (const auto& example : F::examples) {
      with_value += std::isnan(example.expected) ? 0 : 1;
    }
    EXPECT_GE(with_value, 2) << F::spec.name;
  });
}

}  // namespace
}  // namespace pumice
