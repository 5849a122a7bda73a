/// Slots of the CUDA backend, on a device that is the host: their values, and what they take and refuse.
#include "slot.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cuda/slot_fixture.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

using test::ChannelShape;
using test::Columns;
using test::CudaSlots;
using test::same_bits;
using test::SlotFiller;
using test::Way;

/// Every type of samples, gaps, a dead channel and one that is wholly missing.
std::vector<ChannelShape> mixed_shapes() {
  std::vector<ChannelShape> shapes = test::text_shapes();
  shapes.push_back({.type = SampleType::kInt32, .amplitude = 3e6});
  shapes.push_back({.type = SampleType::kFloat64, .amplitude = 1e-3, .offset = 1e4});
  shapes.push_back({.type = SampleType::kFloat64, .amplitude = 1e30});
  return shapes;
}

class CudaSlotPolicies : public CudaSlots, public testing::WithParamInterface<MissingPolicy> {
 protected:
  /// Values of segments that all come the same way, unless some are refused: those come as columns.
  std::vector<double> values_by(const Plan& plan, const std::vector<Columns>& segments, const std::vector<Way>& ways,
                                int batch) {
    const auto slot = gpu_.make_slot(plan, 1600, batch);
    SlotFiller filler(*slot, plan);
    std::vector<double> values;
    std::vector<std::size_t> added;
    const auto flush = [&] {
      const std::vector<double> rows = filler.run();
      values.insert(values.end(), rows.begin(), rows.end());
      for (std::size_t i = 0; i < added.size(); ++i) {
        const TextResult result = slot->text_result(static_cast<int>(i));
        const bool is_parsed = ways[added[i] % ways.size()] != Way::kColumns;
        EXPECT_EQ(result.taken, is_parsed);
        EXPECT_EQ(result.n, is_parsed ? segments[added[i]].n() : 0);
      }
      added.clear();
    };
    for (std::size_t s = 0; s < segments.size(); ++s) {
      const Way way = ways[s % ways.size()];
      int place = filler.add(segments[s], way);
      if (place < 0) {
        flush();
        place = filler.add(segments[s], way);
      }
      EXPECT_EQ(place, static_cast<int>(added.size()));
      added.push_back(s);
    }
    flush();
    return values;
  }
};

TEST_P(CudaSlotPolicies, GiveTheValuesOfTheCpuWhateverTheBatch) {
  const Plan plan =
      test::plan_of({"core", "strikes", "|diff__statistics", "|abs__trend"}, mixed_shapes().size(), GetParam());
  const auto segments = test::segments_of(mixed_shapes(), {700, 1, 1536, 2, 129, 1600});
  const std::vector<double> alone = values_by(plan, segments, {Way::kColumns}, 1);
  test::expect_agreement(plan, segments, on_cpu(plan, segments), alone, "columns");
  test::make_fake_cuda_late(1);
  EXPECT_TRUE(same_bits(values_by(plan, segments, {Way::kColumns}, 4), alone));
}

TEST_P(CudaSlotPolicies, GiveTheBitsOfColumnsWhicheverWaySegmentsCome) {
  const auto shapes = test::text_shapes();
  const Plan plan = test::plan_of({"core", "|diff__statistics", "|abs__trend"}, shapes.size(), GetParam());
  const auto segments = test::segments_of(shapes, {1600, 700, 3, 1536, 129, 1, 1024});
  const std::vector<double> columns = values_by(plan, segments, {Way::kColumns}, 3);
  test::expect_agreement(plan, segments, on_cpu(plan, segments), columns, "columns");
  for (const bool is_late : {false, true}) {
    if (is_late) {
      test::make_fake_cuda_late(2);
    }
    for (const std::vector<Way>& ways : std::vector<std::vector<Way>>{{Way::kText},
                                                                      {Way::kResident},
                                                                      {Way::kText, Way::kColumns, Way::kText},
                                                                      {Way::kColumns, Way::kResident}}) {
      EXPECT_TRUE(same_bits(values_by(plan, segments, ways, is_late ? 5 : 2), columns))
          << static_cast<int>(ways.front()) << " of " << ways.size() << (is_late ? " late" : "");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, CudaSlotPolicies,
                         testing::Values(MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                         MissingPolicy::kInterpolate, MissingPolicy::kNan),
                         [](const auto& test) { return std::string(to_text(test.param)); });

TEST_F(CudaSlots, AgreeWithTheCpuInDoublePrecision) {
  const Plan plan = test::plan_of({"core"}, mixed_shapes().size(), MissingPolicy::kInterpolate, Precision::kDouble);
  const auto segments = test::segments_of(mixed_shapes(), {129, 1024, 3000});
  test::expect_agreement(plan, segments, on_cpu(plan, segments), on_gpu(plan, segments, 3000, 2), "double");
}

TEST_F(CudaSlots, AreOfABackendThatSaysWhatItIs) {
  EXPECT_EQ(gpu_.name(), "cuda:0");
  EXPECT_EQ(gpu_.description(), "a fake GPU");
  EXPECT_FALSE(gpu_.borrows_input());
  gpu_.begin_range("nothing");
  gpu_.end_range();
}

/// Of integers, as columns and as texts.
TEST_F(CudaSlots, OfARingThatFitsTakeWhatTheyWereGivenAtMost) {
  constexpr std::int64_t kBytes = INT64_C(96) << 20;
  constexpr std::int64_t kLength = 2000;
  const std::vector<ChannelShape> shapes(6);
  const Plan plan = test::plan_of({"core"}, shapes.size());
  EXPECT_EQ(gpu_.fitting_ring(plan, kLength, {2, 8}), (RingSize{2, 8}));
  cuda::CudaBackend small(0, {.gpu_bytes = kBytes, .pinned_bytes = INT64_C(1) << 30});
  const RingSize ring = small.fitting_ring(plan, kLength, {8, 64});
  EXPECT_LT(ring.segments, 64);
  EXPECT_GT(ring.segments, 1);
  const auto segments = test::segments_of(shapes, {kLength});
  std::vector<std::unique_ptr<Slot>> slots;
  for (int s = 0; s < ring.slots; ++s) {
    SlotFiller filler(*slots.emplace_back(small.make_slot(plan, kLength, ring.segments)), plan);
    for (const Way way : {Way::kText, Way::kColumns}) {
      int added = 0;
      while (filler.add(segments[0], way) == added) {
        ++added;
      }
      EXPECT_EQ(added, ring.segments);
      EXPECT_EQ(filler.run().size(), static_cast<std::size_t>(added) * static_cast<std::size_t>(plan.n_values));
    }
  }
  EXPECT_LE(test::fake_cuda_allocated_bytes(), static_cast<std::size_t>(kBytes));
}

TEST_F(CudaSlots, ComputeNothingWhereNothingWasAdded) {
  const Plan plan = test::plan_of({"basic"}, 1);
  const auto slot = gpu_.make_slot(plan, 100, 1);
  slot->submit();
  EXPECT_FALSE(slot->advance());
  EXPECT_TRUE(slot->wait().empty());
  EXPECT_EQ(slot->size(), 0);
  EXPECT_TRUE(slot->kept().empty());
}

TEST_F(CudaSlots, RefuseWhatIsMoreThanTheyHold) {
  const auto shapes = test::text_shapes();
  const Plan plan = test::plan_of({"basic"}, shapes.size());
  const auto segments = test::segments_of(shapes, {500, 400, 300});
  const std::vector<double> expected = on_gpu(plan, segments, 500, 1);
  const auto slot = gpu_.make_slot(plan, 500, 2);
  SlotFiller filler(*slot, plan);
  EXPECT_EQ(filler.add(segments[0]), 0);
  const std::span<char> room = slot->text_room(100);
  EXPECT_FALSE(room.empty());
  for (const Way way : {Way::kColumns, Way::kText, Way::kResident}) {
    EXPECT_EQ(filler.add(segments[1], way), -1) << "an open room is a place";
  }
  slot->drop_text_room(room);
  EXPECT_EQ(filler.add(segments[1], Way::kText), 1);
  for (const Way way : {Way::kColumns, Way::kText, Way::kResident}) {
    EXPECT_EQ(filler.add(segments[2], way), -1) << "it is full";
  }
  EXPECT_EQ(slot->size(), 2);
  EXPECT_TRUE(same_bits(filler.run(), std::span(expected).first(2 * static_cast<std::size_t>(plan.n_values))));
  EXPECT_EQ(slot->size(), 0);
}

TEST_F(CudaSlots, TakeNothingWhileTheyCompute) {
  const auto shapes = test::text_shapes();
  const Plan plan = test::plan_of({"basic"}, shapes.size());
  const auto segments = test::segments_of(shapes, {500, 400});
  const std::vector<double> expected = on_gpu(plan, segments, 500, 1);
  test::make_fake_cuda_late(3);
  for (const Way first : {Way::kColumns, Way::kText, Way::kResident}) {
    const auto slot = gpu_.make_slot(plan, 500, 4);
    SlotFiller filler(*slot, plan);
    ASSERT_EQ(filler.add(segments[0], first), 0);
    slot->submit();
    for (const Way way : {Way::kColumns, Way::kText, Way::kResident}) {
      EXPECT_THROW(static_cast<void>(filler.add(segments[1], way)), Error);
    }
    EXPECT_EQ(slot->size(), 1);
    EXPECT_TRUE(same_bits(filler.run(), std::span(expected).first(static_cast<std::size_t>(plan.n_values))));
  }
}

TEST_F(CudaSlots, SayUntilWhenTheyHaveToBeAskedAgain) {
  const auto shapes = test::text_shapes();
  const Plan plan = test::plan_of({"basic"}, shapes.size());
  const auto segments = test::segments_of(shapes, {500, 400});
  test::make_fake_cuda_late(3);
  const auto slot = gpu_.make_slot(plan, 500, 2);
  SlotFiller filler(*slot, plan);
  ASSERT_EQ(filler.add(segments[0], Way::kText), 0);
  EXPECT_FALSE(slot->advance()) << "nothing was submitted";
  slot->submit();
  for (int query = 0; query < 3; ++query) {
    EXPECT_TRUE(slot->advance());
  }
  EXPECT_FALSE(slot->advance()) << "texts are parsed, and the rest was started";
  EXPECT_FALSE(slot->advance());
  EXPECT_EQ(slot->wait().size(), static_cast<std::size_t>(plan.n_values));
  ASSERT_EQ(filler.add(segments[1]), 0);
  slot->submit();
  EXPECT_FALSE(slot->advance()) << "columns need nobody";
  EXPECT_EQ(slot->wait().size(), static_cast<std::size_t>(plan.n_values));
}

TEST_F(CudaSlots, RefuseTextsOneByOne) {
  const auto shapes = test::text_shapes();
  const Plan plan = test::plan_of({"core"}, 4);
  const auto segments = test::segments_of({shapes.begin(), shapes.begin() + 4}, {1500, 700});
  const auto slot = gpu_.make_slot(plan, 1500, 8);
  SlotFiller filler(*slot, plan);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(filler.add(segments[0], Way::kText), 0);
    EXPECT_EQ(filler.add_text("1,2,3,4\n5,6,7\n"), 1);
    EXPECT_EQ(filler.add_text("1,2,3,4\n5,6,7,x\n"), 2);
    EXPECT_EQ(filler.add(segments[1]), 3);
    const std::vector<double> values = filler.run();
    const auto width = static_cast<std::size_t>(plan.n_values);
    const std::vector<double> expected = on_gpu(plan, segments, 1500, 2);
    ASSERT_EQ(values.size(), 4 * width);
    EXPECT_TRUE(same_bits(std::span(values).first(width), std::span(expected).first(width)));
    EXPECT_TRUE(same_bits(std::span(values).last(width), std::span(expected).last(width)));
    EXPECT_TRUE(slot->text_result(0).taken);
    EXPECT_FALSE(slot->text_result(1).taken);
    EXPECT_FALSE(slot->text_result(2).taken);
  }
}

TEST_F(CudaSlots, TakeSegmentsOfTheirOwnDeviceAlone) {
  const auto shapes = test::text_shapes();
  const Plan plan = test::plan_of({"basic"}, shapes.size());
  const auto segments = test::segments_of(shapes, {500});
  const test::ResidentColumns resident(segments[0]);
  const auto slot = gpu_.make_slot(plan, 500, 2);
  EXPECT_EQ(slot->add_resident(resident.segment(1)), -1);
  EXPECT_EQ(slot->size(), 0);
  EXPECT_EQ(slot->add_resident(resident.segment(0)), 0);
  EXPECT_TRUE(slot->text_room(100).empty()) << "a batch has texts or resident segments";
}

TEST_F(CudaSlots, GrowForALongerSegment) {
  const auto shapes = mixed_shapes();
  const Plan plan = test::plan_of({"core"}, shapes.size());
  const auto segments = test::segments_of(shapes, {100, 6000, 90, 9000});
  test::make_fake_cuda_late(1);
  test::expect_agreement(plan, segments, on_cpu(plan, segments), on_gpu(plan, segments, 100, 2), "columns");
  const auto texts = test::segments_of(test::text_shapes(), {1200, 90});
  const Plan text_plan = test::plan_of({"core"}, test::text_shapes().size());
  const auto slot = gpu_.make_slot(text_plan, 200, 2);
  SlotFiller filler(*slot, text_plan);
  ASSERT_EQ(filler.add(texts[0], Way::kText), 0);
  ASSERT_EQ(filler.add(texts[1]), 1);
  EXPECT_TRUE(same_bits(filler.run(), on_gpu(text_plan, texts, 1200, 2)));
  EXPECT_TRUE(slot->text_result(0).taken) << "its rows have room, and its columns were made room for";
}

/// Tables of the full range of int16, and of differences, whatever a pass holds.
TEST_F(CudaSlots, CountInAsManyPassesAsCountersTake) {
  const std::vector<ChannelShape> shapes{ChannelShape{.amplitude = 14800}, ChannelShape{.amplitude = 7000},
                                         ChannelShape{.amplitude = 40}};
  const Plan plan = test::plan_of({"quantiles", "|diff__quantiles", "|abs__quantiles"}, shapes.size());
  const auto segments = test::segments_of(shapes, {5000, 700});
  const std::vector<double> expected = on_cpu(plan, segments);
  for (const std::int64_t bytes : {-1, 65536, 65532, 4000}) {
    cuda::CudaBackend limited(0, {.gpu_bytes = INT64_C(1) << 34, .faults = {.counter_bytes = bytes}});
    const auto values = test::values_in_batches(limited, plan, segments, 5000, 2);
    test::expect_agreement(plan, segments, expected, values, std::to_string(bytes) + " bytes of counters");
  }
}

TEST_F(CudaSlots, LeaveTheGpuThatAThreadUsedWhenTheyGo) {
  const Plan plan = test::plan_of({"basic"}, 2);
  auto slot = gpu_.make_slot(plan, 100, 2);
  test::use_fake_cuda_device(5);
  slot.reset();
  EXPECT_EQ(test::fake_cuda_device(), 5);
}

TEST_F(CudaSlots, LeaveLockedMemoryToTheNextRun) {
  const auto shapes = test::text_shapes();
  const Plan plan = test::plan_of({"core"}, shapes.size());
  const auto segments = test::segments_of(shapes, {1100, 900, 1100});
  const auto run = [&] {
    const auto slot = gpu_.make_slot(plan, 1100, 3);
    SlotFiller filler(*slot, plan);
    for (const Columns& columns : segments) {
      EXPECT_GE(filler.add(columns, Way::kText), 0);
    }
    return filler.run();
  };
  const auto first = run();
  const std::int64_t locks = test::fake_cuda_locks();
  EXPECT_GT(locks, 0);
  EXPECT_EQ(test::fake_cuda_allocated_bytes(), 0U) << "the device's memory is everybody's";
  EXPECT_TRUE(gpu_.renew());
  EXPECT_TRUE(same_bits(run(), first));
  EXPECT_EQ(test::fake_cuda_locks(), locks);
}

TEST_F(CudaSlots, AreNotMadeAgainOnADeviceThatIsLost) {
  EXPECT_TRUE(gpu_.renew());
  test::lose_fake_cuda();
  EXPECT_FALSE(gpu_.renew());
  test::restore_fake_cuda();
  cuda::CudaBackend faulty(0, {.gpu_bytes = 1, .faults = {.failing_batch = 3}});
  EXPECT_FALSE(faulty.renew()) << "its batches are counted";
}

TEST_F(CudaSlots, AddUpTheirTimes) {
  const Plan plan = test::plan_of({"core"}, 1);
  const auto segments = test::segments_of({ChannelShape{}}, {1100});
  const auto slot = gpu_.make_slot(plan, 1100, 1);
  SlotFiller filler(*slot, plan);
  ASSERT_EQ(filler.add(segments[0], Way::kText), 0);
  static_cast<void>(filler.run());
  const StageSeconds seconds = slot->seconds();
  for (const double stage : {seconds.decode, seconds.prepare, seconds.moments, seconds.order_statistics, seconds.welch,
                             seconds.features, seconds.download}) {
    EXPECT_NEAR(stage, 1e-3, 1e-9);
  }
  EXPECT_NEAR(seconds.upload, 2e-3, 1e-9) << "of the text, and of the lists";
}

}  // namespace
}  // namespace pumice
