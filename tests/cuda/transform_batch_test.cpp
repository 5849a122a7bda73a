#include "transform_batch.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pumice::cuda {
namespace {

TEST(TransformBatch, DependsOnTheLengthAloneAndStaysInBounds) {
  EXPECT_EQ(transform_batch(1024), 2048);
  EXPECT_EQ(transform_batch(1), 2048);
  EXPECT_EQ(transform_batch(0), 2048);
  EXPECT_EQ(transform_batch(60001), 34);
  EXPECT_EQ(transform_batch(1 << 24), 1);
}

TEST(TransformBatch, CutsAListIntoFullBatchesAndARest) {
  std::vector<std::pair<std::int64_t, int>> batches;
  for_each_batch(10, 4, [&](std::int64_t first, int count) { batches.emplace_back(first, count); });
  const std::vector<std::pair<std::int64_t, int>> expected{{0, 4}, {4, 4}, {8, 2}};
  EXPECT_EQ(batches, expected);
}

TEST(TransformBatch, DoesNothingForAnEmptyList) {
  int calls = 0;
  for_each_batch(0, 4, [&](std::int64_t, int) { ++calls; });
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace pumice::cuda
