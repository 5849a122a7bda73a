/// The engine where slots parse texts themselves: whichever way a recording goes, its row is the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "io/csv_text.hpp"
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

double sample_of(std::int64_t recording, std::size_t channel, std::int64_t i) {
  return static_cast<double>(recording % 300 * 100 + static_cast<std::int64_t>(channel) * 10 - i % 7);
}

std::vector<RecordingResult> run(const Source& source, Backend& backend, const EngineOptions& options,
                                 const WindowRule& window = {}, Backend* spare = nullptr) {
  std::vector<RecordingResult> results;
  Plan plan = fake_plan(static_cast<int>(source.channels().size()));
  plan.welch.push_back({.nperseg = 24, .overlap = 12});
  static_cast<void>(run_engine(plan, source, {.devices = {&backend}, .spare = spare}, window, options,
                               [&](RecordingResult& result) { results.push_back(std::move(result)); }, {}, {}));
  return results;
}

/// Recordings of 20 to 28 rows, every ninth of which is broken.
std::vector<std::int64_t> mixed_lengths(int count) {
  std::vector<std::int64_t> lengths;
  for (int r = 0; r < count; ++r) {
    lengths.push_back(r % 9 == 8 ? -20 : 20 + r % 9);
  }
  return lengths;
}

void expect_same(const std::vector<RecordingResult>& expected, const std::vector<RecordingResult>& results) {
  ASSERT_EQ(results.size(), expected.size());
  for (std::size_t r = 0; r < results.size(); ++r) {
    EXPECT_EQ(results[r].recording, static_cast<std::int64_t>(r));
    EXPECT_EQ(results[r].problem.has_value(), expected[r].problem.has_value()) << r;
    EXPECT_EQ(results[r].windows, expected[r].windows) << r;
    EXPECT_EQ(results[r].samples, expected[r].samples) << r;
    EXPECT_EQ(results[r].shorter_than_nperseg, expected[r].shorter_than_nperseg) << r;
    EXPECT_EQ(results[r].values, expected[r].values) << r;
  }
}

/// Threads, batch, and how many texts are refused.
class TextRoutes : public testing::TestWithParam<std::tuple<int, int, int>> {};

TEST_P(TextRoutes, GiveTheRowsThatDecodingGives) {
  const auto [threads, batch, refused] = GetParam();
  FakeSource source(2, mixed_lengths(400), sample_of);
  source.set_bytes(1000);
  FakeBackend decoding(FakeBehaviour{});
  const EngineOptions options{.threads = threads, .segment_samples = 20, .batch_segments = batch};
  const std::vector<RecordingResult> expected = run(source, decoding, options);
  ASSERT_EQ(expected.size(), 400U);
  ASSERT_EQ(expected[5].values.front(), 25 * 500 - 3 * 21 - (0 + 1 + 2 + 3)) << "the sum of the first channel";
  ASSERT_EQ(decoding.counts.texts, 0);

  source.has_text = [](std::int64_t recording) { return recording % 11 != 10; };
  source.decoded = 0;
  FakeBackend backend({.longest_delay_us = 300, .takes_text = true, .refused_percent = refused, .text_bytes = 3000});
  expect_same(expected, run(source, backend, options));
  EXPECT_EQ(backend.counts.in_flight, 0);
  EXPECT_GT(backend.counts.texts, 0);
  EXPECT_EQ(source.decoded, 400 - backend.counts.texts_taken) << "each recording goes one way";
  if (refused == 0) {
    EXPECT_GT(backend.counts.texts_taken, 200);
  } else if (refused == 100) {
    EXPECT_EQ(backend.counts.texts_taken, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Engine, TextRoutes,
                         testing::Combine(testing::Values(1, 2, 5), testing::Values(1, 3, 64),
                                          testing::Values(0, 30, 100)));

TEST(TextRoute, IsTriedEverLessWhereItIsAlwaysRefused) {
  FakeSource source(1, std::vector<std::int64_t>(2000, 20), sample_of);
  source.set_bytes(1000);
  source.has_text = [](std::int64_t) { return true; };
  FakeBackend backend({.takes_text = true, .refused_percent = 100});
  EXPECT_EQ(run(source, backend, {.threads = 1, .segment_samples = 20, .batch_segments = 1}).size(), 2000U);
  EXPECT_GE(backend.counts.texts, 20) << "what comes later may be taken";
  EXPECT_LE(backend.counts.texts, 3 * (2000 / 64 + 6)) << "a few are under way before the first is known to be refused";
}

TEST(TextRoute, StaysOpenWhereTextsLackRoomThatLaterOnesHave) {
  FakeSource source(1, std::vector<std::int64_t>(300, 20), sample_of);
  source.set_bytes(1000);
  source.has_text = [](std::int64_t) { return true; };
  constexpr int kWithoutRoom = 30;
  FakeBackend backend({.takes_text = true, .texts_without_room = kWithoutRoom});
  const auto results = run(source, backend, {.threads = 1, .segment_samples = 20, .batch_segments = 4});
  FakeBackend decoding(FakeBehaviour{});
  expect_same(run(source, decoding, {.threads = 1, .segment_samples = 20, .batch_segments = 4}), results);
  EXPECT_EQ(backend.counts.texts, 300) << "every one was tried";
  EXPECT_EQ(backend.counts.texts_taken, 300 - kWithoutRoom);
}

TEST(TextRoute, IsNotTakenForWindows) {
  FakeSource source(1, std::vector<std::int64_t>(20, 100), sample_of);
  source.set_bytes(1000);
  source.has_text = [](std::int64_t) { return true; };
  FakeBackend backend({.takes_text = true});
  const auto results = run(source, backend, {.threads = 2, .segment_samples = 10}, {.length = 10, .hop = 5});
  ASSERT_EQ(results.size(), 20U);
  EXPECT_EQ(results[0].windows, 19);
  EXPECT_EQ(backend.counts.texts, 0);
}

TEST(TextRoute, StartsANewBatchWhereTheMemoryForTextsIsFull) {
  FakeSource source(1, std::vector<std::int64_t>(100, 20), sample_of);
  source.set_bytes(1000);
  source.has_text = [](std::int64_t) { return true; };
  FakeBackend backend({.takes_text = true, .text_bytes = 1300});
  static_cast<void>(run(source, backend, {.threads = 1, .segment_samples = 20, .batch_segments = 64}));
  EXPECT_EQ(backend.counts.texts_taken, 100);
  EXPECT_GT(backend.counts.largest_batch, 1);
  EXPECT_LT(backend.counts.largest_batch, 10);
}

/// Threads, the batch that fails, where, and whether the device is lost with it.
class TextFaults : public testing::TestWithParam<std::tuple<int, int, FakeCall, bool>> {};

TEST_P(TextFaults, LoseNoRowAndGiveNoneTwice) {
  const auto [threads, failing, call, fatal] = GetParam();
  FakeSource source(2, mixed_lengths(200), sample_of);
  source.set_bytes(1000);
  const EngineOptions options{.threads = threads, .segment_samples = 20, .batch_segments = 6};
  FakeBackend decoding(FakeBehaviour{});
  const std::vector<RecordingResult> expected = run(source, decoding, options);

  source.has_text = [](std::int64_t recording) { return recording % 5 != 4; };
  for (const int refused : {0, 40}) {
    FakeBackend backend({.longest_delay_us = 200,
                         .failing_batch = failing,
                         .failing_call = call,
                         .failure_is_fatal = fatal,
                         .takes_text = true,
                         .refused_percent = refused});
    FakeBackend spare({.name = "spare", .borrows = true});
    expect_same(expected, run(source, backend, options, {}, &spare));
    EXPECT_GT(backend.counts.failures, 0);
    EXPECT_EQ(backend.counts.in_flight, 0);
    EXPECT_EQ(spare.counts.segments > 0, fatal);
  }
}

INSTANTIATE_TEST_SUITE_P(Engine, TextFaults,
                         testing::Combine(testing::Values(1, 3), testing::Values(0, 1, 5),
                                          testing::Values(FakeCall::kTextRoom, FakeCall::kAddText, FakeCall::kSubmit,
                                                          FakeCall::kAdvance, FakeCall::kWait),
                                          testing::Bool()));

/// Files of integers, some with gaps written as words: as numbers, which a device cannot tell from samples, or not.
TEST(TextRoute, KeepsMissingWordsOutOfTheValues) {
  const TemporaryFolder folder;
  Discovery discovery;
  discovery.shape = shape_of({"a", "b"});
  discovery.channels = discovery.shape.channels;
  constexpr int kFiles = 40;
  for (int r = 0; r < kFiles; ++r) {
    const std::string gap = r % 4 == 1 ? "-999" : r % 4 == 3 ? "bad" : "5";
    const std::string path = folder.write(std::to_string(r) + ".csv", "a,b\n1,2\n" + gap + ",4\n");
    discovery.recordings.push_back({.path = path, .id = std::to_string(r), .bytes = 20});
  }
  for (const bool number_is_missing : {false, true}) {
    TextFormat format;
    format.missing_words = {"bad"};
    if (number_is_missing) {
      format.missing_words.push_back("-999");
    }
    const auto source = open_source(discovery, format);
    FakeBackend backend({.takes_text = true});
    const auto results = run(*source, backend, {.threads = 2, .segment_samples = 2, .batch_segments = 3});
    ASSERT_EQ(results.size(), static_cast<std::size_t>(kFiles));
    for (std::size_t r = 0; r < results.size(); ++r) {
      ASSERT_FALSE(results[r].problem) << r;
      // For each channel the sum and the number of its samples.
      const bool has_gap = r % 4 == 3 || (r % 4 == 1 && number_is_missing);
      const double sum = has_gap ? 1 : r % 4 == 1 ? 1 - 999 : 6;
      EXPECT_THAT(results[r].values, testing::ElementsAre(sum, has_gap ? 1 : 2, 6, 2)) << r;
    }
    EXPECT_EQ(backend.counts.texts > 0, !number_is_missing);
    EXPECT_EQ(backend.counts.texts_taken > 0, !number_is_missing);
  }
}

/// Files of decimals among those of integers, and some with a number that only the CPU reads.
TEST(TextRoute, TakesDecimalsAndLargeIntegers) {
  const TemporaryFolder folder;
  Discovery discovery;
  discovery.shape = shape_of({"a", "b"});
  discovery.channels = discovery.shape.channels;
  constexpr int kFiles = 200;
  for (int r = 0; r < kFiles; ++r) {
    std::string text = "a,b\n";
    for (int i = 0; i < 20; ++i) {
      text += r % 5 == 1   ? std::to_string(i) + ".12345678901234567,-0.1\n"
              : r % 5 == 2 ? std::to_string(40000 * i) + "," + std::to_string(i) + "\n"
                           : std::to_string(i) + ".0,-7\n";
    }
    text += r % 5 == 3 ? "1e-50,2\n" : "1,2\n";
    const std::string path = folder.write(std::to_string(r) + ".csv", text);
    discovery.recordings.push_back({.path = path, .id = std::to_string(r), .bytes = 1000});
  }
  const auto source = open_source(discovery, {});
  const EngineOptions options{.threads = 2, .segment_samples = 21, .batch_segments = 5};
  FakeBackend decoding(FakeBehaviour{});
  FakeBackend backend({.takes_text = true});
  expect_same(run(*source, decoding, options), run(*source, backend, options));
  EXPECT_EQ(decoding.counts.texts, 0);
  // Of each file that is refused the next two or so are not tried.
  EXPECT_GT(backend.counts.texts_taken, kFiles / 5);
  EXPECT_LT(backend.counts.texts_taken, backend.counts.texts);
}

TEST(TextRoute, GivesTheBackendsFailureToTheCaller) {
  FakeSource source(2, mixed_lengths(100), sample_of);
  source.set_bytes(1000);
  source.has_text = [](std::int64_t) { return true; };
  FakeBackend backend({.failing_batch = 2, .takes_text = true});
  EXPECT_THROW(run(source, backend, {.threads = 2, .segment_samples = 20, .batch_segments = 4}), CudaError);
  EXPECT_EQ(backend.counts.in_flight, 0);
}

}  // namespace
}  // namespace pumice
