/// Whether channels that were prepared in two ways are the same to every stage.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "pumice/prepare.hpp"
#include "pumice/samples.hpp"

namespace pumice::test {

[[nodiscard]] inline bool same_samples(const ColumnView& a, const ColumnView& b) {
  return a.n == b.n &&
         (a.n == 0 ||
          (a.type == b.type && std::memcmp(a.data, b.data, static_cast<std::size_t>(a.n) * sample_size(a.type)) == 0));
}

/// A column of gaps alone stands for one that has samples between them.
[[nodiscard]] inline bool same_gaps(const ColumnView& a, const ColumnView& b) {
  bool same = a.n == b.n;
  for (std::int64_t i = 0; same && i < a.n; ++i) {
    same = leaves_out_block(a, i, 1) == leaves_out_block(b, i, 1);
  }
  return same;
}

inline void expect_same_channel(const PreparedChannel& channel, const PreparedChannel& expected) {
  EXPECT_EQ(channel.intake.n, expected.intake.n);
  EXPECT_EQ(channel.intake.n_valid, expected.intake.n_valid);
  EXPECT_EQ(channel.intake.longest_gap, expected.intake.longest_gap);
  EXPECT_EQ(channel.intake.is_constant, expected.intake.is_constant);
  EXPECT_TRUE(same_samples(channel.valid, expected.valid));
  EXPECT_TRUE(same_samples(channel.time_axis, expected.time_axis));
  EXPECT_TRUE(same_gaps(channel.raw, expected.raw));
  EXPECT_EQ(channel.low, expected.low);
  EXPECT_EQ(channel.high, expected.high);
}

}  // namespace pumice::test
