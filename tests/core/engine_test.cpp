#include "pumice/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <tuple>

#include "pumice/error.hpp"
#include "support/fake_backend.hpp"
#include "support/fake_source.hpp"

namespace pumice {
namespace {

using testing_support::fake_plan;
using testing_support::FakeBackend;
using testing_support::FakeBehaviour;
using testing_support::FakeSource;

double sample_of(std::int64_t recording, std::size_t channel, std::int64_t i) {
  return static_cast<double>(recording * 1000 + static_cast<std::int64_t>(channel) * 100 + i % 7);
}

double sum_of(std::int64_t recording, std::size_t channel, std::int64_t first, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = first; i < first + count; ++i) {
    sum += sample_of(recording, channel, i);
  }
  return sum;
}

struct Outcome {
  std::vector<RecordingResult> results;
  RunReport report;
};

Outcome run(const Source& source, Backend& backend, const EngineOptions& options, const WindowRule& window = {},
            const std::stop_token& stop = {}) {
  Outcome outcome;
  const Plan plan = fake_plan(static_cast<int>(source.channels().size()));
  outcome.report = run_engine(
      plan, source, {.devices = {&backend}}, window, options,
      [&](RecordingResult& result) { outcome.results.push_back(std::move(result)); }, {}, stop);
  return outcome;
}

/// Every way to run: threads, batch, kind of backend.
class EveryWay : public testing::TestWithParam<std::tuple<int, int, bool>> {
 protected:
  [[nodiscard]] static EngineOptions options() {
    return {.threads = std::get<0>(GetParam()), .segment_samples = 20, .batch_segments = std::get<1>(GetParam())};
  }
  [[nodiscard]] static FakeBehaviour behaviour() {
    return {.borrows = std::get<2>(GetParam()), .longest_delay_us = 300};
  }
};

TEST_P(EveryWay, DeliversEveryResultOnceAndInInputOrder) {
  const FakeSource source(3, std::vector<std::int64_t>(200, 20), sample_of);
  FakeBackend backend(behaviour());
  const Outcome outcome = run(source, backend, options());
  ASSERT_EQ(outcome.results.size(), 200U);
  for (std::int64_t r = 0; r < 200; ++r) {
    const RecordingResult& result = outcome.results[static_cast<std::size_t>(r)];
    EXPECT_EQ(result.recording, r);
    EXPECT_EQ(result.windows, 1);
    EXPECT_EQ(result.samples, 20);
    EXPECT_THAT(result.values,
                testing::ElementsAre(sum_of(r, 0, 0, 20), 20, sum_of(r, 1, 0, 20), 20, sum_of(r, 2, 0, 20), 20));
  }
  EXPECT_EQ(backend.counts.segments, 200);
  EXPECT_EQ(backend.counts.in_flight, 0);
  EXPECT_EQ(outcome.report.progress.done, 200);
  EXPECT_EQ(outcome.report.progress.bytes, 200 * 200);
  EXPECT_EQ(outcome.report.seconds.decode, 200);
}

TEST_P(EveryWay, CutsARecordingIntoMoreWindowsThanASlotTakes) {
  const FakeSource source(1, {105, 100, 3, 101}, sample_of);
  FakeBackend backend(behaviour());
  const Outcome outcome = run(source, backend, options(), {.length = 4, .hop = 2});
  const std::vector<int> windows{51, 49, 0, 49};
  ASSERT_EQ(outcome.results.size(), windows.size());
  for (std::size_t r = 0; r < windows.size(); ++r) {
    const RecordingResult& result = outcome.results[r];
    ASSERT_EQ(result.windows, windows[r]);
    for (int w = 0; w < result.windows; ++w) {
      EXPECT_EQ(result.values[static_cast<std::size_t>(2 * w)], sum_of(static_cast<std::int64_t>(r), 0, 2 * w, 4));
    }
  }
  EXPECT_TRUE(outcome.results[0].partial_window_left_out);
  EXPECT_FALSE(outcome.results[1].partial_window_left_out);
  EXPECT_TRUE(outcome.results[2].partial_window_left_out);
  EXPECT_TRUE(outcome.results[3].partial_window_left_out);
}

TEST_P(EveryWay, PassesProblemsThroughInTheirPlace) {
  std::vector<std::int64_t> lengths(50, 20);
  lengths[0] = lengths[17] = lengths[49] = -1;
  const FakeSource source(1, lengths, sample_of);
  FakeBackend backend(behaviour());
  const Outcome outcome = run(source, backend, options());
  ASSERT_EQ(outcome.results.size(), 50U);
  for (std::size_t r = 0; r < 50; ++r) {
    EXPECT_EQ(outcome.results[r].problem.has_value(), lengths[r] < 0);
    EXPECT_EQ(outcome.results[r].values.empty(), lengths[r] < 0);
  }
  EXPECT_EQ(outcome.results[17].problem->path, "17.csv");
  EXPECT_EQ(outcome.report.progress.skipped, 3);
  EXPECT_EQ(backend.counts.segments, 47);
}

TEST_P(EveryWay, GivesTheBackendsFailureToTheCaller) {
  const FakeSource source(1, std::vector<std::int64_t>(100, 20), sample_of);
  FakeBehaviour failing = behaviour();
  failing.failing_batch = 1;
  FakeBackend backend(failing);
  EXPECT_THROW(run(source, backend, options()), CudaError);
  EXPECT_EQ(backend.counts.in_flight, 0) << "a slot was torn down while it was computing";
}

TEST_P(EveryWay, GivesTheConsumersFailureToTheCaller) {
  const FakeSource source(1, std::vector<std::int64_t>(20000, 20), sample_of);
  FakeBackend backend(behaviour());
  int consumed = 0;
  const auto consume = [&](RecordingResult&) {
    if (++consumed == 5) {
      throw Error("disk full");
    }
  };
  EXPECT_THROW(
      static_cast<void>(run_engine(fake_plan(1), source, {.devices = {&backend}}, {}, options(), consume, {}, {})),
      Error);
  EXPECT_EQ(consumed, 5);
  EXPECT_LT(source.decoded, 20000) << "workers went on for a run that had ended";
}

TEST_P(EveryWay, StopsOnRequest) {
  std::stop_source stop;
  FakeSource source(1, std::vector<std::int64_t>(100000, 20), sample_of);
  source.on_decode = [&](std::int64_t recording) {
    if (recording == 30) {
      stop.request_stop();
    }
  };
  FakeBackend backend(behaviour());
  EXPECT_THROW(run(source, backend, options(), {}, stop.get_token()), Cancelled);
  EXPECT_LT(source.decoded, 50000);
  EXPECT_EQ(backend.counts.in_flight, 0);
}

INSTANTIATE_TEST_SUITE_P(Engine, EveryWay,
                         testing::Combine(testing::Values(1, 2, 5), testing::Values(1, 3, 64), testing::Bool()));

TEST(Engine, KeepsSeveralBatchesInFlight) {
  const FakeSource source(1, std::vector<std::int64_t>(400, 20), sample_of);
  FakeBackend backend({.largest_ring = {.slots = 3, .segments = 10}, .segment_us = 100});
  static_cast<void>(run(source, backend, {.threads = 2, .segment_samples = 20, .batch_segments = 64}));
  EXPECT_EQ(backend.counts.slots, 3);
  EXPECT_EQ(backend.counts.largest_batch, 10);
  EXPECT_GE(backend.counts.most_in_flight, 2);
  EXPECT_LE(backend.counts.most_in_flight, 3);
}

/// A run whose first recording takes until the workers wait for it: they get as far as there is room, and no farther.
Outcome run_behind_a_slow_one(FakeSource& source, Backend& backend, std::int64_t room, const EngineOptions& options,
                              const WindowRule& window = {}) {
  std::atomic<bool> first_may_finish{false};
  source.on_decode = [&](std::int64_t recording) {
    while (recording == 0 && !first_may_finish) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  const std::jthread watcher([&] {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (source.decoded < room && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(source.decoded, room);
    first_may_finish = true;
  });
  return run(source, backend, options, window);
}

TEST(Engine, NeverRunsFarAheadOfASlowRecording) {
  FakeSource source(1, std::vector<std::int64_t>(5000, 20), sample_of);
  FakeBackend backend({});
  constexpr std::int64_t kRoom = 4 * 4 * 4 + 16;  // of four slots of four segments
  const Outcome outcome =
      run_behind_a_slow_one(source, backend, kRoom, {.threads = 3, .segment_samples = 2000, .batch_segments = 4});
  EXPECT_EQ(outcome.results.size(), 5000U);
}

TEST(Engine, LetsManyShortRecordingsBeUnderWay) {
  FakeSource source(1, std::vector<std::int64_t>(5000, 20), sample_of);
  FakeBackend backend({.borrows = true});
  const Outcome outcome = run_behind_a_slow_one(source, backend, 2048, {.threads = 3, .segment_samples = 20});
  EXPECT_EQ(outcome.results.size(), 5000U);
}

TEST(Engine, KeepsTheResultsOfManyWindowsWithinItsMemory) {
  FakeSource source(1, std::vector<std::int64_t>(100, 1003), sample_of);
  FakeBackend backend({.borrows = true});
  constexpr std::int64_t kResultBytes = 1000 * 2 * 8;
  constexpr std::int64_t kWorkerBytes = 3 * 100 + 2 * 1000;  // of a file of 100 bytes and two slots
  constexpr std::int64_t kRoom = 12;
  const Outcome outcome = run_behind_a_slow_one(source, backend, kRoom,
                                                {.threads = 2,
                                                 .memory_bytes = 2 * kWorkerBytes + kRoom * kResultBytes,
                                                 .segment_samples = 4,
                                                 .recording_samples = 1003},
                                                {.length = 4, .hop = 1});
  EXPECT_EQ(outcome.report.threads, 2);
  ASSERT_EQ(outcome.results.size(), 100U);
  EXPECT_EQ(outcome.results.back().windows, 1000);
}

TEST(Engine, TakesFewerThreadsWhereResultsAreLarge) {
  const FakeSource source(1, std::vector<std::int64_t>(20, 1003), sample_of);
  FakeBackend backend({.borrows = true});
  const Outcome outcome =
      run(source, backend,
          {.threads = 8, .memory_bytes = 8 * 1000 * 2 * 8, .segment_samples = 4, .recording_samples = 1003},
          {.length = 4, .hop = 1});
  EXPECT_EQ(outcome.report.threads, 2);
  EXPECT_EQ(outcome.results.size(), 20U);
}

TEST(Engine, TakesASmallerBatchWhereMemoryIsShort) {
  const FakeSource source(1, std::vector<std::int64_t>(64, 20), sample_of);
  FakeBackend backend({.bytes_per_segment = 1 << 20});
  const Outcome outcome =
      run(source, backend, {.threads = 2, .memory_bytes = 20 << 20, .segment_samples = 20, .batch_segments = 16});
  EXPECT_EQ(backend.counts.largest_batch, 8) << "two slots of eight are what fits into 20 MiB";
  EXPECT_EQ(outcome.report.threads, 2);
}

TEST(Engine, TakesFewerThreadsWhereFilesAreLarge) {
  FakeSource source(1, std::vector<std::int64_t>(64, 20), sample_of);
  source.set_bytes(1 << 20);
  FakeBackend backend({.borrows = true});
  const Outcome outcome = run(source, backend, {.threads = 8, .memory_bytes = 10 << 20, .segment_samples = 20});
  EXPECT_EQ(outcome.report.threads, 3);
}

TEST(Engine, HalvesTheBatchWhereTheDeviceHasTooLittleMemory) {
  const FakeSource source(1, std::vector<std::int64_t>(64, 20), sample_of);
  FakeBackend backend({.most_segments_that_fit = 5});
  const Outcome outcome = run(source, backend, {.threads = 1, .segment_samples = 20, .batch_segments = 16});
  EXPECT_EQ(outcome.results.size(), 64U);
  EXPECT_EQ(backend.counts.largest_batch, 4);
}

TEST(Engine, GivesAnAllocationFailureToTheCaller) {
  const FakeSource source(1, {20}, sample_of);
  FakeBackend backend({.most_segments_that_fit = 0});
  EXPECT_THROW(run(source, backend, {.threads = 1, .segment_samples = 20}), std::bad_alloc);
}

TEST(Engine, ObservesFromTheCallingThread) {
  FakeSource source(1, std::vector<std::int64_t>(8, 20), sample_of);
  source.on_decode = [](std::int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(50)); };
  FakeBackend backend({});
  int observations = 0;
  Progress last;
  const auto observe = [&, caller = std::this_thread::get_id()](const Progress& progress) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    ++observations;
    EXPECT_GE(progress.done, last.done);
    last = progress;
  };
  static_cast<void>(run_engine(fake_plan(1), source, {.devices = {&backend}}, {}, {.threads = 1, .segment_samples = 20},
                               [](RecordingResult&) {}, observe, {}));
  EXPECT_GE(observations, 2);
  EXPECT_EQ(last.done, 8);
  EXPECT_EQ(last.total, 8);
}

TEST(Engine, WithoutRecordingsHasNoResults) {
  const FakeSource source(1, {}, sample_of);
  FakeBackend backend({});
  EXPECT_TRUE(run(source, backend, {.threads = 2, .segment_samples = 20}).results.empty());
}

TEST(Engine, SaysWhichSegmentsAreShorterThanAWelchBlock) {
  const FakeSource source(1, {20, 64}, sample_of);
  FakeBackend backend({});
  Plan plan = fake_plan(1);
  plan.welch.push_back({.nperseg = 32, .overlap = 16});
  std::vector<bool> shorter;
  static_cast<void>(run_engine(plan, source, {.devices = {&backend}}, {}, {.threads = 1, .segment_samples = 20},
                               [&](RecordingResult& result) { shorter.push_back(result.shorter_than_nperseg); }, {},
                               {}));
  EXPECT_THAT(shorter, testing::ElementsAre(true, false));
}

TEST(Engine, RefusesAHopOfZero) {
  const FakeSource source(1, {20}, sample_of);
  FakeBackend backend({});
  EXPECT_THROW(run(source, backend, {.threads = 1}, {.length = 4, .hop = 0}), UsageError);
}

}  // namespace
}  // namespace pumice
