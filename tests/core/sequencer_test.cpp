#include "core/sequencer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

namespace pumice {
namespace {

using std::chrono::steady_clock;

steady_clock::time_point soon() { return steady_clock::now() + std::chrono::milliseconds(20); }
steady_clock::time_point later() { return steady_clock::now() + std::chrono::seconds(60); }

RecordingResult result_of(std::int64_t recording) {
  RecordingResult result;
  result.recording = recording;
  return result;
}

TEST(Sequencer, DeliversInInputOrder) {
  Sequencer sequencer(3, 10);
  sequencer.put(result_of(2));
  sequencer.put(result_of(0));
  sequencer.put(result_of(1));
  RecordingResult out;
  for (std::int64_t expected = 0; expected < 3; ++expected) {
    ASSERT_EQ(sequencer.next(out, later()), Sequencer::Next::kResult);
    EXPECT_EQ(out.recording, expected);
  }
  EXPECT_EQ(sequencer.next(out, later()), Sequencer::Next::kEnd);
}

TEST(Sequencer, WaitsForTheNextResultThoughLaterOnesAreThere) {
  Sequencer sequencer(2, 10);
  sequencer.put(result_of(1));
  RecordingResult out;
  EXPECT_EQ(sequencer.next(out, soon()), Sequencer::Next::kTimeout);
}

TEST(Sequencer, HoldsBackWhoRunsAhead) {
  Sequencer sequencer(10, 2);
  EXPECT_TRUE(sequencer.has_room(0));
  EXPECT_TRUE(sequencer.has_room(1));
  EXPECT_FALSE(sequencer.has_room(2));
  sequencer.put(result_of(0));
  EXPECT_FALSE(sequencer.has_room(2)) << "there is room once a result is delivered, not once it is there";
  RecordingResult out;
  ASSERT_EQ(sequencer.next(out, later()), Sequencer::Next::kResult);
  EXPECT_TRUE(sequencer.has_room(2));
}

TEST(Sequencer, TakesEveryRecordingOnce) {
  Sequencer sequencer(2, 1);
  EXPECT_EQ(sequencer.take(), 0);
  EXPECT_EQ(sequencer.take(), 1);
  EXPECT_FALSE(sequencer.take());
}

TEST(Sequencer, StopWakesWhoWaits) {
  Sequencer sequencer(10, 1);
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    sequencer.stop();
  });
  EXPECT_FALSE(sequencer.wait_for_room(5));
  RecordingResult out;
  EXPECT_EQ(sequencer.next(out, later()), Sequencer::Next::kStopped);
  EXPECT_FALSE(sequencer.take());
}

TEST(Sequencer, KeepsTheFirstFailure) {
  Sequencer sequencer(1, 1);
  sequencer.fail(std::make_exception_ptr(std::runtime_error("first")));
  sequencer.fail(std::make_exception_ptr(std::runtime_error("second")));
  EXPECT_TRUE(sequencer.stopping());
  try {
    std::rethrow_exception(sequencer.failure());
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "first");
  }
}

}  // namespace
}  // namespace pumice
