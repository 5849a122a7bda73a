#include "cpu/order_statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <random>

#include "support/samples.hpp"
#include "support/targets.hpp"

namespace pumice {
namespace {

/// `counted`: none where both ways are right.
template <class T>
void expect_sorted_by(std::int64_t targets, const std::vector<T>& x, std::optional<bool> counted) {
  const auto kernels = cpu::kernels_for(targets);
  const hwy::Sorter sorter;
  cpu::OrderStatisticsMaker maker;
  cpu::OrderStatisticsMaker absolute_maker;
  const OrderStatistics order = maker.make(kernels, sorter, test::view_of(x));
  const OrderStatistics absolute = absolute_maker.make_absolute(kernels, order);
  std::vector<double> sorted(x.begin(), x.end());
  std::vector<double> sorted_absolute;
  for (const double value : sorted) {
    sorted_absolute.push_back(std::fabs(value));
  }
  std::sort(sorted.begin(), sorted.end());
  std::sort(sorted_absolute.begin(), sorted_absolute.end());
  ASSERT_EQ(order.n, static_cast<std::int64_t>(x.size()));
  ASSERT_EQ(absolute.n, order.n);
  EXPECT_EQ(order.cumulative != nullptr, counted.value_or(order.cumulative != nullptr));
  for (std::int64_t k = 0; k < order.n; ++k) {
    ASSERT_EQ(order.kth(k), sorted[static_cast<std::size_t>(k)]) << k << " of " << order.n;
    ASSERT_EQ(absolute.kth(k), sorted_absolute[static_cast<std::size_t>(k)]) << k << " of " << order.n;
  }
}

template <class T>
void expect_sorted(const std::vector<T>& x, std::optional<bool> counted) {
  expect_sorted_by(cpu::usable_targets(), x, counted);
  if (!testing::Test::HasFatalFailure()) {
    expect_sorted_by(test::single_targets(cpu::usable_targets()).back(), x, counted);  // the plainest
  }
}

TEST(OrderStatistics, AreThoseOfASort) {
  for (const std::int64_t n : test::kSizes) {
    expect_sorted(test::noise<std::int16_t>(n, 0, 2), n < 8 ? std::nullopt : std::optional(true));
    expect_sorted(test::noise<std::int16_t>(n, 1, 300), std::nullopt);
    expect_sorted(test::noise<std::int16_t>(n, 2, 5000), std::nullopt);
    expect_sorted(test::noise<std::int32_t>(n, 3, 1000, 0), std::nullopt);
    expect_sorted(test::noise<double>(n, 5, 3.5, 1), false);
  }
}

/// What sorts of doubles stumble over: values that are repeated, and others that are nearly the same.
std::vector<double> repeated(std::int64_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  const double scale = std::pow(10.0, static_cast<int>(random() % 40) - 25);
  std::normal_distribution<double> noise(0, scale);
  const std::vector<double> few{0, noise(random), noise(random), -5.125123, 0.7};
  const double share = static_cast<double>(random() % 100) / 100;
  std::uniform_real_distribution<double> uniform;
  std::vector<double> x(static_cast<std::size_t>(n));
  for (double& value : x) {
    value = noise(random);
    if (uniform(random) < share) {
      value = few[random() % (1 + seed % few.size())] * (1 + static_cast<double>(random() % (1 + seed % 3)) * 2.3e-16);
    } else if (seed % 4 == 0) {
      value = std::min(value, scale / 5);  // saturated
    }
  }
  return x;
}

TEST(OrderStatistics, OfRepeatedAndNearlyEqualDecimalsAreSorted) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    expect_sorted(repeated(seed % 10 == 0 ? 60001 : 1 + 17 * seed, seed), false);
    if (HasFatalFailure()) {
      FAIL() << "seed " << seed;
    }
  }
}

TEST(SortKernels, KeepTheOrderOfDoublesAndSayWhatIsNotInOrder) {
  const std::vector<double> ascending{-std::numeric_limits<double>::infinity(),
                                      -std::numeric_limits<double>::max(),
                                      -1.5,
                                      -std::numeric_limits<double>::min(),
                                      -std::numeric_limits<double>::denorm_min(),
                                      0,
                                      std::numeric_limits<double>::denorm_min(),
                                      1e-300,
                                      2.0,
                                      2.0,
                                      std::nextafter(2.0, 3.0),
                                      std::numeric_limits<double>::max(),
                                      std::numeric_limits<double>::infinity()};
  for (const std::int64_t target : test::single_targets(cpu::usable_targets())) {
    const cpu::SortKernels kernels = cpu::sort_kernels(target);
    const auto n = static_cast<std::int64_t>(ascending.size());
    std::vector<std::int64_t> keys(ascending.size());
    for (std::size_t wrong = 0; wrong < ascending.size(); ++wrong) {  // 0: nothing is
      std::vector<double> x = ascending;
      std::swap(x[wrong], x[wrong > 0 ? wrong - 1 : 0]);
      std::memcpy(keys.data(), x.data(), keys.size() * sizeof(std::int64_t));
      kernels.make_keys(keys.data(), n);
      const bool expected = std::is_sorted(x.begin(), x.end());
      EXPECT_EQ(std::is_sorted(keys.begin(), keys.end()), expected) << wrong;
      EXPECT_EQ(kernels.unmake_keys(keys.data(), n), expected) << wrong;
      EXPECT_EQ(std::memcmp(keys.data(), x.data(), keys.size() * sizeof(std::int64_t)), 0) << wrong;
    }
  }
}

TEST(OrderStatistics, OfAWideRangeAreSorted) {
  auto x = test::noise<std::int32_t>(5000, 4, 3e6);
  x[0] = -kMaxInt32Sample;
  expect_sorted(x, false);
}

TEST(OrderStatistics, CountTheWholeRangeOfInt16) {
  std::vector<std::int16_t> x;
  for (int value = -32767; value <= 32767; value += 3) {
    x.push_back(static_cast<std::int16_t>(value));
  }
  x.push_back(32767);
  expect_sorted(x, true);
}

TEST(OrderStatistics, AreNotCountedWhereCountersAreManyMoreThanSamples) {
  const auto few = test::noise<std::int16_t>(1000, 1, 5000);
  const auto many = test::noise<std::int16_t>(50000, 1, 5000);
  expect_sorted(few, false);
  expect_sorted(many, true);
  const auto kernels = cpu::kernels_for(cpu::usable_targets());
  const hwy::Sorter sorter;
  cpu::OrderStatisticsMaker maker;
  const auto make = [&](const std::vector<std::int16_t>& x) {
    return maker.make(kernels, sorter, test::view_of(x), {}, cpu::OrderStatisticsMaker::Otherwise::kNothing);
  };
  const OrderStatistics none = make(few);
  EXPECT_EQ(none.cumulative, nullptr);
  EXPECT_EQ(none.sorted, nullptr);
  EXPECT_NE(make(many).cumulative, nullptr);
}

TEST(OrderStatistics, OfOneSignOnly) {
  expect_sorted(std::vector<std::int32_t>{-9, -5, -5, -2, -9}, true);
  expect_sorted(std::vector<std::int32_t>{16777216, 16777213, 16777215}, true);
  expect_sorted(std::vector<std::int32_t>{16777216, 16777200, 16777215}, false);
  expect_sorted(std::vector<double>{-0.5, -2.25, -0.5}, false);
  expect_sorted(std::vector<double>{2.5}, false);
}

TEST(OrderStatistics, WriteNegativeZeroAsZero) {
  const std::vector<double> x{0.0, -0.0, -0.0, 0.0};
  const hwy::Sorter sorter;
  cpu::OrderStatisticsMaker maker;
  const OrderStatistics order = maker.make(cpu::kernels_for(cpu::usable_targets()), sorter, test::view_of(x));
  for (int k = 0; k < 4; ++k) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(order.kth(k)), 0U);
  }
}

TEST(OrderStatistics, CountRanksAndQuantiles) {
  const std::vector<std::int16_t> x{4, 1, 1, 9};
  const hwy::Sorter sorter;
  cpu::OrderStatisticsMaker maker;
  const OrderStatistics order = maker.make(cpu::kernels_for(cpu::usable_targets()), sorter, test::view_of(x));
  EXPECT_EQ(order.rank(0), 0);
  EXPECT_EQ(order.rank(1), 2);
  EXPECT_EQ(order.rank(8.5), 3);
  EXPECT_EQ(order.quantile(0.5), 2.5);
  EXPECT_EQ(order.quantile(1), 9);
}

}  // namespace
}  // namespace pumice
