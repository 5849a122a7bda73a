#include "core/selftest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "pumice/catalogue.hpp"
#include "support/program.hpp"

namespace pumice {
namespace {

using ::testing::HasSubstr;
using testing::run_program;

/// A backend whose every value is a little too large.
class WrongBackend : public Backend {
 public:
  explicit WrongBackend(double error) : error_(error) {}
  [[nodiscard]] std::string name() const override { return "wrong"; }
  [[nodiscard]] std::string description() const override { return "wrong"; }
  [[nodiscard]] bool borrows_input() const override { return cpu_->borrows_input(); }
  [[nodiscard]] std::size_t bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const override {
    return cpu_->bytes_per_slot(plan, n, segments);
  }
  [[nodiscard]] std::unique_ptr<Slot> make_slot(const Plan& plan, std::int64_t n, int segments) override {
    return std::make_unique<WrongSlot>(cpu_->make_slot(plan, n, segments), error_);
  }

 private:
  class WrongSlot : public Slot {
   public:
    WrongSlot(std::unique_ptr<Slot> right, double error) : right_(std::move(right)), error_(error) {}
    bool add(const PreparedSegment& segment) override { return right_->add(segment); }
    [[nodiscard]] int size() const override { return right_->size(); }
    void submit() override { right_->submit(); }
    [[nodiscard]] std::span<const double> wait() override {
      const auto values = right_->wait();
      values_.assign(values.begin(), values.end());
      for (double& value : values_) {
        value += error_ * std::max(1.0, std::fabs(value));
      }
      return values_;
    }
    [[nodiscard]] StageSeconds seconds() const override { return right_->seconds(); }

   private:
    std::unique_ptr<Slot> right_;
    double error_;
    std::vector<double> values_;
  };

  std::unique_ptr<Backend> cpu_ = make_cpu_backend();
  double error_;
};

int examples_with_a_value() {
  int count = 0;
  for (const FeatureInfo& feature : catalogue()) {
    for (const ExampleInfo& example : feature.examples) {
      count += std::isnan(example.expected) ? 0 : 1;
    }
  }
  return count;
}

TEST(Selftest, PassesOnTheCpuWithEveryFeature) {
  const auto cpu = make_cpu_backend();
  const SelftestReport report = run_selftest(*cpu);
  for (const SelftestFailure& failure : report.failures) {
    ADD_FAILURE() << failure.feature << " " << failure.parameters << " of " << failure.signal << ": expected "
                  << failure.expected << ", got " << failure.got;
  }
  int features = 0;
  for (const SelftestFamily& family : report.families) {
    EXPECT_GT(family.passed, 0) << family.family;
    features += family.features;
  }
  EXPECT_EQ(features, static_cast<int>(catalogue().size()));
  EXPECT_GE(report.passed, 2 * examples_with_a_value());
}

TEST(Selftest, CatchesEveryValueThatIsALittleOff) {
  // Above every tolerance: 1e-5 of a value, 1e-5 / ln 10 of a logarithm.
  WrongBackend wrong(1e-3);
  const SelftestReport report = run_selftest(wrong);
  EXPECT_GE(report.failed, 2 * examples_with_a_value());
  EXPECT_EQ(static_cast<int>(report.failures.size()), report.failed);
}

TEST(Selftest, AllowsNoErrorWhereTheFeatureIsExact) {
  EXPECT_EQ(allowed_error(Tolerance::kExact, Precision::kFloat, 5, 100, 100), 0);
  EXPECT_EQ(allowed_error(Tolerance::kSample, Precision::kFloat, 5, 2, 0), 5e-12);
  EXPECT_NEAR(allowed_error(Tolerance::kLogPower, Precision::kFloat, 0, 1, 0), 1e-5 / std::log(10.0), 1e-9);
}

TEST(SelftestCommand, SaysWhatPassedOnWhichDevice) {
  const auto result = run_program("selftest --device cpu");
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("cpu: "));
  EXPECT_THAT(result.out, HasSubstr("statistics"));
  EXPECT_THAT(result.out, HasSubstr("examples passed"));
}

TEST(SelftestCommand, RefusesADeviceThatIsNone) { EXPECT_EQ(run_program("selftest --device abacus").exit_code, 2); }

}  // namespace
}  // namespace pumice
