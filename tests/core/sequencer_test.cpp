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

void put(Sequencer& sequencer, std::int64_t recording) {
  sequencer.result_of(recording).recording = recording;
  sequencer.put(recording);
}

TEST(Sequencer, DeliversInInputOrder) {
  Sequencer sequencer(3, 10);
  put(sequencer, 2);
  put(sequencer, 0);
  put(sequencer, 1);
  RecordingResult* out = nullptr;
  for (std::int64_t expected = 0; expected < 3; ++expected) {
    ASSERT_EQ(sequencer.next(out, later()), Sequencer::Next::kResult);
    EXPECT_EQ(out->recording, expected);
  }
  EXPECT_EQ(sequencer.next(out, later()), Sequencer::Next::kEnd);
}

TEST(Sequencer, WaitsForTheNextResultThoughLaterOnesAreThere) {
  Sequencer sequencer(2, 10);
  put(sequencer, 1);
  RecordingResult* out = nullptr;
  EXPECT_EQ(sequencer.next(out, soon()), Sequencer::Next::kTimeout);
}

TEST(Sequencer, HoldsBackWhoRunsAhead) {
  Sequencer sequencer(10, 2);
  EXPECT_TRUE(sequencer.has_room(0));
  EXPECT_TRUE(sequencer.has_room(1));
  EXPECT_FALSE(sequencer.has_room(2));
  put(sequencer, 0);
  EXPECT_FALSE(sequencer.has_room(2)) << "there is room once a result is delivered, not once it is there";
  RecordingResult* out = nullptr;
  ASSERT_EQ(sequencer.next(out, later()), Sequencer::Next::kResult);
  EXPECT_FALSE(sequencer.has_room(2)) << "the result is still lent";
  ASSERT_EQ(sequencer.next(out, soon()), Sequencer::Next::kTimeout);
  EXPECT_TRUE(sequencer.has_room(2));
}

TEST(Sequencer, LendsResultsThatKeepTheirMemory) {
  Sequencer sequencer(3, 1);
  sequencer.result_of(0).values.resize(1000, 1.0);
  const double* const memory = sequencer.result_of(0).values.data();
  put(sequencer, 0);
  RecordingResult* out = nullptr;
  ASSERT_EQ(sequencer.next(out, later()), Sequencer::Next::kResult);
  EXPECT_EQ(out->values.size(), 1000U);
  ASSERT_EQ(sequencer.next(out, soon()), Sequencer::Next::kTimeout);
  RecordingResult& next = sequencer.result_of(1);
  EXPECT_TRUE(next.values.empty());
  next.values.resize(1000);
  EXPECT_EQ(next.values.data(), memory);
  EXPECT_EQ(next.values.front(), 0);
}

TEST(Sequencer, DeliversEverythingThatManyWorkersPut) {
  constexpr std::int64_t kTotal = 20000;
  Sequencer sequencer(kTotal, 5);
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      while (const auto recording = sequencer.take()) {
        if (!sequencer.has_room(*recording) && !sequencer.wait_for_room(*recording)) {
          return;
        }
        put(sequencer, *recording);
      }
    });
  }
  RecordingResult* out = nullptr;
  for (std::int64_t expected = 0; expected < kTotal; ++expected) {
    ASSERT_EQ(sequencer.next(out, later()), Sequencer::Next::kResult);
    ASSERT_EQ(out->recording, expected);
  }
  EXPECT_EQ(sequencer.next(out, later()), Sequencer::Next::kEnd);
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
  RecordingResult* out = nullptr;
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
