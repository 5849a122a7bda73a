// What single features are known for.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "features/all.hpp"
#include "support/reference_signal.hpp"

namespace pumice {
namespace {

using testing::evaluate_serially;
using testing::ReferenceSignal;

double value_of_nothing = 0;

template <class F>
double value(const ReferenceSignal& signal, const double* params = &value_of_nothing) {
  return evaluate_serially<F>(signal, params)[0];
}

/// The same order statistics held as counts.
struct Counts {
  explicit Counts(const std::vector<double>& sorted) {
    view.n = static_cast<std::int64_t>(sorted.size());
    view.base = static_cast<std::int64_t>(sorted.front());
    view.range = static_cast<std::int64_t>(sorted.back()) - view.base + 1;
    for (std::int64_t k = 0; k < view.range; ++k) {
      const auto not_above = std::upper_bound(sorted.begin(), sorted.end(), static_cast<double>(view.base + k));
      cumulative.push_back(static_cast<std::uint32_t>(not_above - sorted.begin()));
    }
    view.cumulative = cumulative.data();
  }
  std::vector<std::uint32_t> cumulative;
  OrderStatistics view;
};

TEST(MedianAbsoluteDeviation, IsTheSortedDistancesMiddleOnRandomTies) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const int n = std::uniform_int_distribution<int>(1, 40)(random);
    std::vector<double> x;
    for (int i = 0; i < n; ++i) {
      x.push_back(std::uniform_int_distribution<int>(-6, 9)(random));
    }
    std::sort(x.begin(), x.end());
    const auto middle = [](const std::vector<double>& v) { return 0.5 * (v[(v.size() - 1) / 2] + v[v.size() / 2]); };
    std::vector<double> distances;
    for (const double sample : x) {
      distances.push_back(std::fabs(sample - middle(x)));
    }
    std::sort(distances.begin(), distances.end());

    const Counts counts(x);
    OrderStatistics sorted;
    sorted.n = n;
    sorted.sorted = x.data();
    EXPECT_EQ(features::MedianAbsoluteDeviation::eval({}, sorted), middle(distances)) << "round " << round;
    EXPECT_EQ(features::MedianAbsoluteDeviation::eval({}, counts.view), middle(distances)) << "round " << round;
  }
}

TEST(MeanAbsoluteDeviation, OfIntegersDoesNotChangeWithAnOffset) {
  std::mt19937 random(6);
  std::uniform_int_distribution<int> uniform(-90, 70);
  std::vector<double> near(997);
  std::generate(near.begin(), near.end(), [&] { return uniform(random); });
  const double expected = value<features::MeanAbsoluteDeviation>(ReferenceSignal(near));
  for (const double offset : {2.6e6, 1e9}) {
    std::vector<double> far = near;
    std::for_each(far.begin(), far.end(), [&](double& sample) { sample += offset; });
    EXPECT_NEAR(value<features::MeanAbsoluteDeviation>(ReferenceSignal(far)), expected, 1e-14 * expected) << offset;
  }
}

TEST(Quantile, IsTheSameOfCountsAndOfSortedSamples) {
  const ReferenceSignal signal({-3, 5, 5, 0, 2, 2, 2, 19, -3, 4});
  const Counts counts(signal.sorted());
  for (double q = 0; q <= 1; q += 0.01) {
    EXPECT_EQ(features::Quantile::eval({q}, counts.view),
              features::Quantile::eval({q}, signal.view().order_statistics));
  }
}

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const double q = 0.4;
  EXPECT_DOUBLE_EQ(value<features::Quantile>(ReferenceSignal({10, 20, 40}), &q), 18);
}

TEST(Quantile, OfSamplesFartherApartThanADoubleHolds) {
  const ReferenceSignal signal({-1.5e308, -1e308, 1e308, 1.25e308, 1.5e308});
  const OrderStatistics& x = signal.view().order_statistics;
  EXPECT_EQ(x.quantile(0), -1.5e308);
  EXPECT_EQ(x.quantile(0.25), -1e308);
  EXPECT_EQ(x.quantile(0.3125), -5e307);  // a quarter of the way
  EXPECT_EQ(x.quantile(0.375), 0);
  EXPECT_EQ(x.quantile(0.4375), 5e307);
  EXPECT_EQ(x.quantile(0.5), 1e308);
  EXPECT_EQ(x.quantile(0.75), 1.25e308);
  EXPECT_EQ(x.quantile(1), 1.5e308);
}

TEST(Median, OfSamplesWhoseSumADoubleDoesNotHold) {
  EXPECT_EQ(value<features::Median>(ReferenceSignal({1.7e308})), 1.7e308);
  EXPECT_EQ(value<features::Median>(ReferenceSignal({-1e308, -1.5e308, -1.7e308})), -1.5e308);
  EXPECT_EQ(value<features::Median>(ReferenceSignal({1e308, 1.5e308, 0, 1.7e308})), 1.25e308);
  EXPECT_EQ(value<features::Median>(ReferenceSignal({5e-324, 5e-324})), 5e-324) << "halves of it are none";
}

TEST(MedianAbsoluteDeviation, OfSamplesWhoseSumADoubleDoesNotHold) {
  using features::MedianAbsoluteDeviation;
  EXPECT_EQ(value<MedianAbsoluteDeviation>(ReferenceSignal({1e308, 1.25e308, 1.5e308})), 2.5e307);
  EXPECT_EQ(value<MedianAbsoluteDeviation>(ReferenceSignal({-1.5e308, 0, 1.5e308})), 1.5e308);
}

TEST(Maximum, OfNegativeSamplesIsNegative) { EXPECT_EQ(value<features::Maximum>(ReferenceSignal({-7, -2, -90})), -2); }

TEST(Slope, KeepsItsDigitsUnderAnOffset) {
  std::vector<double> x;
  for (int i = 0; i < 60001; ++i) {
    x.push_back(1e7 + (i % 2 == 0 ? 0 : 1));
  }
  // sum of (2 i - (n - 1)) over odd i is 0 for odd n: the zigzag has no slope at all.
  const ReferenceSignal signal(x, 100, {.nperseg = 16, .overlap = 0});
  EXPECT_EQ(value<features::Slope>(signal), 0);
}

TEST(Slope, IsExactOnALineOfIntegers) {
  std::vector<double> x;
  for (int i = 0; i < 5000; ++i) {
    x.push_back(3 * i - 7000);
  }
  const ReferenceSignal signal(x, 100, {.nperseg = 16, .overlap = 0});
  EXPECT_DOUBLE_EQ(value<features::Slope>(signal), 3);
}

TEST(LinearTrend, FitsALineWithoutError) {
  const auto values = evaluate_serially<features::LinearTrend>(ReferenceSignal({5, 7, 9, 11, 13}), nullptr);
  EXPECT_DOUBLE_EQ(values[0], 2);
  EXPECT_DOUBLE_EQ(values[1], 5);
  EXPECT_DOUBLE_EQ(values[2], 1);
  EXPECT_NEAR(values[3], 0, 1e-7);
}

TEST(LongestStrike, GoesOnAcrossTheLanesChunks) {
  std::vector<double> x(1000, 0.0);
  std::fill(x.begin() + 100, x.begin() + 731, 5.0);
  const ReferenceSignal signal(x, 100, {.nperseg = 16, .overlap = 0});
  EXPECT_EQ(value<features::LongestStrikeAboveMean>(signal), 631);
  EXPECT_EQ(value<features::LongestStrikeBelowMean>(signal), 269);
}

TEST(LongestStrike, MayCoverAllButTheFirstSample) {
  std::vector<double> x(129, 1.0);
  x[0] = 0;
  EXPECT_EQ(value<features::LongestStrikeAboveMean>(ReferenceSignal(x)), 128);
}

}  // namespace
}  // namespace pumice
