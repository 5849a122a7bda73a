/// What becomes of a slot of the CUDA backend whose device fails, on a device that is the host.
#include <gtest/gtest.h>

#include <memory>
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

/// Small, but with every stage: texts of these lengths take two lengths of transforms.
const std::vector<ChannelShape> kShapes{
    ChannelShape{}, ChannelShape{.gap_first = 30, .gap_length = 20},
    ChannelShape{.type = SampleType::kFloat64, .amplitude = 2.5, .gap_first = 1, .gap_length = 3, .step = 0x1p-9}};
const std::vector<std::int64_t> kLengths{300, 60, 200};
constexpr std::int64_t kLongest = 300;

Plan small_plan() {
  return test::plan_of({"mean", "median", "slope", "|diff__median", "peak_frequency__nperseg_64"}, kShapes.size());
}

class CudaSlotFaults : public CudaSlots {
 protected:
  void SetUp() override {
    CudaSlots::SetUp();
    segments_ = test::segments_of(kShapes, kLengths);
    expected_ = on_gpu(plan_, segments_, kLongest, 1);
    test::expect_agreement(plan_, segments_, on_cpu(plan_, segments_), expected_, "small plan");
  }

  /// What was made of all segments, one batch after the other, until one failed.
  struct Outcome {
    std::vector<double> values;
    std::vector<std::size_t> columns;  ///< segments of the last batch that came as columns at last
    bool has_failed = false;
    bool is_fatal = false;
  };

  /// A filling call that fails adds nothing, and is made again. False where the slot is full.
  bool add(Slot& slot, SlotFiller& filler, std::size_t s, Way way, Outcome& outcome) {
    const int place = slot.size();
    for (int tries = 0; tries < 3; ++tries) {
      try {
        if (const int added = filler.add(segments_[s], way); added >= 0) {
          EXPECT_EQ(added, place);
          if (way == Way::kColumns) {
            outcome.columns.push_back(s);
          }
          return true;
        }
        way = Way::kColumns;
      } catch (const CudaError& error) {
        outcome.is_fatal = outcome.is_fatal || error.fatal();
        EXPECT_EQ(slot.size(), place) << error.what();
      }
    }
    return false;
  }

  static void run(SlotFiller& filler, Outcome& outcome) {
    try {
      const std::vector<double> rows = filler.run();
      outcome.values.insert(outcome.values.end(), rows.begin(), rows.end());
    } catch (const CudaError& error) {
      outcome.has_failed = true;
      outcome.is_fatal = outcome.is_fatal || error.fatal();
    }
  }

  Outcome compute(Slot& slot, SlotFiller& filler, const std::vector<Way>& ways) {
    filler.forget_texts();
    Outcome outcome;
    for (std::size_t s = 0; s < segments_.size() && !outcome.has_failed; ++s) {
      const Way way = ways[s % ways.size()];
      if (!add(slot, filler, s, way, outcome)) {
        run(filler, outcome);
        if (!outcome.has_failed) {
          outcome.columns.clear();
          EXPECT_TRUE(add(slot, filler, s, way, outcome)) << "an empty slot takes any segment";
        }
      }
    }
    if (!outcome.has_failed) {
      run(filler, outcome);
    }
    return outcome;
  }

  void expect_values(const Outcome& outcome) {
    EXPECT_FALSE(outcome.has_failed);
    EXPECT_TRUE(same_bits(outcome.values, expected_));
  }

  /// The slot is empty, and what it keeps of the batch is as it was added.
  void expect_given_up(Slot& slot, const SlotFiller& filler, const Outcome& outcome) {
    EXPECT_TRUE(outcome.has_failed);
    EXPECT_EQ(slot.size(), 0);
    EXPECT_TRUE(slot.wait().empty());
    EXPECT_FALSE(slot.advance());
    EXPECT_TRUE(filler.texts_are_there());
    const auto kept = slot.kept();
    ASSERT_EQ(kept.size(), outcome.columns.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      std::vector<double> values;
      std::vector<double> expected;
      test::append_values(*cpu_, plan_, kept[i], values);
      test::append_values(*cpu_, plan_, segments_[outcome.columns[i]], expected);
      EXPECT_TRUE(same_bits(values, expected));
    }
  }

  /// Every call of a batch that can fail does so once; then the slot computes the same batch.
  void fail_every_call(const std::vector<Way>& ways, bool is_late) {
    bool has_failed = true;
    std::int64_t given_up = 0;
    for (std::int64_t call = 0; has_failed; ++call) {
      SCOPED_TRACE("call " + std::to_string(call) + (is_late ? ", late" : ""));
      test::restore_fake_cuda();
      const auto slot = gpu_.make_slot(plan_, kLongest, static_cast<int>(segments_.size()));
      SlotFiller filler(*slot, plan_);
      if (is_late) {
        test::make_fake_cuda_late(1);
      }
      test::fail_fake_cuda_call(call);
      const Outcome outcome = compute(*slot, filler, ways);
      if (outcome.has_failed) {
        ++given_up;
        expect_given_up(*slot, filler, outcome);
      } else {
        expect_values(outcome);
      }
      has_failed = test::fake_cuda_call_failed();
      test::fail_fake_cuda_call(-1);
      expect_values(compute(*slot, filler, ways));
      ASSERT_FALSE(testing::Test::HasFailure());
    }
    EXPECT_GT(given_up, 20);
  }

  const Plan plan_ = small_plan();
  std::vector<Columns> segments_;
  std::vector<double> expected_;
};

TEST_F(CudaSlotFaults, OfAnyCallForColumnsLeaveTheSlotEmptyAndUsable) {
  fail_every_call({Way::kColumns}, false);
  fail_every_call({Way::kColumns}, true);
}

TEST_F(CudaSlotFaults, OfAnyCallForTextsLeaveTheSlotEmptyAndUsable) {
  fail_every_call({Way::kText, Way::kColumns}, false);
  fail_every_call({Way::kText, Way::kColumns}, true);
}

TEST_F(CudaSlotFaults, OfAnyCallForResidentSegmentsLeaveTheSlotEmptyAndUsable) {
  fail_every_call({Way::kColumns, Way::kResident}, false);
  fail_every_call({Way::kResident}, true);
}

TEST_F(CudaSlotFaults, OfAnyCallThatMakesASlotLeaveNothingBehind) {
  std::int64_t call = 0;
  std::int64_t thrown = 0;
  do {
    test::fail_fake_cuda_call(call++);
    try {
      static_cast<void>(gpu_.make_slot(plan_, kLongest, 3));
    } catch (const CudaError&) {
      ++thrown;
    }
    gpu_.drop_kept();
    ASSERT_EQ(test::fake_cuda_allocated_bytes(), 0U) << call;
    ASSERT_EQ(test::fake_cuda_locked_bytes(), 0U) << call;
  } while (test::fake_cuda_call_failed());
  EXPECT_GT(thrown, 20);
}

/// However far growth comes, what a slot held before it holds again, whichever way that comes first.
TEST_F(CudaSlotFaults, OfGrowthLeaveASlotForWhatItHeldBefore) {
  const auto longer = test::segments_of(kShapes, {15000});
  const std::vector<double> expected = on_gpu(plan_, longer, 15000, 1);
  bool has_grown = false;
  std::size_t memory = 0;
  for (; !has_grown; memory += 50000) {
    SCOPED_TRACE(std::to_string(memory) + " bytes");
    const auto slot = gpu_.make_slot(plan_, kLongest, 3);
    SlotFiller filler(*slot, plan_);
    test::set_fake_cuda_memory(memory);
    try {
      ASSERT_EQ(filler.add(longer[0]), 0);
      EXPECT_TRUE(same_bits(filler.run(), expected));
      has_grown = true;
    } catch (const CudaError& error) {
      EXPECT_FALSE(error.fatal());
      EXPECT_EQ(slot->size(), 0);
    }
    // All that it ever had is there again.
    test::set_fake_cuda_memory(std::size_t{1} << 40);
    expect_values(compute(*slot, filler, {memory % 100000 == 0 ? Way::kColumns : Way::kText, Way::kColumns}));
    ASSERT_EQ(filler.add(longer[0]), 0);
    EXPECT_TRUE(same_bits(filler.run(), expected));
  }
  EXPECT_GT(memory, 5 * std::size_t{50000});
}

/// Columns of a text are made room for once they are known, when columns from the host lie in the slot already.
TEST_F(CudaSlotFaults, OfMemoryForParsedColumnsLeaveTheOthersAndTheText) {
  const std::vector<ChannelShape> wide(3, ChannelShape{.amplitude = 14000});
  const auto segments = test::segments_of(wide, {250, 40});
  const auto expected = on_gpu(plan_, segments, kLongest, 2);
  const auto slot = gpu_.make_slot(plan_, kLongest, 2);
  SlotFiller filler(*slot, plan_);
  expect_values(compute(*slot, filler, {Way::kText}));  // takes the memory for texts
  ASSERT_EQ(filler.add(segments[1]), 0);
  ASSERT_EQ(filler.add(segments[0], Way::kText), 1);
  test::set_fake_cuda_memory(0);
  EXPECT_THROW(static_cast<void>(filler.run()), CudaError);
  EXPECT_EQ(slot->size(), 0);
  EXPECT_TRUE(filler.texts_are_there());
  ASSERT_EQ(slot->kept().size(), 1U);
  EXPECT_EQ(slot->kept().front().n, 40);
  test::set_fake_cuda_memory(std::size_t{1} << 40);
  std::vector<double> values;
  for (const Columns& segment : segments) {
    ASSERT_EQ(filler.add(segment, Way::kText), 0);
    const std::vector<double> row = filler.run();
    values.insert(values.end(), row.begin(), row.end());
  }
  EXPECT_TRUE(same_bits(values, expected));
}

TEST_F(CudaSlotFaults, OfPinningCostTimeAlone) {
  cuda::CudaBackend pageable(0, {.gpu_bytes = INT64_C(1) << 34, .faults = {.refuses_pinned = true}});
  EXPECT_TRUE(same_bits(test::values_in_batches(pageable, plan_, segments_, kLongest, 3), expected_));
  EXPECT_EQ(pageable.take_notices().size(), 1U);
}

TEST_F(CudaSlotFaults, OfOneBatchAreOfThatBatch) {
  cuda::CudaBackend faulty(0, {.gpu_bytes = INT64_C(1) << 34, .faults = {.largest_batch = 4, .failing_batch = 1}});
  EXPECT_THROW(static_cast<void>(faulty.make_slot(plan_, kLongest, 5)), CudaError);
  const auto slot = faulty.make_slot(plan_, kLongest, 4);
  SlotFiller filler(*slot, plan_);
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = compute(*slot, filler, {Way::kText});
    EXPECT_FALSE(outcome.is_fatal);
    if (i == 1) {
      expect_given_up(*slot, filler, outcome);
    } else {
      expect_values(outcome);
    }
  }
}

TEST_F(CudaSlotFaults, ThatAreFatalLoseTheDeviceButNotItsSegments) {
  for (const bool is_late : {false, true}) {
    for (const std::vector<Way>& ways :
         std::vector<std::vector<Way>>{{Way::kColumns}, {Way::kText, Way::kColumns}, {Way::kResident}}) {
      test::restore_fake_cuda();
      cuda::CudaBackend faulty(0, {.gpu_bytes = INT64_C(1) << 34, .faults = {.fatal_batch = 0}});
      const auto slot = faulty.make_slot(plan_, kLongest, 3);
      const auto other = faulty.make_slot(plan_, kLongest, 1);
      SlotFiller filler(*slot, plan_);
      SlotFiller other_filler(*other, plan_);
      ASSERT_EQ(other_filler.add(segments_[0]), 0);
      if (is_late) {
        test::make_fake_cuda_late(1);
      }
      const Outcome outcome = compute(*slot, filler, ways);
      EXPECT_TRUE(outcome.is_fatal);
      expect_given_up(*slot, filler, outcome);
      EXPECT_THROW(other->submit(), CudaError);
      EXPECT_EQ(other->size(), 0);
      EXPECT_EQ(other->kept().size(), 1U);
      EXPECT_THROW(cuda::CudaBackend(0, {}), CudaError);
      EXPECT_THROW(static_cast<void>(faulty.make_slot(plan_, kLongest, 1)), CudaError);
    }
  }
  test::restore_fake_cuda();
}

}  // namespace
}  // namespace pumice
