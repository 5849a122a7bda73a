/// The engine where recordings lie on a device: wherever they are computed, their rows are the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "pumice/array_source.hpp"
#include "pumice/engine.hpp"
#include "pumice/error.hpp"
#include "support/fake_backend.hpp"

namespace pumice {
namespace {

using testing::HasSubstr;
using testing_support::fake_plan;
using testing_support::FakeBackend;
using testing_support::FakeBehaviour;
using testing_support::FakeCall;

constexpr std::size_t kChannels = 2;
constexpr int kDevice = 3;

std::atomic<std::int64_t> copies = 0;
std::atomic<bool> memory_is_lost = false;

/// Memory of a device that is the host's.
constexpr DeviceMemory kMemory{.device_of = [](const void*) { return kDevice; },
                               .synchronize = [](int) {},
                               .copy_to_host =
                                   [](int, void* to, const void* from, std::size_t bytes) {
                                     if (memory_is_lost) {
                                       throw CudaError("the memory is lost", 700, true);
                                     }
                                     ++copies;
                                     std::memcpy(to, from, bytes);
                                   }};

/// Cases of 20 to 28 samples, some of which are missing or infinite; every 17th has channels of different lengths.
class Resident : public testing::Test {
 protected:
  void SetUp() override {
    copies = 0;
    memory_is_lost = false;
    const auto count = static_cast<std::size_t>(kCases);
    samples_.resize(count * kChannels * kMost);
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      samples_[i] = i % 11 == 3    ? std::nan("")
                    : i % 977 == 5 ? std::numeric_limits<double>::infinity()
                                   : static_cast<double>(i % 5000) / (i / kMost % 3 == 0 ? 4 : 1);
    }
    for (std::size_t i = 0; i < kChannels; ++i) {
      cases_.channels.push_back("c" + std::to_string(i));
    }
    for (std::size_t r = 0; r < count; ++r) {
      cases_.ids.push_back(std::to_string(r));
      for (std::size_t c = 0; c < kChannels; ++c) {
        const auto n = static_cast<std::int64_t>(20 + r % 9) - (r % 17 == 16 && c == 1 ? 1 : 0);
        const double* first = samples_.data() + (r * kChannels + c) * kMost;
        cases_.arrays.push_back({reinterpret_cast<const std::byte*>(first), SampleArray::Type::kFloat64, n, 8});
      }
    }
    cases_.device_memory = kMemory;
  }

  std::vector<RecordingResult> run(Backend& backend, int device, const EngineOptions& options,
                                   const WindowRule& window = {}, Backend* spare = nullptr) {
    cases_.device = device;
    const Discovery discovery = describe_arrays(cases_);
    const auto source = open_arrays(cases_, discovery);
    std::vector<RecordingResult> results;
    Plan plan = fake_plan(kChannels);
    plan.welch.push_back({.nperseg = 24, .overlap = 12});
    static_cast<void>(run_engine(plan, *source, {.devices = {&backend}, .spare = spare}, window, options,
                                 [&](RecordingResult& result) { results.push_back(std::move(result)); }, {}, {}));
    return results;
  }

  std::vector<RecordingResult> on_host(const WindowRule& window = {}) {
    FakeBackend sound({.borrows = true});
    return run(sound, -1, {.threads = 1}, window);
  }

  static void expect_same(const std::vector<RecordingResult>& results, const std::vector<RecordingResult>& expected) {
    ASSERT_EQ(results.size(), expected.size());
    for (std::size_t r = 0; r < results.size(); ++r) {
      EXPECT_EQ(results[r].recording, static_cast<std::int64_t>(r));
      ASSERT_EQ(results[r].problem.has_value(), expected[r].problem.has_value()) << r;
      if (results[r].problem) {
        EXPECT_EQ(results[r].problem->message(), expected[r].problem->message());
      }
      EXPECT_EQ(results[r].windows, expected[r].windows) << r;
      EXPECT_EQ(results[r].samples, expected[r].samples) << r;
      EXPECT_EQ(results[r].shorter_than_nperseg, expected[r].shorter_than_nperseg) << r;
      EXPECT_EQ(results[r].partial_window_left_out, expected[r].partial_window_left_out) << r;
      EXPECT_EQ(results[r].values, expected[r].values) << r;
    }
  }

  static constexpr int kCases = 400;
  static constexpr std::size_t kMost = 30;
  std::vector<double> samples_;
  ArrayCases cases_;
};

constexpr WindowRule kWindows{.length = 8, .hop = 5};

TEST_F(Resident, IsReadWhereItLies) {
  for (const WindowRule& window : {WindowRule{}, kWindows}) {
    const auto expected = on_host(window);
    for (const int threads : {1, 3}) {
      for (const int batch : {1, 7}) {
        FakeBackend device({.longest_delay_us = 200, .device = kDevice});
        const auto results = run(device, kDevice, {.threads = threads, .batch_segments = batch}, window);
        expect_same(results, expected);
        EXPECT_EQ(copies, 0);
        EXPECT_EQ(device.counts.residents, device.counts.segments);
        for (std::size_t r = 0; window.length == 0 && r < results.size(); ++r) {
          EXPECT_EQ(results[r].has_infinities, expected[r].has_infinities) << r;
        }
      }
    }
  }
}

TEST_F(Resident, IsCopiedToABackendThatBorrows) {
  FakeBackend cpu({.borrows = true});
  expect_same(run(cpu, kDevice, {.threads = 2}), on_host());
  EXPECT_GT(copies, 0);
}

TEST_F(Resident, IsCopiedWhereADeviceDoesNotTakeIt) {
  for (const WindowRule& window : {WindowRule{}, kWindows}) {
    const auto expected = on_host(window);
    FakeBackend other({.device = kDevice + 1});
    expect_same(run(other, kDevice, {.threads = 2, .batch_segments = 5}, window), expected);
    EXPECT_EQ(other.counts.residents, 0);
    EXPECT_LT(3 * other.counts.batches, other.counts.segments) << "batches of the usual size";
  }
  FakeBackend device({.device = kDevice, .longest_resident = 24});
  const auto results = run(device, kDevice, {.threads = 2, .batch_segments = 5});
  const auto expected = on_host();
  expect_same(results, expected);
  for (std::size_t r = 0; r < results.size(); ++r) {
    EXPECT_EQ(results[r].has_infinities, expected[r].has_infinities) << r;
  }
  EXPECT_GT(device.counts.residents, 100);
  EXPECT_GT(device.counts.segments, device.counts.residents);
}

/// Which call fails, whether there is a spare, and windows or none.
class ResidentFaults : public Resident, public testing::WithParamInterface<std::tuple<FakeCall, bool, bool>> {};

TEST_P(ResidentFaults, LoseNothingWhereTheDeviceStaysUsable) {
  const auto [call, has_spare, has_windows] = GetParam();
  const WindowRule window = has_windows ? kWindows : WindowRule{};
  const auto expected = on_host(window);
  for (const std::int64_t batch : {0, 3}) {
    FakeBackend device({.longest_delay_us = 100,
                        .failing_batch = batch,
                        .failing_call = call,
                        .failure_is_fatal = false,
                        .device = kDevice});
    FakeBackend spare({.borrows = true});
    expect_same(run(device, kDevice, {.threads = 3, .batch_segments = 6}, window, has_spare ? &spare : nullptr),
                expected);
    EXPECT_EQ(device.counts.failures, 1);
    EXPECT_GT(copies, 0);
  }
}
INSTANTIATE_TEST_SUITE_P(Calls, ResidentFaults,
                         testing::Combine(testing::Values(FakeCall::kAddResident, FakeCall::kSubmit, FakeCall::kAdvance,
                                                          FakeCall::kWait),
                                          testing::Bool(), testing::Bool()));

TEST_F(Resident, IsComputedByTheSpareWhereThereIsNoMemory) {
  FakeBackend device({.most_segments_submitted = 0, .device = kDevice});
  FakeBackend spare({.borrows = true});
  expect_same(run(device, kDevice, {.threads = 2, .batch_segments = 4}, {}, &spare), on_host());
  EXPECT_GT(spare.counts.segments, 0);
}

TEST_F(Resident, EndsTheRunWhereItIsLostWithItsDevice) {
  FakeBackend device({.failing_batch = 2, .failing_call = FakeCall::kWait, .device = kDevice});
  FakeBackend spare({.borrows = true});
  memory_is_lost = true;
  try {
    static_cast<void>(run(device, kDevice, {.threads = 3, .batch_segments = 4}, {}, &spare));
    ADD_FAILURE() << "the run went on without its samples";
  } catch (const CudaError& error) {
    EXPECT_THAT(error.what(), HasSubstr("lost"));
  }
}

}  // namespace
}  // namespace pumice
