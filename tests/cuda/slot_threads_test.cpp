/// Slots of the CUDA backend that many threads fill, on a device that is the host: made for a thread sanitizer, too.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include "cuda/slot_fixture.hpp"

namespace pumice {
namespace {

using test::ChannelShape;
using test::Columns;
using test::CudaSlots;
using test::same_bits;
using test::SlotFiller;
using test::Way;

const std::vector<ChannelShape> kShapes{
    ChannelShape{}, ChannelShape{.gap_first = 30, .gap_length = 20},
    ChannelShape{.type = SampleType::kFloat64, .amplitude = 2.5, .gap_first = 1, .gap_length = 3, .step = 0x1p-9}};
constexpr int kThreads = 4;

std::vector<Columns> segments_of_all_lengths() {
  std::vector<std::int64_t> lengths;
  for (std::int64_t s = 0; s < 32; ++s) {
    lengths.push_back(64 + 61 * (s * 7 % 13));
  }
  return test::segments_of(kShapes, lengths);
}

Plan small_plan() {
  return test::plan_of({"mean", "median", "|diff__median", "peak_frequency__nperseg_64"}, kShapes.size());
}

class CudaSlotThreads : public CudaSlots {
 protected:
  void SetUp() override {
    CudaSlots::SetUp();
    segments_ = segments_of_all_lengths();
    expected_ = on_gpu(plan_, segments_, 900, 8);
  }

  /// At first and every so many segments, a room for the longest comes to nothing.
  void fill_part(Slot& slot, const std::vector<Way>& ways, std::size_t first, std::vector<int>& places) {
    SlotFiller filler(slot, plan_);
    for (std::size_t s = first; s < segments_.size(); s += kThreads) {
      if ((s == first || s % 5 == 0) && slot.takes_text()) {
        if (const std::span<char> room = slot.text_room(20000); !room.empty()) {
          std::fill(room.begin(), room.end(), '1');
          slot.drop_text_room(room);
        }
      }
      places[s] = filler.add(segments_[s], ways[s / kThreads % ways.size()]);
    }
  }

  /// Threads that each add their part, in ways that take turns; the places that they got.
  std::vector<int> fill(Slot& slot, const std::vector<Way>& ways) {
    std::vector<int> places(segments_.size(), -1);
    {
      std::vector<std::jthread> threads;
      for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] { fill_part(slot, ways, t, places); });
      }
    }
    return places;
  }

  /// Rows of the batch are those of the segments that were added, whichever order that was.
  void expect_rows(Slot& slot, const std::vector<int>& places) {
    const auto width = static_cast<std::size_t>(plan_.n_values);
    const auto added = static_cast<std::size_t>(slot.size());
    SlotFiller filler(slot, plan_);
    const std::vector<double> values = filler.run();
    ASSERT_EQ(values.size(), added * width);
    std::size_t found = 0;
    for (std::size_t s = 0; s < places.size(); ++s) {
      if (places[s] >= 0) {
        ++found;
        EXPECT_TRUE(same_bits(std::span(values).subspan(static_cast<std::size_t>(places[s]) * width, width),
                              std::span(expected_).subspan(s * width, width)))
            << "segment " << s;
      }
    }
    EXPECT_EQ(found, added);
  }

  const Plan plan_ = small_plan();
  std::vector<Columns> segments_;
  std::vector<double> expected_;
};

TEST_F(CudaSlotThreads, FillOneSlotAtOnce) {
  for (const bool is_late : {false, true}) {
    if (is_late) {
      test::make_fake_cuda_late(2);
    }
    for (const std::vector<Way>& ways :
         std::vector<std::vector<Way>>{{Way::kColumns}, {Way::kText, Way::kColumns}, {Way::kText}}) {
      const auto slot = gpu_.make_slot(plan_, 3000, 40);
      for (int round = 0; round < 3; ++round) {
        const std::vector<int> places = fill(*slot, ways);
        EXPECT_GT(slot->size(), 20);
        expect_rows(*slot, places);
      }
    }
  }
}

TEST_F(CudaSlotThreads, AreRefusedByASlotThatIsFull) {
  const auto slot = gpu_.make_slot(plan_, 900, 9);
  for (int round = 0; round < 3; ++round) {
    const std::vector<int> places = fill(*slot, {Way::kColumns, Way::kText});
    EXPECT_GE(slot->size(), 1);
    EXPECT_LE(slot->size(), 9);
    expect_rows(*slot, places);
  }
}

TEST_F(CudaSlotThreads, UseSlotsOfOneDeviceSideBySide) {
  test::make_fake_cuda_late(1);
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] { right += same_bits(on_gpu(plan_, segments_, 900, 4), expected_) ? 1 : 0; });
    }
  }
  EXPECT_EQ(right, kThreads);
}

}  // namespace
}  // namespace pumice
