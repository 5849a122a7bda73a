/// The engine where all workers of a device fill the slots of one ring.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "pumice/engine.hpp"
#include "pumice/error.hpp"
#include "support/fake_backend.hpp"
#include "support/fake_source.hpp"

namespace pumice {
namespace {

using testing_support::fake_plan;
using testing_support::FakeBackend;
using testing_support::FakeBehaviour;
using testing_support::FakeCall;
using testing_support::FakeSource;

constexpr std::int64_t kSamples = 20;

double sample_of(std::int64_t recording, std::size_t /*channel*/, std::int64_t i) {
  return static_cast<double>(recording % 300 * 100 + i % 7);
}

/// Lets nobody through until as many are there, or there was time enough for them to come; afterwards everybody.
class Gathering {
 public:
  explicit Gathering(int wanted, std::chrono::milliseconds longest = std::chrono::milliseconds(50))
      : wanted_(wanted), longest_(longest) {}
  void come() {
    ++here_;
    const auto deadline = std::chrono::steady_clock::now() + longest_;
    while (here_ < wanted_ && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
  }

 private:
  const int wanted_;
  const std::chrono::milliseconds longest_;
  std::atomic<int> here_{0};
};

class EngineRing : public testing::Test {
 protected:
  RunReport run(const Source& source, const EngineBackends& backends, EngineOptions options) {
    options.segment_samples = kSamples;
    options.message = [this](const std::string& line) { messages_.push_back(line); };
    return run_engine(fake_plan(1), source, backends, {}, options,
                      [this](RecordingResult& result) { results_.push_back(std::move(result)); }, {}, {});
  }
  static FakeSource source_of(int recordings) {
    return FakeSource(1, std::vector<std::int64_t>(static_cast<std::size_t>(recordings), kSamples), sample_of, 1000);
  }
  void expect_every_row_once_and_in_order(std::int64_t recordings) const {
    ASSERT_EQ(results_.size(), static_cast<std::size_t>(recordings));
    for (std::int64_t r = 0; r < recordings; ++r) {
      const RecordingResult& result = results_[static_cast<std::size_t>(r)];
      ASSERT_EQ(result.recording, r);
      double sum = 0;
      for (std::int64_t i = 0; i < kSamples; ++i) {
        sum += sample_of(r, 0, i);
      }
      ASSERT_THAT(result.values, testing::ElementsAre(sum, kSamples)) << r;
    }
  }

  std::vector<RecordingResult> results_;
  std::vector<std::string> messages_;
};

TEST_F(EngineRing, IsFilledByManyWorkersAtOnce) {
  FakeSource source = source_of(300);
  source.has_text = [](std::int64_t) { return true; };
  Gathering readers(5, std::chrono::seconds(20));
  source.on_read = [&](std::int64_t) { readers.come(); };
  FakeBackend backend({.longest_delay_us = 200, .takes_text = true});
  static_cast<void>(run(source, {.devices = {&backend}}, {.threads = 5, .batch_segments = 8}));
  expect_every_row_once_and_in_order(300);
  EXPECT_EQ(backend.counts.most_rooms, 5) << "texts are read side by side into one slot";
  EXPECT_EQ(backend.counts.most_threads, 5);
  EXPECT_EQ(backend.counts.largest_batch, 8);
  EXPECT_LE(backend.counts.slots, 5);
}

TEST_F(EngineRing, MakesNoMoreSlotsThanItNeeds) {
  const FakeSource source = source_of(6);
  FakeBackend backend({});
  static_cast<void>(run(source, {.devices = {&backend}}, {.threads = 8, .batch_segments = 64}));
  expect_every_row_once_and_in_order(6);
  EXPECT_LE(backend.counts.slots, 6);
  EXPECT_GE(backend.counts.slots, 1);
}

/// Fewer results may wait than a slot takes: every batch is partial, and whoever has no room submits it.
TEST_F(EngineRing, SubmitsPartialBatchesWhereTheSequencerHasNoRoom) {
  for (const bool is_text : {false, true}) {
    FakeSource source = source_of(500);
    source.set_bytes(is_text ? 1000 : 0);
    source.has_text = [&](std::int64_t) { return is_text; };
    FakeBackend backend({.bytes_per_segment = 0, .longest_delay_us = 100, .takes_text = is_text});
    constexpr std::int64_t kResultBytes = 16;
    const std::int64_t memory = 16 * kResultBytes + (is_text ? 4 * 3 * 1000 : 0);
    results_.clear();
    const RunReport report =
        run(source, {.devices = {&backend}}, {.threads = 4, .memory_bytes = memory, .batch_segments = 64});
    expect_every_row_once_and_in_order(500);
    EXPECT_EQ(report.threads, 4);
    EXPECT_LE(backend.counts.largest_batch, 16);
    EXPECT_EQ(backend.counts.segments, 500);
  }
}

/// Where a failure is seen, and whether the device is lost with it.
class WhileOthersRead : public EngineRing, public testing::WithParamInterface<std::tuple<FakeCall, bool>> {};

TEST_P(WhileOthersRead, AFailureLosesNoRow) {
  const auto [call, fatal] = GetParam();
  for (int round = 0; round < 10; ++round) {
    FakeSource source = source_of(200);
    source.has_text = [](std::int64_t recording) { return recording < 100; };
    Gathering readers(4);
    source.on_read = [&](std::int64_t) { readers.come(); };
    FakeBackend backend({.longest_delay_us = 100,
                         .failing_batch = 0,
                         .failing_call = call,
                         .failure_is_fatal = fatal,
                         .takes_text = true,
                         .refused_percent = 20});
    FakeBackend spare({.name = "cpu", .borrows = true});
    results_.clear();
    const RunReport report = run(source, {.devices = {&backend}, .spare = &spare}, {.threads = 4, .batch_segments = 6});
    expect_every_row_once_and_in_order(200);
    EXPECT_GT(backend.counts.failures, 0);
    EXPECT_EQ(backend.counts.in_flight, 0);
    EXPECT_EQ(spare.counts.segments > 0, fatal);
    std::int64_t segments = 0;
    for (const DeviceWork& work : report.devices) {
      segments += work.segments;
    }
    EXPECT_EQ(segments, 200) << "each is computed once";
  }
}

INSTANTIATE_TEST_SUITE_P(, WhileOthersRead,
                         testing::Combine(testing::Values(FakeCall::kTextRoom, FakeCall::kAddText, FakeCall::kSubmit,
                                                          FakeCall::kAdvance, FakeCall::kWait),
                                          testing::Bool()));

TEST_F(EngineRing, EndsTheRunWhereADeviceFailsWhileOthersReadAndThereIsNoSpare) {
  for (int round = 0; round < 10; ++round) {
    FakeSource source = source_of(200);
    source.has_text = [](std::int64_t) { return true; };
    Gathering readers(4);
    source.on_read = [&](std::int64_t) { readers.come(); };
    FakeBackend backend({.failing_batch = 0, .failing_call = FakeCall::kAddText, .takes_text = true});
    EXPECT_THROW(static_cast<void>(run(source, {.devices = {&backend}}, {.threads = 4, .batch_segments = 6})),
                 CudaError);
    EXPECT_EQ(backend.counts.in_flight, 0);
  }
}

/// The others wait for slots, or are filling them, when one of them ends with an error that is no device's.
TEST_F(EngineRing, IsLeftByAllWhereOneWorkerFails) {
  for (int round = 0; round < 10; ++round) {
    FakeSource source = source_of(5000);
    source.on_decode = [](std::int64_t recording) {
      if (recording == 200) {
        throw Error("a decoder has a bug");
      }
    };
    FakeBackend backend({.largest_ring = {.slots = 2, .segments = 4}, .segment_us = 200});
    try {
      static_cast<void>(run(source, {.devices = {&backend}}, {.threads = 6}));
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "a decoder has a bug");
    }
    EXPECT_EQ(backend.counts.in_flight, 0);
    EXPECT_LT(source.decoded, 5000);
  }
}

TEST_F(EngineRing, IsOneADeviceAndAllTakeFromOneQueue) {
  FakeSource source = source_of(600);
  FakeBackend first({.name = "cuda:0", .segment_us = 200});
  FakeBackend second({.name = "cuda:1", .largest_ring = {.slots = 2, .segments = 3}, .segment_us = 200});
  const RunReport report = run(source, {.devices = {&first, &second}}, {.threads = 6, .batch_segments = 4});
  expect_every_row_once_and_in_order(600);
  EXPECT_EQ(first.counts.largest_batch, 4);
  EXPECT_LE(first.counts.slots, 4);
  EXPECT_EQ(second.counts.largest_batch, 3);
  EXPECT_EQ(second.counts.slots, 2);
  EXPECT_GT(second.counts.segments, 0);
  EXPECT_EQ(first.counts.segments + second.counts.segments, 600);
  EXPECT_EQ(report.devices.at(1).segments, second.counts.segments);
}

TEST_F(EngineRing, GoesOnWithTheSlotsThatThereIsMemoryFor) {
  const FakeSource source = source_of(400);
  FakeBackend backend({.name = "cuda:0", .segment_us = 50, .most_slots = 2});
  static_cast<void>(run(source, {.devices = {&backend}}, {.threads = 4, .batch_segments = 4}));
  expect_every_row_once_and_in_order(400);
  EXPECT_EQ(backend.counts.slots, 2);
  EXPECT_EQ(backend.counts.largest_batch, 4) << "more slots are not worth smaller batches";
  EXPECT_THAT(messages_, testing::ElementsAre("cuda:0: 2 slots, for there is no memory for more (out of memory)"));
}

/// Threads, slots and segments, how many texts are refused.
class EveryRing : public EngineRing, public testing::WithParamInterface<std::tuple<int, int, int>> {};

TEST_P(EveryRing, GivesTheSameRows) {
  const auto [threads, slots, segments] = GetParam();
  FakeSource source = source_of(300);
  source.has_text = [](std::int64_t recording) { return recording % 7 != 6; };
  FakeBackend backend({.largest_ring = {.slots = slots, .segments = segments},
                       .longest_delay_us = 300,
                       .takes_text = true,
                       .refused_percent = 10});
  static_cast<void>(run(source, {.devices = {&backend}}, {.threads = threads}));
  expect_every_row_once_and_in_order(300);
  EXPECT_EQ(backend.counts.in_flight, 0);
  EXPECT_LE(backend.counts.slots, slots);
  EXPECT_LE(backend.counts.largest_batch, segments);
}

INSTANTIATE_TEST_SUITE_P(, EveryRing,
                         testing::Combine(testing::Values(1, 4, 9), testing::Values(1, 2, 5),
                                          testing::Values(1, 3, 16)));

}  // namespace
}  // namespace pumice
