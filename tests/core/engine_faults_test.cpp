/// What the engine does when a device fails: nothing is lost, nothing comes twice, and rows stay in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "pumice/engine.hpp"
#include "pumice/error.hpp"
#include "support/fake_backend.hpp"
#include "support/fake_source.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing_support::fake_plan;
using testing_support::FakeBackend;
using testing_support::FakeBehaviour;
using testing_support::FakeCall;
using testing_support::FakeSource;

constexpr std::int64_t kRecordings = 300;

double sample_of(std::int64_t recording, std::size_t channel, std::int64_t i) {
  return static_cast<double>(recording * 1000 + static_cast<std::int64_t>(channel) * 100 + i % 7);
}

/// Recordings of two channels; every 50th is broken, every 40th is long.
FakeSource source_of_many() {
  std::vector<std::int64_t> lengths(kRecordings, 20);
  for (std::int64_t r = 0; r < kRecordings; ++r) {
    if (r % 50 == 13) {
      lengths[static_cast<std::size_t>(r)] = -1;
    } else if (r % 40 == 7) {
      lengths[static_cast<std::size_t>(r)] = 90;
    }
  }
  return FakeSource(2, lengths, sample_of);
}

struct Outcome {
  std::vector<RecordingResult> results;
  std::vector<std::string> messages;
  RunReport report;
};

Outcome run(const Source& source, const EngineBackends& backends, EngineOptions options,
            const WindowRule& window = {}) {
  Outcome outcome;
  options.segment_samples = 20;
  options.message = [&](const std::string& line) { outcome.messages.push_back(line); };
  outcome.report = run_engine(fake_plan(static_cast<int>(source.channels().size())), source, backends, window, options,
                              [&](RecordingResult& result) { outcome.results.push_back(std::move(result)); }, {}, {});
  return outcome;
}

/// The results of a run on a backend that neither fails nor works at a time of its own.
Outcome run_without_faults(const Source& source, const WindowRule& window = {}) {
  FakeBackend sound({.borrows = true});
  return run(source, {.devices = {&sound}}, {.threads = 1}, window);
}

void expect_same_results(const Outcome& actual, const Outcome& expected) {
  ASSERT_EQ(actual.results.size(), expected.results.size());
  for (std::size_t r = 0; r < expected.results.size(); ++r) {
    const RecordingResult& a = actual.results[r];
    const RecordingResult& b = expected.results[r];
    ASSERT_EQ(a.recording, b.recording);
    EXPECT_EQ(a.problem.has_value(), b.problem.has_value()) << r;
    EXPECT_EQ(a.windows, b.windows) << r;
    EXPECT_EQ(a.values, b.values) << r;
  }
}

std::int64_t segments_in(const Outcome& outcome) {
  std::int64_t segments = 0;
  for (const RecordingResult& result : outcome.results) {
    segments += result.windows;
  }
  return segments;
}

std::int64_t work_of(const Outcome& outcome) {
  std::int64_t segments = 0;
  for (const DeviceWork& device : outcome.report.devices) {
    segments += device.segments;
  }
  return segments;
}

struct Fault {
  const char* name;
  FakeBehaviour behaviour;
};

std::vector<Fault> all_faults() {
  std::vector<Fault> faults;
  for (const bool fatal : {true, false}) {
    for (const FakeCall call : {FakeCall::kSubmit, FakeCall::kWait}) {
      for (const std::int64_t batch : {0, 1, 7}) {
        faults.push_back(
            {fatal ? "fatal" : "error", {.failing_batch = batch, .failing_call = call, .failure_is_fatal = fatal}});
      }
    }
  }
  faults.push_back({"no slot above 3", {.most_segments_that_fit = 3}});
  faults.push_back({"no slot at all", {.most_segments_that_fit = 0}});
  faults.push_back({"no submit above 2", {.most_segments_submitted = 2}});
  faults.push_back({"no submit at all", {.most_segments_submitted = 0}});
  faults.push_back({"long segments need half the batch", {.most_samples = 200}});
  faults.push_back({"long segments do not fit", {.most_samples = 80}});
  return faults;
}

/// Faults, threads, segments a batch.
class EngineFaults : public testing::TestWithParam<std::tuple<Fault, int, int>> {
 protected:
  [[nodiscard]] static FakeBehaviour behaviour() {
    FakeBehaviour behaviour = std::get<0>(GetParam()).behaviour;
    behaviour.name = "cuda:0";
    behaviour.longest_delay_us = 300;
    return behaviour;
  }
  [[nodiscard]] static EngineOptions options() {
    return {.threads = std::get<1>(GetParam()), .batch_segments = std::get<2>(GetParam())};
  }
};

TEST_P(EngineFaults, ChangeNoResultWhereThereIsASpare) {
  const FakeSource source = source_of_many();
  FakeBackend device(behaviour());
  FakeBackend cpu({.name = "cpu", .borrows = true});
  const Outcome outcome = run(source, {.devices = {&device}, .spare = &cpu}, options());
  expect_same_results(outcome, run_without_faults(source));
  EXPECT_EQ(work_of(outcome), segments_in(outcome)) << "each segment is computed once";
  EXPECT_EQ(device.counts.in_flight, 0);
}

TEST_P(EngineFaults, ChangeNoResultOfWindows) {
  const FakeSource source = source_of_many();
  FakeBackend device(behaviour());
  FakeBackend cpu({.name = "cpu", .borrows = true});
  const WindowRule window{.length = 8, .hop = 3};
  const Outcome outcome = run(source, {.devices = {&device}, .spare = &cpu}, options(), window);
  expect_same_results(outcome, run_without_faults(source, window));
  EXPECT_EQ(work_of(outcome), segments_in(outcome));
}

INSTANTIATE_TEST_SUITE_P(, EngineFaults,
                         testing::Combine(testing::ValuesIn(all_faults()), testing::Values(1, 3),
                                          testing::Values(1, 4, 16)));

TEST(AFatalError, HandsTheRestToTheSpareAndSaysSoInOneLine) {
  const FakeSource source = source_of_many();
  FakeBackend device({.name = "cuda:0", .longest_delay_us = 300, .failing_batch = 5});
  FakeBackend cpu({.name = "cpu", .borrows = true});
  const Outcome outcome = run(source, {.devices = {&device}, .spare = &cpu}, {.threads = 3, .batch_segments = 4});
  // Another worker may hear that it is lost before the first one has told of its fall.
  const std::string what = "cuda:0 failed: cpu computes what it had not finished, and the rest ";
  EXPECT_THAT(outcome.messages, ElementsAre(testing::AnyOf(what + "(the fake device fell off the bus)",
                                                           what + "(the fake device is lost)")));
  ASSERT_THAT(outcome.report.devices, SizeIs(2));
  EXPECT_EQ(outcome.report.devices[0].segments, device.counts.segments);
  EXPECT_EQ(outcome.report.devices[1].device, "cpu");
  EXPECT_EQ(outcome.report.devices[1].segments, cpu.counts.segments);
  // Each of three workers hears of it once for a slot that it fills, and somebody for each of four in flight.
  EXPECT_LE(device.counts.refused, 9) << "a device that had failed was tried again and again";
}

TEST(AFatalError, EndsTheRunWhereThereIsNoSpare) {
  const FakeSource source = source_of_many();
  for (const FakeCall call : {FakeCall::kSubmit, FakeCall::kWait}) {
    FakeBackend device({.longest_delay_us = 300, .failing_batch = 5, .failing_call = call});
    EXPECT_THROW(run(source, {.devices = {&device}}, {.threads = 3, .batch_segments = 4}), CudaError);
    EXPECT_EQ(device.counts.in_flight, 0) << "a slot was torn down while it was computing";
  }
}

TEST(ShortMemory, HalvesTheBatchOfASubmitWithoutASpare) {
  const FakeSource source = source_of_many();
  FakeBackend device({.name = "cuda:0", .most_segments_submitted = 5});
  const Outcome outcome = run(source, {.devices = {&device}}, {.threads = 2, .batch_segments = 16});
  expect_same_results(outcome, run_without_faults(source));
  EXPECT_LE(device.counts.largest_batch, 5);  // the last one of a worker may be of 5
  EXPECT_THAT(outcome.messages, testing::Contains("cuda:0: batches of 4 segments from here on (out of memory)"));
  EXPECT_THAT(outcome.messages, testing::Each(HasSubstr("segments from here on")));
  EXPECT_LE(outcome.messages.size(), 2U) << "each size is said once, not by every worker";
}

TEST(ShortMemory, HalvesTheBatchOfALongSegmentWithoutASpare) {
  const FakeSource source = source_of_many();
  FakeBackend device({.name = "cuda:0", .most_samples = 200});
  const Outcome outcome = run(source, {.devices = {&device}}, {.threads = 1, .batch_segments = 16});
  expect_same_results(outcome, run_without_faults(source));
  EXPECT_EQ(device.counts.segments, segments_in(outcome));
}

TEST(ShortMemory, GivesTheSpareOnlyWhatIsTooLongForTheDevice) {
  const FakeSource source = source_of_many();
  FakeBackend device({.name = "cuda:0", .most_samples = 80});
  FakeBackend cpu({.name = "cpu", .borrows = true});
  const Outcome outcome = run(source, {.devices = {&device}, .spare = &cpu}, {.threads = 1, .batch_segments = 4});
  expect_same_results(outcome, run_without_faults(source));
  EXPECT_EQ(cpu.counts.segments, 8) << "the recordings of 90 samples";
  EXPECT_EQ(std::count(outcome.messages.begin(), outcome.messages.end(),
                       "cuda:0 fails at some segments even one by one: cpu computes those (out of memory)"),
            1);
}

TEST(ShortMemory, SaysOnceThatTheSpareComputesWhatIsNotSubmittedAlone) {
  const FakeSource source = source_of_many();
  FakeBackend device({.name = "cuda:0", .most_segments_submitted = 0});
  FakeBackend cpu({.name = "cpu", .borrows = true});
  const Outcome outcome = run(source, {.devices = {&device}, .spare = &cpu}, {.threads = 3, .batch_segments = 1});
  expect_same_results(outcome, run_without_faults(source));
  EXPECT_THAT(outcome.messages,
              ElementsAre("cuda:0 fails at some segments even one by one: cpu computes those (out of memory)"));
}

TEST(ShortMemory, EndsTheRunWhereOneSegmentIsTooMuchAndThereIsNoSpare) {
  const FakeSource source = source_of_many();
  FakeBackend device({.most_samples = 80});
  EXPECT_THROW(run(source, {.devices = {&device}}, {.threads = 2, .batch_segments = 4}), std::bad_alloc);
}

/// Has something to say once its first batch was computed, and at the end.
class TalkingBackend : public FakeBackend {
 public:
  using FakeBackend::FakeBackend;
  [[nodiscard]] std::vector<std::string> take_notices() override {
    std::vector<std::string> lines;
    if (counts.batches > 0 && !said_first_.exchange(true)) {
      lines.push_back("a batch was submitted");
    } else if (counts.in_flight == 0 && counts.segments == kTalkingSegments && !said_last_.exchange(true)) {
      lines.push_back("all were computed");
    }
    return lines;
  }
  static constexpr std::int64_t kTalkingSegments = 12;

 private:
  std::atomic<bool> said_first_ = false;
  std::atomic<bool> said_last_ = false;
};

TEST(ANotice, IsTakenWheneverABatchIsDoneAndAtTheEnd) {
  const FakeSource source(2, std::vector<std::int64_t>(TalkingBackend::kTalkingSegments, 20), sample_of);
  TalkingBackend device({.name = "cuda:0"});
  std::int64_t done = 0;
  EngineOptions options{.threads = 1, .segment_samples = 20, .batch_segments = 12};
  std::vector<std::string> messages;
  options.message = [&](const std::string& line) { messages.push_back(line); };
  static_cast<void>(
      run_engine(fake_plan(2), source, {.devices = {&device}}, {}, options, [&](RecordingResult&) { ++done; }, {}, {}));
  EXPECT_EQ(done, TalkingBackend::kTalkingSegments);
  EXPECT_THAT(messages, ElementsAre("a batch was submitted", "all were computed"));
}

TEST(TheSparesOwnFailure, IsGivenToTheCaller) {
  const FakeSource source = source_of_many();
  FakeBackend device({.longest_delay_us = 100, .failing_batch = 2});
  FakeBackend spare({.borrows = true, .failing_batch = 30});
  EXPECT_THROW(run(source, {.devices = {&device}, .spare = &spare}, {.threads = 2, .batch_segments = 4}), CudaError);
}

}  // namespace
}  // namespace pumice
