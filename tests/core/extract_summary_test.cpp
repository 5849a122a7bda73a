#include "core/extract_summary.hpp"

#include <gtest/gtest.h>

namespace pumice {
namespace {

constexpr double kNear = 1e-9;

TEST(EstimateCoreSeconds, AddsWhatIsReadWhatIsComputedOfItAndWhatTheTableHolds) {
  Discovery discovery;
  discovery.recordings.resize(2);
  discovery.recordings[0].path = "a.csv";
  discovery.recordings[0].bytes = 1'000'000'000;
  discovery.recordings[1].path = "b.csv.gz";
  discovery.recordings[1].bytes = 250'000'000;
  const double read = 2 / 0.85;
  const double statistics = 2 / 2.6;
  const double spectra = 2 / 2.3;
  EXPECT_NEAR(estimate_core_seconds(discovery, {"basic"}, {}), read + statistics, kNear);
  EXPECT_NEAR(estimate_core_seconds(discovery, {"core"}, {}), read + statistics + spectra, kNear);
  EXPECT_NEAR(estimate_core_seconds(discovery, {"core"}, {.coverage = 20, .values = 1e7}),
              read + 20 * (statistics + spectra) + 2, kNear);
}

TEST(LimitedBy, NamesTheStageThatTookMostAndTheRateSeen) {
  EXPECT_EQ(limited_by({.stages = {.read = 8, .welch = 4}, .engine_s = 1, .total_s = 1.5, .bytes = 20000000000}),
            "reading from the page cache, 20.0 GB/s");
  EXPECT_EQ(
      limited_by({.stages = {.read = 8, .decode = 1, .welch = 4}, .engine_s = 5, .total_s = 5.5, .bytes = 10500000000}),
      "disk, 2.1 GB/s");
  EXPECT_EQ(
      limited_by({.stages = {.read = 1, .decode = 8, .welch = 4}, .engine_s = 5, .total_s = 5.5, .bytes = 50000000}),
      "decoding, 0.01 GB/s");
  EXPECT_EQ(
      limited_by(
          {.stages = {.read = 1, .decode = 1, .moments = 3, .welch = 5}, .engine_s = 5, .total_s = 5, .bytes = 1}),
      "compute (welch 50 %)");
}

TEST(LimitedBy, MeasuresWritingAgainstTheWholeRun) {
  EXPECT_EQ(limited_by({.stages = {.read = 1, .write = 7}, .engine_s = 4, .total_s = 10, .bytes = 1}),
            "writing the table (70 % of the time)");
  // The table is finished after the engine: its time is no share of the engine's.
  EXPECT_EQ(limited_by({.stages = {.decode = 3, .write = 4}, .engine_s = 5, .total_s = 9, .bytes = 5000000000}),
            "decoding, 1.0 GB/s");
}

TEST(LimitedBy, SaysThatStartingTookLongerThanTheWork) {
  EXPECT_EQ(limited_by({.stages = {.read = 0.1, .write = 0.1}, .engine_s = 0.1, .total_s = 2, .bytes = 12}),
            "start-up (90 % of the time went before the first file was read)");
}

TEST(LimitedBy, DrawsNothingFromAShortRun) {
  EXPECT_EQ(limited_by({.stages = {.write = 0.02}, .engine_s = 0.001, .total_s = 0.02, .bytes = 12}),
            "nothing: 20 ms in all");
  EXPECT_EQ(limited_by({}), "nothing: 0 ms in all");
}

}  // namespace
}  // namespace pumice
