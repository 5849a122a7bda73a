/// The CUDA backend against the CPU's. Skipped with the reason where no GPU can be used; failed under
/// PUMICE_REQUIRE_GPU=1.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "cuda/compare.hpp"
#include "cuda/gpu_fixture.hpp"
#include "cuda/segments.hpp"
#include "pumice/backend.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

using test::ChannelShape;
using test::Columns;
using test::Gpu;
using test::same_bits;

/// Every type of samples, gaps, a dead channel and one that is wholly missing.
std::vector<ChannelShape> mixed_shapes() {
  return {ChannelShape{},
          ChannelShape{.gap_first = 40, .gap_length = 25},
          ChannelShape{.type = SampleType::kInt32, .amplitude = 5000, .offset = -70000},
          ChannelShape{.type = SampleType::kInt32, .amplitude = 3e6},
          ChannelShape{.type = SampleType::kFloat64, .amplitude = 1.5, .gap_first = 3, .gap_length = 1},
          ChannelShape{.type = SampleType::kFloat64, .amplitude = 1e-3, .offset = 1e4},
          ChannelShape{.type = SampleType::kFloat64, .amplitude = 1e-22},
          ChannelShape{.type = SampleType::kFloat64, .amplitude = 1e30},
          ChannelShape{.amplitude = 0, .offset = 7},
          ChannelShape{.type = SampleType::kFloat64, .amplitude = 0, .offset = 0.1},
          ChannelShape{.gap_first = 0, .gap_length = 1000000}};
}

std::vector<Columns> mixed_segments(const std::vector<std::int64_t>& lengths) {
  std::vector<Columns> segments;
  std::uint64_t seed = 1;
  for (const std::int64_t n : lengths) {
    segments.emplace_back(mixed_shapes(), n, seed++);
  }
  return segments;
}

/// Sizes round a team's lanes, a prime, nperseg and the INGV segment.
const std::vector<std::int64_t> kLengths{1, 2, 31, 128, 129, 700, 1009, 1024, 1536, 60001};

TEST_F(Gpu, SaysWhatItIs) {
  EXPECT_EQ(gpu_->name(), "cuda:0");
  EXPECT_NE(gpu_->description().find("CUDA"), std::string::npos) << gpu_->description();
  EXPECT_FALSE(gpu_->borrows_input());
}

TEST_F(Gpu, IsListedAsUsable) {
  const auto devices = list_devices();
  ASSERT_GE(devices.size(), 2U);
  EXPECT_EQ(devices[1].name, "cuda:0");
  EXPECT_TRUE(devices[1].usable) << devices[1].reason;
}

TEST_F(Gpu, IsChosenWhereThereIsEnoughWork) {
  EXPECT_EQ(choose_backends({}, {.cpu_seconds = 100}).name(), "cuda:0");
  EXPECT_EQ(choose_backends({}, {.cpu_seconds = 0.1}).name(), "cpu");
}

TEST_F(Gpu, RefusesADeviceThatIsNotThere) {
  EXPECT_THROW(static_cast<void>(make_cuda_backend(1000)), UnavailableError);
}

class GpuPolicy : public Gpu, public testing::WithParamInterface<MissingPolicy> {};

TEST_P(GpuPolicy, AgreesWithTheCpuOnTheCoreSet) {
  const Plan plan = test::plan_of({"core", "strikes", "trend"}, mixed_shapes().size(), GetParam());
  const auto segments = mixed_segments(kLengths);
  test::expect_agreement(plan, segments, on_cpu(plan, segments), on_gpu(plan, segments, 60001, 4), "core");
}

INSTANTIATE_TEST_SUITE_P(Policies, GpuPolicy,
                         testing::Values(MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                         MissingPolicy::kInterpolate, MissingPolicy::kNan),
                         [](const auto& test) { return std::string(to_text(test.param)); });

class GpuStage : public Gpu, public testing::WithParamInterface<const char*> {};

TEST_P(GpuStage, AgreesWithTheCpuAlone) {
  const Plan plan = test::plan_of({GetParam()}, mixed_shapes().size());
  const auto segments = mixed_segments({5, 500, 5000});
  test::expect_agreement(plan, segments, on_cpu(plan, segments), on_gpu(plan, segments, 5000, 3), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Families, GpuStage,
                         testing::Values("quality", "statistics", "quantiles", "time_axis", "spectral_bands",
                                         "spectral_shape", "strikes", "trend"),
                         [](const auto& test) { return std::string(test.param); });

TEST_F(Gpu, AgreesWithTheCpuInDoublePrecision) {
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size(), MissingPolicy::kInterpolate, Precision::kDouble);
  const auto segments = mixed_segments({129, 1024, 6000});
  test::expect_agreement(plan, segments, on_cpu(plan, segments), on_gpu(plan, segments, 6000, 2), "double");
}

TEST_F(Gpu, AgreesWithTheCpuOnDerivedChannels) {
  const std::vector<std::string> features{
      "sensor_1|abs__mean",     "sensor_1|diff__median",        "sensor_2|diff__kurtosis",        "sensor_2|abs__slope",
      "sensor_3|diff__maximum", "sensor_5|abs__peak_frequency", "sensor_5|diff__quantile__q_0.95"};
  const Plan plan = test::plan_of(features, mixed_shapes().size());
  const auto segments = mixed_segments({1, 2, 130, 3000});
  test::expect_agreement(plan, segments, on_cpu(plan, segments), on_gpu(plan, segments, 3000, 4), "derived");
}

TEST_F(Gpu, GivesTheSameBitsWhateverTheBatch) {
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size());
  const auto segments = mixed_segments({60001, 300, 60001, 2048, 60001, 300, 1, 5000, 60001});
  const auto one = on_gpu(plan, segments, 60001, 1);
  EXPECT_TRUE(same_bits(one, on_gpu(plan, segments, 60001, 7)));
  EXPECT_TRUE(same_bits(one, on_gpu(plan, segments, 60001, 64)));
}

TEST_F(Gpu, GivesTheSameBitsTwice) {
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size());
  const auto segments = mixed_segments({60001, 60001, 4097});
  EXPECT_TRUE(same_bits(on_gpu(plan, segments, 60001, 3), on_gpu(plan, segments, 60001, 3)));
}

TEST_F(Gpu, TakesASegmentLargerThanItsSlot) {
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size());
  const auto segments = mixed_segments({200, 200000, 200, 400000});
  test::expect_agreement(plan, segments, on_cpu(plan, segments), on_gpu(plan, segments, 200, 2), "oversized");
}

TEST_F(Gpu, CountsTheFullRangeOfInt16) {
  const std::vector<ChannelShape> shapes(3, ChannelShape{.amplitude = 14800});
  const Plan plan = test::plan_of({"quantile", "median", "median_absolute_deviation"}, shapes.size());
  std::vector<Columns> segments;
  segments.emplace_back(shapes, 60001, 17);
  test::expect_agreement(plan, segments, on_cpu(plan, segments), on_gpu(plan, segments, 60001, 1), "full range");
}

/// With the shared memory that a card without an opt-in for more has, as on one that has it: differences and absolutes
/// have tables of their own.
TEST_F(Gpu, CountsInAsManyPassesAsSharedMemoryTakes) {
  const auto small = make_cuda_backend(0, {}, {.faults = {.counter_bytes = 65536}});
  const std::vector<ChannelShape> shapes{ChannelShape{.amplitude = 14800}, ChannelShape{.amplitude = 7000},
                                         ChannelShape{.amplitude = 40}};
  const Plan plan = test::plan_of({"quantiles", "|diff__quantiles", "|abs__quantiles"}, shapes.size());
  std::vector<Columns> segments;
  segments.emplace_back(shapes, 60001, 17);
  segments.emplace_back(shapes, 700, 18);
  const auto values = test::values_in_batches(*small, plan, segments, 60001, 2);
  test::expect_agreement(plan, segments, on_cpu(plan, segments), values, "passes");
  EXPECT_TRUE(same_bits(values, on_gpu(plan, segments, 60001, 2)));
}

TEST_F(Gpu, UsesTwoSlotsAtOnce) {
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size());
  const auto segments = mixed_segments({30000, 20000});
  Preparer preparer;
  const auto first = gpu_->make_slot(plan, 30000, 1);
  const auto second = gpu_->make_slot(plan, 30000, 1);
  ASSERT_TRUE(first->add(preparer.prepare(plan, segments[0].views())));
  first->submit();
  ASSERT_TRUE(second->add(preparer.prepare(plan, segments[1].views())));
  second->submit();
  const auto of_first = first->wait();
  const auto of_second = second->wait();
  std::vector<double> values(of_first.begin(), of_first.end());
  values.insert(values.end(), of_second.begin(), of_second.end());
  EXPECT_TRUE(same_bits(values, on_gpu(plan, segments, 30000, 1)));
  EXPECT_GT(first->seconds().welch, 0);
  EXPECT_GT(first->seconds().upload, 0);
}

TEST_F(Gpu, WaitsForNothingWhereNothingWasAdded) {
  const Plan plan = test::plan_of({"basic"}, 1);
  const auto slot = gpu_->make_slot(plan, 100, 1);
  slot->submit();
  EXPECT_TRUE(slot->wait().empty());
  EXPECT_EQ(slot->size(), 0);
}

TEST_F(Gpu, IsFilledByManyThreadsAtOnce) {
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size());
  const auto segments = mixed_segments({3000, 900, 2100, 3000, 1500, 700, 2400, 3000});
  const auto expected = on_gpu(plan, segments, 6000, 8);
  const auto slot = gpu_->make_slot(plan, 6000, 8);
  std::vector<std::size_t> places(segments.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t s = 0; s < segments.size(); ++s) {
      threads.emplace_back([&, s] {
        Preparer preparer;
        SlotPlace place;
        ASSERT_TRUE(slot->reserve(preparer.prepare(plan, segments[s].views()), place));
        place.fill();
        places[s] = static_cast<std::size_t>(place.index);
      });
    }
  }
  slot->submit();
  const std::span<const double> values = slot->wait();
  const auto width = static_cast<std::size_t>(plan.n_values);
  ASSERT_EQ(values.size(), width * segments.size());
  for (std::size_t s = 0; s < segments.size(); ++s) {
    EXPECT_EQ(std::memcmp(&values[places[s] * width], &expected[s * width], width * sizeof(double)), 0) << s;
  }
}

TEST_F(Gpu, SaysHowMuchMemoryASlotTakes) {
  const Plan plan = test::plan_of({"core"}, 10);
  const std::size_t one = gpu_->bytes_per_slot(plan, 60001, 1);
  EXPECT_GT(one, std::size_t{10} * 60001 * 2) << "the columns on the host";
  EXPECT_GT(gpu_->bytes_per_slot(plan, 60001, 8), one);
}

TEST_F(Gpu, TakesTheRingThatFitsIntoItsMemory) {
  const Plan plan = test::plan_of({"core"}, 10);
  EXPECT_EQ(gpu_->fitting_ring(plan, 60001, {2, 8}), (RingSize{2, 8}));
  const auto small = make_cuda_backend(0, {}, {.gpu_bytes = std::int64_t{512} << 20});
  const RingSize fitting = small->fitting_ring(plan, 60001, {8, 64});
  EXPECT_LT(fitting.segments, 64);
  EXPECT_GE(fitting.segments, 1);
  EXPECT_LE(fitting.slots, 4);
  EXPECT_GE(fitting.slots, 1);
  const auto little_pinned = make_cuda_backend(0, {}, {.pinned_bytes = std::int64_t{64} << 20});
  EXPECT_LT(little_pinned->fitting_ring(plan, 60001, {4, 64}).segments, 64);
}

TEST_F(Gpu, KeepsItsSegmentsForAnotherBackend) {
  const Plan plan = test::plan_of({"core", "strikes", "trend"}, mixed_shapes().size());
  const auto segments = mixed_segments({3000, 900});
  Preparer preparer;
  const auto slot = gpu_->make_slot(plan, 3000, 2);
  for (const Columns& columns : segments) {
    ASSERT_TRUE(slot->add(preparer.prepare(plan, columns.views())));
  }
  slot->submit();
  static_cast<void>(slot->wait());
  const auto kept = slot->kept();
  ASSERT_EQ(kept.size(), 2U);
  std::vector<double> values;
  for (const PreparedSegment& segment : kept) {
    test::append_values(*cpu_, plan, segment, values);
  }
  EXPECT_TRUE(same_bits(values, on_cpu(plan, segments)));
}

TEST_F(Gpu, GivesTheSameBitsWithoutPinnedMemoryAndSaysSo) {
  const auto pageable = make_cuda_backend(0, {}, {.faults = {.refuses_pinned = true}});
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size());
  const auto segments = mixed_segments({30000, 4097});
  EXPECT_TRUE(
      same_bits(test::values_in_batches(*pageable, plan, segments, 30000, 2), on_gpu(plan, segments, 30000, 2)));
  const auto notices = pageable->take_notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices[0].find("host memory, not the GPU's"), std::string::npos) << notices[0];
}

TEST_F(Gpu, FindsNoMemoryWhereThatIsInjected) {
  const auto faulty = make_cuda_backend(0, {}, {.faults = {.largest_batch = 4}});
  const Plan plan = test::plan_of({"basic"}, 2);
  EXPECT_NO_THROW(static_cast<void>(faulty->make_slot(plan, 1000, 4)));
  EXPECT_THROW(static_cast<void>(faulty->make_slot(plan, 1000, 5)), CudaError);
}

TEST_F(Gpu, IsUsableAfterAnErrorThatIsNotFatal) {
  const auto faulty = make_cuda_backend(0, {}, {.faults = {.failing_batch = 0}});
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size());
  const auto segments = mixed_segments({4000});
  Preparer preparer;
  const auto slot = faulty->make_slot(plan, 4000, 1);
  ASSERT_TRUE(slot->add(preparer.prepare(plan, segments[0].views())));
  try {
    slot->submit();
    ADD_FAILURE() << "nothing failed";
  } catch (const CudaError& error) {
    EXPECT_FALSE(error.fatal()) << error.what();
  }
  EXPECT_EQ(slot->size(), 0);
  EXPECT_EQ(slot->kept().size(), 1U);
  EXPECT_TRUE(same_bits(test::values_in_batches(*faulty, plan, segments, 4000, 1), on_gpu(plan, segments, 4000, 1)));
}

/// A process of its own: after the fault it has no CUDA any more.
void lose_the_gpu() {
  const auto faulty = make_cuda_backend(0, {}, {.faults = {.fatal_batch = 0}});
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size());
  const auto segments = mixed_segments({4000});
  Preparer preparer;
  const auto slot = faulty->make_slot(plan, 4000, 1);
  bool is_fatal = false;
  try {
    if (slot->add(preparer.prepare(plan, segments[0].views()))) {
      slot->submit();
      static_cast<void>(slot->wait());
    }
  } catch (const CudaError& error) {
    is_fatal = error.fatal();
  }
  bool is_unavailable = false;
  try {
    static_cast<void>(make_cuda_backend(0));
  } catch (const Error&) {
    is_unavailable = true;
  }
  // What was kept is still to be read.
  const auto kept = slot->kept();
  const auto cpu = make_cpu_backend();
  std::vector<double> values;
  if (kept.size() == 1) {
    test::append_values(*cpu, plan, kept[0], values);
  }
  std::vector<double> expected;
  test::append_values(*cpu, plan, segments[0], expected);
  const bool is_computed = !values.empty() && same_bits(values, expected);
  std::_Exit(is_fatal && is_unavailable && is_computed ? 0 : 1);
}

TEST_F(Gpu, IsLostForTheProcessWithAFatalErrorButItsSegmentsAreNot) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(lose_the_gpu(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace pumice
