#include "pumice/prepare.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/samples.hpp"
#include "support/slow.hpp"

namespace pumice {
namespace {

constexpr MissingPolicy kPolicies[] = {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                       MissingPolicy::kInterpolate, MissingPolicy::kNan};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Plan plan_with(MissingPolicy policy) {
  Plan plan;
  plan.missing = policy;
  return plan;
}

/// One column prepared, its views as doubles.
struct Prepared {
  Preparer preparer;
  PreparedChannel channel;
  std::vector<double> valid;
  std::vector<double> time_axis;

  Prepared(MissingPolicy policy, const ColumnView& column) {
    const PreparedSegment segment = preparer.prepare(plan_with(policy), {&column, 1});
    EXPECT_EQ(segment.n, column.n);
    channel = segment.channels.front();
    valid = test::as_read(channel.valid);
    time_axis = test::as_read(channel.time_axis);
  }
};

template <class T>
void expect_like_slow(const std::vector<T>& x) {
  for (const MissingPolicy policy : kPolicies) {
    SCOPED_TRACE(to_text(policy));
    const ColumnView column = test::view_of(x);
    const Prepared prepared(policy, column);
    const test::SlowChannel slow = test::slow_channel(column, policy);
    EXPECT_EQ(prepared.channel.intake.n, slow.intake.n);
    EXPECT_EQ(prepared.channel.intake.n_valid, slow.intake.n_valid);
    EXPECT_EQ(prepared.channel.intake.longest_gap, slow.intake.longest_gap);
    EXPECT_EQ(prepared.channel.intake.is_constant, slow.intake.is_constant);
    EXPECT_EQ(prepared.valid, slow.valid);
    EXPECT_EQ(prepared.time_axis, slow.time_axis);
  }
}

TEST(Preparer, AppliesEveryPolicyAsTheSlowVersionDoes) {
  for (const std::int64_t n : {1, 2, 3, 31, 128, 1000}) {
    for (const double share : {0.0, 0.1, 0.5, 0.9, 1.0}) {
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        auto small = test::noise<std::int16_t>(n, seed, 3);
        auto wide = test::noise<std::int32_t>(n, seed + 10, 1e5);
        auto decimal = test::noise<double>(n, seed + 20, 1.5);
        test::cut_gaps(small, seed, share);
        test::cut_gaps(wide, seed, share);
        test::cut_gaps(decimal, seed, share);
        expect_like_slow(small);
        expect_like_slow(wide);
        expect_like_slow(decimal);
      }
    }
  }
}

TEST(Preparer, FillsGapsAsEachPolicySays) {
  const std::vector<double> x{kNone, 2, kNone, kNone, 8, kNone};
  const ColumnView column = test::view_of(x);
  EXPECT_EQ(Prepared(MissingPolicy::kSkip, column).valid, (std::vector<double>{2, 8}));
  EXPECT_EQ(Prepared(MissingPolicy::kSkip, column).time_axis, (std::vector<double>{2, 2, 4, 6, 8, 8}));
  EXPECT_EQ(Prepared(MissingPolicy::kZero, column).valid, (std::vector<double>{0, 2, 0, 0, 8, 0}));
  EXPECT_EQ(Prepared(MissingPolicy::kFfill, column).valid, (std::vector<double>{0, 2, 2, 2, 8, 8}));
  EXPECT_EQ(Prepared(MissingPolicy::kInterpolate, column).valid, (std::vector<double>{2, 2, 4, 6, 8, 8}));
  EXPECT_TRUE(Prepared(MissingPolicy::kNan, column).valid.empty());
  EXPECT_TRUE(Prepared(MissingPolicy::kNan, column).time_axis.empty());
}

TEST(Preparer, TakesInfinitiesAsMissing) {
  const std::vector<double> x{1, HUGE_VAL, 3, -HUGE_VAL};
  const Prepared prepared(MissingPolicy::kInterpolate, test::view_of(x));
  EXPECT_EQ(prepared.channel.intake.n_valid, 2);
  EXPECT_EQ(prepared.valid, (std::vector<double>{1, 2, 3, 3}));
}

TEST(Preparer, CopiesNothingWhereThereIsNoGap) {
  const std::vector<std::int16_t> x{1, 2, 3};
  for (const MissingPolicy policy : kPolicies) {
    const Prepared prepared(policy, test::view_of(x));
    EXPECT_EQ(prepared.channel.valid.data, x.data());
    EXPECT_EQ(prepared.channel.time_axis.data, x.data());
    EXPECT_EQ(prepared.channel.raw.n, 0);
  }
}

TEST(Preparer, KeepsIntegersAsIntegersWhereThePolicyDoes) {
  const std::vector<std::int16_t> x{1, kMissing<std::int16_t>, 3};
  const Prepared skipped(MissingPolicy::kSkip, test::view_of(x));
  EXPECT_EQ(skipped.channel.valid.type, SampleType::kInt16);
  EXPECT_EQ(skipped.channel.time_axis.type, SampleType::kFloat64);
  EXPECT_EQ(skipped.channel.raw.data, x.data());
  EXPECT_EQ(Prepared(MissingPolicy::kZero, test::view_of(x)).channel.valid.type, SampleType::kInt16);
}

TEST(Preparer, UsesItsMemoryAgain) {
  Preparer preparer;
  auto x = test::noise<std::int16_t>(5000, 1, 10);
  test::cut_gaps(x, 2, 0.1);
  const ColumnView column = test::view_of(x);
  const Plan plan = plan_with(MissingPolicy::kSkip);
  const void* first = preparer.prepare(plan, {&column, 1}).channels[0].valid.data;
  EXPECT_EQ(preparer.prepare(plan, {&column, 1}).channels[0].valid.data, first);
}

TEST(Preparer, LeavesOutBlocksWithMoreThanATenthMissing) {
  std::vector<std::int16_t> x(40, 1);
  std::fill(x.begin() + 20, x.begin() + 22, kMissing<std::int16_t>);
  EXPECT_FALSE(leaves_out_block(test::view_of(x), 10, 20));  // two of twenty
  x[22] = kMissing<std::int16_t>;
  EXPECT_TRUE(leaves_out_block(test::view_of(x), 10, 20));
  EXPECT_FALSE(leaves_out_block(test::view_of(x), 0, 20));
}

}  // namespace
}  // namespace pumice
