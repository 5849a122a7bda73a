#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "cpu/cpu_backend.hpp"
#include "cpu/kernels.hpp"
#include "hwy/targets.h"
#include "pumice/catalogue.hpp"
#include "support/samples.hpp"
#include "support/slow.hpp"
#include "support/targets.hpp"

namespace pumice {
namespace {

/// Every feature of the catalogue, of every signal.
Plan everything(MissingPolicy missing, Precision precision, int nperseg = 1024) {
  PlanRequest request;
  request.channels = {"small", "wide", "decimal"};
  request.features.clear();
  for (const FeatureInfo& feature : catalogue()) {
    request.features.emplace_back(feature.spec.name);
  }
  request.missing = missing;
  request.precision = precision;
  request.sample_rate = 100;
  request.welch.nperseg = nperseg;
  request.welch.overlap = nperseg / 2;
  Plan plan = make_plan(request);
  // Each channel's calls once more on |x| and on the differences, whatever the catalogue's own derivations are.
  const std::vector<SignalPlan> signals = plan.signals;
  for (const SignalPlan& signal : signals) {
    for (const Derivation derivation : {Derivation::kAbs, Derivation::kDiff}) {
      if (signal.derivation == Derivation::kNone) {
        SignalPlan derived = signal;
        derived.derivation = derivation;
        for (FeatureCall& call : derived.calls) {
          const int outputs = catalogue()[static_cast<std::size_t>(call.feature)].output_count();
          call.first_value = plan.n_values;
          plan.n_values += outputs;
        }
        plan.signals.push_back(derived);
      }
    }
  }
  return plan;
}

struct Recording {
  std::vector<std::int16_t> small;
  std::vector<std::int32_t> wide;
  std::vector<double> decimal;
  [[nodiscard]] std::vector<ColumnView> columns() const {
    return {test::view_of(small), test::view_of(wide), test::view_of(decimal)};
  }
};

Recording make_recording(std::int64_t n, double missing) {
  Recording recording{test::noise<std::int16_t>(n, 1, 300), test::noise<std::int32_t>(n, 2, 2e5, 1e6),
                      test::noise<double>(n, 3, 2.5, 1e3)};
  if (missing > 0) {
    test::cut_gaps(recording.small, 4, missing);
    test::cut_gaps(recording.wide, 5, missing);
    test::cut_gaps(recording.decimal, 6, missing);
  }
  return recording;
}

std::vector<double> run(Backend& backend, const Plan& plan, const Recording& recording) {
  const std::vector<ColumnView> columns = recording.columns();
  Preparer preparer;
  const auto slot = backend.make_slot(plan, columns[0].n, 1);
  EXPECT_TRUE(slot->add(preparer.prepare(plan, columns)));
  slot->submit();
  const auto values = slot->wait();
  return {values.begin(), values.end()};
}

/// The plan's values must be the expected ones: to the bit where no spectrum is in them, else to `relative`.
void expect_values(const Plan& plan, const std::vector<double>& values, const std::vector<double>& expected,
                   double relative = 1e-9) {
  for (const SignalPlan& signal : plan.signals) {
    for (const FeatureCall& call : signal.calls) {
      const FeatureInfo& feature = catalogue()[static_cast<std::size_t>(call.feature)];
      for (int k = 0; k < feature.output_count(); ++k) {
        const double value = values[static_cast<std::size_t>(call.first_value + k)];
        const double wanted = expected[static_cast<std::size_t>(call.first_value + k)];
        SCOPED_TRACE(testing::Message() << plan.channels[static_cast<std::size_t>(signal.channel)] << '|'
                                        << derivation_name(signal.derivation) << "__" << feature.spec.name << " ("
                                        << call.params[0] << ", " << call.params[1] << ")");
        ASSERT_EQ(std::isnan(value), std::isnan(wanted)) << value << " instead of " << wanted;
        if (call.welch >= 0 && !std::isnan(wanted)) {
          ASSERT_NEAR(value, wanted, relative * std::fabs(wanted) + 1e-4 * relative);
        } else if (!std::isnan(wanted)) {
          ASSERT_EQ(value, wanted);
        }
      }
    }
  }
}

class CpuBackendUnderPolicy : public testing::TestWithParam<MissingPolicy> {};

TEST_P(CpuBackendUnderPolicy, ComputesWhatTheSlowStagesDo) {
  const Plan plan = everything(GetParam(), Precision::kDouble, 128);
  for (const double missing : {0.0, 0.05, 0.4, 1.0}) {
    SCOPED_TRACE(testing::Message() << missing << " missing");
    const Recording recording = make_recording(1500, missing);
    expect_values(plan, run(*make_cpu_backend(), plan, recording), test::slow_values(plan, recording.columns()));
  }
}

INSTANTIATE_TEST_SUITE_P(EveryPolicy, CpuBackendUnderPolicy,
                         testing::Values(MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                         MissingPolicy::kInterpolate, MissingPolicy::kNan),
                         [](const auto& policy) { return std::string(to_text(policy.param)); });

TEST(CpuBackend, TakesSegmentsOfAnyLength) {
  const Plan plan = everything(MissingPolicy::kSkip, Precision::kDouble, 256);
  for (const std::int64_t n : {0, 1, 2, 3, 5, 31, 128, 129, 200, 257, 700}) {
    SCOPED_TRACE(testing::Message() << n << " samples");
    const Recording recording = make_recording(n, 0);
    expect_values(plan, run(*make_cpu_backend(), plan, recording), test::slow_values(plan, recording.columns()));
  }
}

/// True where the target's multiplications and additions are fused: all such targets give the same spectra.
bool is_fused(std::int64_t target) { return (target & (HWY_AVX2 | HWY_AVX3 | HWY_NEON)) != 0; }

TEST(CpuBackend, GivesTheSameBitsOnEveryTarget) {
  const Recording recording = make_recording(20011, 0.05);
  const std::int64_t usable = cpu::usable_targets();
  for (const Precision precision : {Precision::kFloat, Precision::kDouble}) {
    for (const int nperseg : {1024, 100}) {
      const Plan plan = everything(MissingPolicy::kSkip, precision, nperseg);
      const std::vector<double> best = run(*make_cpu_backend(), plan, recording);
      const bool best_is_fused = is_fused(cpu::reduce_kernels(usable).target);
      const std::vector<std::int64_t> targets = test::single_targets(usable);
      for (const std::int64_t target : targets) {
        EXPECT_EQ(cpu::reduce_kernels(target).target, target);
        const std::vector<double> values = run(*cpu::make_backend(target), plan, recording);
        SCOPED_TRACE(testing::Message() << "target " << target);
        expect_values(plan, values, best, precision == Precision::kDouble ? 1e-9 : 1e-5);
        for (std::size_t v = 0; v < values.size() && is_fused(target) == best_is_fused; ++v) {
          ASSERT_EQ(std::bit_cast<std::uint64_t>(values[v]), std::bit_cast<std::uint64_t>(best[v]))
              << "value " << v << " on target " << target << ": " << values[v] << " and " << best[v];
        }
      }
      EXPECT_GE(targets.size(), 1U);
      RecordProperty("targets", static_cast<int>(targets.size()));
    }
  }
}

TEST(CpuBackend, KeepsEverySegmentOfABatchApart) {
  const Plan plan = everything(MissingPolicy::kZero, Precision::kFloat, 64);
  const auto backend = make_cpu_backend();
  const Recording recordings[] = {make_recording(900, 0), make_recording(500, 0.2), make_recording(64, 0)};
  Preparer preparers[3];
  std::vector<std::vector<ColumnView>> columns;
  const auto slot = backend->make_slot(plan, 900, 3);
  for (int s = 0; s < 3; ++s) {
    columns.push_back(recordings[s].columns());
    ASSERT_TRUE(slot->add(preparers[s].prepare(plan, columns.back())));
  }
  EXPECT_FALSE(slot->add(PreparedSegment{}));
  EXPECT_EQ(slot->size(), 3);
  slot->submit();
  const auto values = slot->wait();
  EXPECT_EQ(slot->size(), 0);
  ASSERT_EQ(values.size(), 3U * static_cast<std::size_t>(plan.n_values));
  for (int s = 0; s < 3; ++s) {
    const std::vector<double> alone = run(*backend, plan, recordings[s]);
    for (int v = 0; v < plan.n_values; ++v) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(values[static_cast<std::size_t>(s * plan.n_values + v)]),
                std::bit_cast<std::uint64_t>(alone[static_cast<std::size_t>(v)]));
    }
  }
}

TEST(CpuBackend, SaysWhatItIs) {
  const auto backend = make_cpu_backend();
  EXPECT_EQ(backend->name(), "cpu");
  EXPECT_TRUE(backend->borrows_input());
  EXPECT_NE(backend->description().find(simd_target()), std::string::npos) << backend->description();
  const Plan plan = everything(MissingPolicy::kSkip, Precision::kFloat);
  EXPECT_GT(backend->bytes_per_slot(plan, 60001, 2), backend->bytes_per_slot(plan, 60001, 1));
}

}  // namespace
}  // namespace pumice
