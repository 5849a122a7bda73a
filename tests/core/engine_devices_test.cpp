/// Several devices in one run: one queue, rows in order, and what becomes of it when one of them starts late or fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/late_backend.hpp"
#include "pumice/engine.hpp"
#include "pumice/error.hpp"
#include "support/fake_backend.hpp"
#include "support/fake_source.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::fake_plan;
using testing_support::FakeBackend;
using testing_support::FakeSource;

constexpr std::int64_t kRecordings = 600;

double sample_of(std::int64_t recording, std::size_t /*channel*/, std::int64_t i) {
  return static_cast<double>(recording * 1000 + i % 7);
}

class SeveralDevices : public testing::Test {
 protected:
  RunReport run(const EngineBackends& backends, EngineOptions options) {
    options.segment_samples = 20;
    options.message = [this](const std::string& line) { messages_.push_back(line); };
    return run_engine(fake_plan(1), source_, backends, {}, options,
                      [this](RecordingResult& result) { results_.push_back(std::move(result)); }, {}, {});
  }

  void expect_every_row_once_and_in_order() const {
    ASSERT_EQ(results_.size(), static_cast<std::size_t>(kRecordings));
    for (std::int64_t r = 0; r < kRecordings; ++r) {
      const RecordingResult& result = results_[static_cast<std::size_t>(r)];
      ASSERT_EQ(result.recording, r);
      double sum = 0;
      for (std::int64_t i = 0; i < 20; ++i) {
        sum += sample_of(r, 0, i);
      }
      ASSERT_THAT(result.values, ElementsAre(sum, 20));
    }
  }

  FakeSource source_{1, std::vector<std::int64_t>(kRecordings, 20), sample_of};
  std::vector<RecordingResult> results_;
  std::vector<std::string> messages_;
};

TEST_F(SeveralDevices, ShareOneQueueByTheirSpeed) {
  FakeBackend fast({.name = "cuda:0", .segment_us = 500});
  FakeBackend slow({.name = "cuda:1", .segment_us = 5000});
  const RunReport report = run({.devices = {&fast, &slow}}, {.threads = 4, .batch_segments = 4});
  expect_every_row_once_and_in_order();
  ASSERT_EQ(report.devices.size(), 2U);
  EXPECT_EQ(report.devices[0].device, "cuda:0");
  EXPECT_EQ(report.devices[0].segments, fast.counts.segments);
  EXPECT_EQ(report.devices[1].segments, slow.counts.segments);
  EXPECT_EQ(fast.counts.segments + slow.counts.segments, kRecordings);
  EXPECT_GT(slow.counts.segments, 0);
  EXPECT_GT(fast.counts.segments, 2 * slow.counts.segments);
  EXPECT_EQ(report.threads, 4);
}

TEST_F(SeveralDevices, HaveAThreadEachHoweverFewWereAllowed) {
  FakeBackend a({.segment_us = 50});
  FakeBackend b({.segment_us = 50});
  FakeBackend c({.segment_us = 50});
  const RunReport report = run({.devices = {&a, &b, &c}}, {.threads = 2, .batch_segments = 2});
  expect_every_row_once_and_in_order();
  EXPECT_EQ(report.threads, 3);
}

TEST_F(SeveralDevices, GoOnWhereOneOfThemDies) {
  FakeBackend dying({.name = "cuda:0", .segment_us = 50, .failing_batch = 0});
  FakeBackend sound({.name = "cuda:1", .segment_us = 500});
  FakeBackend cpu({.name = "cpu", .borrows = true, .segment_us = 50});
  const RunReport report = run({.devices = {&dying, &sound}, .spare = &cpu}, {.threads = 4, .batch_segments = 4});
  expect_every_row_once_and_in_order();
  ASSERT_EQ(report.devices.size(), 3U);
  EXPECT_GT(report.devices[1].segments, 0);
  EXPECT_GT(report.devices[2].segments, 0) << "the spare computes what the dead device had";
  EXPECT_EQ(report.devices[0].segments + report.devices[1].segments + report.devices[2].segments, kRecordings);
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_THAT(messages_[0], HasSubstr("cuda:0 failed"));
}

TEST_F(SeveralDevices, EndTheRunWhereOneDiesAndThereIsNoSpare) {
  FakeBackend dying({.segment_us = 50, .failing_batch = 0});
  FakeBackend sound({.segment_us = 500});
  EXPECT_THROW(run({.devices = {&dying, &sound}}, {.threads = 4, .batch_segments = 4}), CudaError);
  EXPECT_EQ(sound.counts.in_flight, 0);
}

TEST_F(SeveralDevices, WorkBeforeALateOneHasStarted) {
  FakeBackend cpu({.name = "cpu", .borrows = true, .segment_us = 100});
  std::atomic<bool> may_start{false};
  FakeBackend* gpu = nullptr;
  LateBackend late("cuda:0", [&] {
    while (!may_start) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    auto made = std::make_unique<FakeBackend>(testing_support::FakeBehaviour{.name = "cuda:0"});
    gpu = made.get();
    return made;
  });
  source_.on_decode = [&](std::int64_t recording) {
    if (recording == 100) {
      EXPECT_EQ(late.description(), "starting");
      may_start = true;
    }
  };
  const RunReport report = run({.devices = {&cpu, &late}, .spare = &cpu}, {.threads = 2, .batch_segments = 4});
  expect_every_row_once_and_in_order();
  EXPECT_GE(report.devices[0].segments, 100);
  EXPECT_GT(report.devices[1].segments, 0) << "the late device never joined";
  EXPECT_EQ(report.devices[1].segments, gpu->counts.segments);
  EXPECT_EQ(late.description(), "a backend that sums");
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(SeveralDevices, GoOnWhereALateOneCannotStart) {
  FakeBackend cpu({.name = "cpu", .borrows = true});
  LateBackend late("cuda:0", []() -> std::unique_ptr<Backend> { throw UnavailableError("GPU 0 is busy"); });
  const RunReport report = run({.devices = {&cpu, &late}, .spare = &cpu}, {.threads = 2});
  expect_every_row_once_and_in_order();
  EXPECT_THAT(messages_, ElementsAre("cuda:0 failed: cpu computes what it had not finished, and the rest (GPU 0 is "
                                     "busy)"));
  EXPECT_EQ(late.description(), "GPU 0 is busy");
  EXPECT_EQ(report.devices[1].segments, 0);
}

}  // namespace
}  // namespace pumice
