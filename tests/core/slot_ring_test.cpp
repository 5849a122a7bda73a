/// The turns of a ring of slots, one after the other: who has to do what with which slot.
#include "core/slot_ring.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "core/engine_sizes.hpp"
#include "pumice/error.hpp"
#include "support/fake_backend.hpp"
#include "support/fake_source.hpp"

namespace pumice {
namespace {

using Task = SlotRing::Task;
using After = SlotRing::After;
using testing_support::fake_plan;
using testing_support::FakeBackend;
using testing_support::FakeSource;

const SegmentTarget kTarget;

DeviceFailure failure(bool fatal) {
  return {std::make_exception_ptr(std::runtime_error("broken")), "it is broken", fatal};
}

/// A ring whose slots hold `segments` each; nothing is computed.
class Rings : public testing::Test {
 protected:
  /// Makes what has to be made first.
  static RingSlot& open(SlotRing& ring, int segments = 3) {
    SlotRing::Turn turn = ring.next_to_fill();
    while (turn.task == Task::kMake) {
      turn.slot->segments = segments;
      ring.put_back(*turn.slot, After::kFree);
      turn = ring.next_to_fill();
    }
    EXPECT_EQ(turn.task, Task::kFill);
    return *turn.slot;
  }
  /// Fills a slot of one segment and has it in flight.
  static RingSlot& fly(SlotRing& ring) {
    RingSlot& slot = open(ring, 1);
    EXPECT_EQ(ring.commit(slot, 0, kTarget).task, Task::kSubmit);
    ring.put_back(slot, After::kInFlight);
    return slot;
  }
};

/// A thread that asks for a place in a ring of one slot, in which there is none, until `make_room` has been called.
template <class MakeRoom>
SlotRing::Turn turn_of_a_sleeper(SlotRing& ring, MakeRoom make_room) {
  SlotRing::Turn turn;
  std::thread sleeper([&] { turn = ring.next_to_fill(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  make_room();
  sleeper.join();
  return turn;
}

TEST_F(Rings, CountAPlaceThatIsReservedOnce) {
  SlotRing ring(2);
  RingSlot& slot = open(ring);
  EXPECT_EQ(&open(ring), &slot);
  EXPECT_EQ(ring.commit(slot, 1, kTarget).task, Task::kNone);
  EXPECT_EQ(&open(ring), &slot) << "one place is on its way, one is taken, and one is left";
}

TEST_F(Rings, WakeWhoWaitsForAPlaceThatIsGivenBack) {
  SlotRing ring(1);
  RingSlot& slot = open(ring, 2);
  EXPECT_EQ(&open(ring), &slot);
  const SlotRing::Turn turn = turn_of_a_sleeper(ring, [&] { EXPECT_EQ(ring.leave(slot, false).task, Task::kNone); });
  EXPECT_EQ(turn.task, Task::kFill);
  EXPECT_EQ(turn.slot, &slot);
}

TEST_F(Rings, HaveAFullSlotSubmittedByTheLastToLeaveIt) {
  SlotRing ring(2);
  RingSlot& slot = open(ring);
  EXPECT_EQ(&open(ring), &slot) << "several fill one slot";
  EXPECT_EQ(&open(ring), &slot);
  EXPECT_NE(&open(ring), &slot) << "all its places are spoken for";
  EXPECT_EQ(ring.commit(slot, 2, kTarget).task, Task::kNone);
  EXPECT_EQ(ring.commit(slot, 0, kTarget).task, Task::kNone);
  const SlotRing::Turn last = ring.commit(slot, 1, kTarget);
  EXPECT_EQ(last.task, Task::kSubmit);
  EXPECT_EQ(last.slot, &slot);
  EXPECT_EQ(slot.targets.size(), 3U);
}

TEST_F(Rings, FlushASlotThatIsNotFull) {
  SlotRing ring(2);
  RingSlot& slot = open(ring);
  EXPECT_EQ(ring.commit(slot, 0, kTarget).task, Task::kNone);
  const SlotRing::Turn turn = ring.next_to_finish();
  EXPECT_EQ(turn.task, Task::kSubmit);
  EXPECT_EQ(turn.slot, &slot);
}

TEST_F(Rings, LeaveASlotThatIsFlushedToWhoIsStillFillingIt) {
  SlotRing ring(2);
  RingSlot& slot = open(ring);
  static_cast<void>(open(ring));
  EXPECT_EQ(ring.commit(slot, 0, kTarget).task, Task::kNone);
  EXPECT_EQ(ring.next_to_finish().task, Task::kNone) << "nobody waits for a file that another reads";
  EXPECT_NE(&open(ring), &slot) << "it takes nobody in";
  EXPECT_EQ(ring.commit(slot, 1, kTarget).task, Task::kSubmit);
}

TEST_F(Rings, FreeASlotInWhichNothingWasPut) {
  SlotRing ring(1);
  RingSlot& slot = open(ring);
  EXPECT_TRUE(ring.is_empty_but_for_me(slot));
  EXPECT_EQ(&open(ring), &slot);
  EXPECT_FALSE(ring.is_empty_but_for_me(slot));
  EXPECT_EQ(ring.leave(slot, true).task, Task::kNone);
  EXPECT_EQ(ring.leave(slot, false).task, Task::kNone) << "there is nothing to submit";
  EXPECT_EQ(ring.next_to_finish().task, Task::kNone);
  EXPECT_EQ(&open(ring), &slot);
  EXPECT_TRUE(ring.is_empty_but_for_me(slot));
}

TEST_F(Rings, CollectTheOldestWhereNoneIsFree) {
  SlotRing ring(3);
  RingSlot& first = fly(ring);
  RingSlot& second = fly(ring);
  RingSlot& third = fly(ring);
  SlotRing::Turn turn = ring.next_to_fill();
  EXPECT_EQ(turn.task, Task::kCollect);
  EXPECT_EQ(turn.slot, &first);
  ring.put_back(first, After::kFree);
  EXPECT_EQ(&open(ring), &first);
  turn = ring.next_to_finish();
  EXPECT_EQ(turn.task, Task::kCollect) << "`first` is being filled by somebody";
  EXPECT_EQ(turn.slot, &second);
  EXPECT_EQ(ring.next_to_finish().slot, &third);
  EXPECT_EQ(ring.next_to_finish().task, Task::kNone);
}

TEST_F(Rings, MakeSlotsOneAtATimeAndOnlyWhenTheyAreWanted) {
  SlotRing ring(2);
  const SlotRing::Turn making = ring.next_to_fill();
  ASSERT_EQ(making.task, Task::kMake);
  EXPECT_EQ(ring.made(), 0);
  std::atomic<RingSlot*> filled = nullptr;
  std::jthread other([&] { filled = ring.next_to_fill().slot; });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(filled.load(), nullptr) << "it waits for the one that is being made";
  making.slot->segments = 3;
  ring.put_back(*making.slot, After::kFree);
  other.join();
  EXPECT_EQ(filled.load(), making.slot);
  EXPECT_EQ(ring.made(), 1);
}

TEST_F(Rings, MakeNoMoreThanTheyAreLimitedTo) {
  SlotRing ring(8);
  RingSlot& first = fly(ring);
  EXPECT_FALSE(ring.is_limited());
  ring.limit(2);
  EXPECT_TRUE(ring.is_limited());
  static_cast<void>(fly(ring));
  const SlotRing::Turn turn = ring.next_to_fill();
  EXPECT_EQ(turn.task, Task::kCollect);
  EXPECT_EQ(turn.slot, &first);
}

TEST_F(Rings, LeaveAFailedSlotToTheLastWhoReadsIntoIt) {
  SlotRing ring(2);
  RingSlot& slot = open(ring);
  static_cast<void>(open(ring));
  static_cast<void>(open(ring));
  EXPECT_EQ(ring.fail(slot, failure(false)).task, Task::kNone) << "two are still reading";
  EXPECT_NE(&open(ring), &slot) << "the device is usable, this slot is not";
  EXPECT_EQ(ring.commit(slot, 0, kTarget).task, Task::kNone);
  const SlotRing::Turn last = ring.leave(slot, false);
  EXPECT_EQ(last.task, Task::kRecover);
  EXPECT_EQ(last.slot, &slot);
  ASSERT_TRUE(slot.failure);
  EXPECT_EQ(slot.failure->what, "it is broken");
  EXPECT_EQ(slot.targets.size(), 1U);
}

TEST_F(Rings, RecoverEverythingOnceTheDeviceIsLost) {
  SlotRing ring(3);
  RingSlot& flying = fly(ring);
  RingSlot& slot = open(ring);
  static_cast<void>(open(ring));
  EXPECT_EQ(ring.why_closed(), nullptr);
  EXPECT_EQ(ring.fail(slot, failure(true)).task, Task::kNone);
  EXPECT_NE(ring.why_closed(), nullptr);
  const SlotRing::Turn turn = ring.next_to_fill();
  EXPECT_EQ(turn.task, Task::kCollect) << "its results may be there";
  EXPECT_EQ(turn.slot, &flying);
  EXPECT_TRUE(ring.put_back(flying, After::kFree));
  EXPECT_EQ(ring.next_to_fill().task, Task::kNone) << "nothing more is taken";
  const SlotRing::Turn last = ring.commit(slot, 0, kTarget);
  EXPECT_EQ(last.task, Task::kRecover);
  EXPECT_TRUE(slot.failure->fatal);
}

TEST_F(Rings, SayWhenNoSlotIsLeft) {
  SlotRing ring(2);
  RingSlot& slot = open(ring);
  ring.limit(1);
  EXPECT_EQ(ring.fail(slot, failure(false)).task, Task::kRecover);
  EXPECT_FALSE(ring.put_back(slot, After::kGone));
  EXPECT_EQ(ring.next_to_fill().task, Task::kNone);
}

TEST_F(Rings, WakeWhoeverWaitsWhenTheRunHasFailed) {
  SlotRing ring(1);
  static_cast<void>(open(ring, 1));
  std::atomic<bool> woken = false;
  std::jthread waiting([&] {
    EXPECT_THROW(static_cast<void>(ring.next_to_fill()), Cancelled);
    woken = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(woken) << "there is one slot, and it is full";
  ring.abort();
  waiting.join();
  EXPECT_THROW(static_cast<void>(ring.next_to_finish()), Cancelled);
}

TEST_F(Rings, AdvanceWhatHoldsTextsUntilThereIsNothingToStart) {
  SlotRing ring(3);
  static_cast<void>(fly(ring));
  RingSlot& texts = open(ring, 1);
  char text[] = "1";
  EXPECT_EQ(ring.commit(texts, 0, {.text = text}).task, Task::kSubmit);
  ring.put_back(texts, After::kInFlight);
  std::int64_t turn = 0;
  ASSERT_EQ(ring.next_to_advance(turn), &texts);
  std::int64_t turn_of_another = 0;
  EXPECT_EQ(ring.next_to_advance(turn_of_another), nullptr) << "somebody is at it";
  ring.advanced(texts, true);
  EXPECT_EQ(ring.next_to_advance(turn), nullptr) << "not twice in one round";
  turn = 0;
  ASSERT_EQ(ring.next_to_advance(turn), &texts);
  ring.advanced(texts, false);
  turn = 0;
  EXPECT_EQ(ring.next_to_advance(turn), nullptr);
}

TEST(RingSizes, ShrinkFromSlotsBeyondFourAndSegmentsBeyondEight) {
  std::vector<RingSize> sizes{{6, 20}};
  while (!sizes.back().is_smallest()) {
    ASSERT_LT(sizes.size(), 20U);
    sizes.push_back(sizes.back().smaller());
  }
  const std::vector<RingSize> expected{{6, 20}, {5, 20}, {4, 20}, {4, 10}, {4, 8}, {3, 8},
                                       {2, 8},  {2, 4},  {2, 2},  {2, 1},  {1, 1}};
  EXPECT_TRUE(sizes == expected);
}

/// The ring of a run with 16 threads whose segments of 60001 samples in 10 channels take a MiB each.
RingSize ring_within(std::int64_t mebibytes, int threads = 16, std::int64_t samples = 60001) {
  FakeSource source(10, std::vector<std::int64_t>(100, 20), [](auto, auto, auto) { return 0.0; });
  source.set_bytes(0);
  FakeBackend backend({.bytes_per_segment = 1 << 20});
  const auto sizes = choose_engine_sizes(
      fake_plan(10), source, {.devices = {&backend}}, {},
      {.threads = threads, .memory_bytes = (mebibytes << 20) + (1 << 19), .segment_samples = samples});
  return sizes.at(0).ring;
}

TEST(RingSizes, FollowThreadsSamplesAndMemory) {
  EXPECT_EQ(ring_within(4096), (RingSize{8, 16}));
  EXPECT_EQ(ring_within(4096, 1), (RingSize{4, 16}));
  EXPECT_EQ(ring_within(4096, 6), (RingSize{6, 16}));
  EXPECT_EQ(ring_within(4096, 16, 10 * 60001), (RingSize{8, 8})) << "long segments";
  EXPECT_EQ(ring_within(65536, 16, 600), (RingSize{8, 1024})) << "short ones";
  EXPECT_EQ(ring_within(100), (RingSize{6, 16}));
  EXPECT_EQ(ring_within(40), (RingSize{4, 8}));
  EXPECT_EQ(ring_within(10), (RingSize{2, 4}));
  EXPECT_EQ(ring_within(1), (RingSize{1, 1}));
}

}  // namespace
}  // namespace pumice
