#include "core/extract_summary.hpp"

#include <gtest/gtest.h>

namespace pumice {
namespace {

TEST(LimitedBy, NamesTheStageThatTookMostAndTheRateSeen) {
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
