#include "stages/moments.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/samples.hpp"

namespace pumice {
namespace {

__extension__ typedef __float128 Quad;

/// Central sums in 113 bits, by the definition.
struct Exact {
  double sum;
  double sum_squares;
  double mean;
  double m2;
  double m3;
  double m4;
  Quad exact_mean;
};

template <class T>
Exact exact_moments(const std::vector<T>& x) {
  Quad sum = 0;
  Quad squares = 0;
  for (const T value : x) {
    sum += static_cast<Quad>(value);
    squares += static_cast<Quad>(value) * static_cast<Quad>(value);
  }
  const Quad mean = sum / static_cast<Quad>(x.size());
  Quad m[5] = {};
  for (const T value : x) {
    const Quad d = static_cast<Quad>(value) - mean;
    m[2] += d * d;
    m[3] += d * d * d;
    m[4] += d * d * d * d;
  }
  return {static_cast<double>(sum),
          static_cast<double>(squares),
          static_cast<double>(mean),
          static_cast<double>(m[2]),
          static_cast<double>(m[3]),
          static_cast<double>(m[4]),
          mean};
}

/// Central sums to 1e-12 of their scale: m2 relative, m3 and m4 of m2's power, as skewness and kurtosis need them.
template <class T>
void expect_moments(const std::vector<T>& x, double tolerance) {
  SerialTeam team;
  const Moments m = stages::moments(team, x.data(), static_cast<std::int64_t>(x.size()));
  const Exact e = exact_moments(x);
  const double n = static_cast<double>(x.size());
  EXPECT_EQ(m.n, static_cast<std::int64_t>(x.size()));
  EXPECT_NEAR(m.sum, e.sum, tolerance * std::sqrt(n * e.sum_squares));
  EXPECT_NEAR(m.sum_squares, e.sum_squares, tolerance * e.sum_squares);
  EXPECT_NEAR(m.mean, e.mean, tolerance * std::fabs(e.mean));
  EXPECT_NEAR(m.m2, e.m2, tolerance * e.m2);
  EXPECT_NEAR(m.m3, e.m3, tolerance * (std::fabs(e.m3) + std::pow(e.m2 / n, 1.5) * n));
  EXPECT_NEAR(m.m4, e.m4, tolerance * e.m4);
  EXPECT_EQ(m.minimum, static_cast<double>(*std::min_element(x.begin(), x.end())));
  EXPECT_EQ(m.maximum, static_cast<double>(*std::max_element(x.begin(), x.end())));
}

TEST(Moments, OfIntegersAreExact) {
  for (const std::int64_t n : test::kSizes) {
    expect_moments(test::noise<std::int16_t>(n, 1, 800), 1e-13);
    expect_moments(test::noise<std::int32_t>(n, 2, 900, 1.6e7), 1e-13);
    expect_moments(test::noise<std::int32_t>(n, 3, 4e6), 1e-13);
  }
}

TEST(Moments, OfIntegersDoNotLoseDigitsToAnOffset) {
  std::vector<std::int32_t> far;
  std::vector<std::int32_t> near;
  for (const std::int16_t value : test::noise<std::int16_t>(60001, 4, 30)) {
    near.push_back(value);
    far.push_back(value + 16000000);
  }
  SerialTeam team;
  const Moments a = stages::moments(team, near.data(), 60001);
  const Moments b = stages::moments(team, far.data(), 60001);
  EXPECT_EQ(a.m2, b.m2);
  EXPECT_EQ(a.m3, b.m3);
  EXPECT_EQ(a.m4, b.m4);
}

TEST(Moments, OfIntegersHoldTheWidestSamples) {
  std::vector<std::int32_t> x(100001, -kMaxInt32Sample);
  std::fill(x.begin(), x.begin() + 50000, kMaxInt32Sample);
  expect_moments(x, 1e-14);
}

TEST(Moments, HoldTheMeanInTwoPartsThatAddUpBeyondADouble) {
  const auto near_mean = [](const auto& x) {
    SerialTeam team;
    const Moments m = stages::moments(team, x.data(), static_cast<std::int64_t>(x.size()));
    const Exact e = exact_moments(x);
    const double off =
        static_cast<double>(static_cast<Quad>(m.center) + static_cast<Quad>(m.mean_offset) - e.exact_mean);
    EXPECT_LE(std::fabs(off), 1e-14 * std::sqrt(e.m2 / static_cast<double>(m.n)));
    EXPECT_LE(std::fabs(m.mean_offset), 0.5);
  };
  std::vector<std::int32_t> integers;
  std::vector<double> large;
  for (const std::int16_t value : test::noise<std::int16_t>(60001, 8, 30)) {
    integers.push_back(value + 2600000);
    large.push_back(value + 1e9);
  }
  near_mean(integers);
  near_mean(large);
}

TEST(Moments, OfDecimalsKeepTwelveDigits) {
  for (const std::int64_t n : test::kSizes) {
    expect_moments(test::noise<double>(n, 5, 0.01), 1e-12);
    expect_moments(test::noise<double>(n, 6, 1e30), 1e-12);
  }
}

TEST(Moments, OfDecimalsFarFromZeroKeepWhatTheirDigitsHold) {
  std::vector<double> x;
  for (const double value : test::noise<double>(60001, 7, 1)) {
    x.push_back(value + 1e9);
  }
  expect_moments(x, 1e-12);
}

TEST(Moments, OfAConstantAreZeroAboutIt) {
  for (const std::int64_t n : test::kSizes) {
    SerialTeam team;
    const std::vector<double> x(static_cast<std::size_t>(n), 0.1);
    const Moments m = stages::moments(team, x.data(), n);
    EXPECT_EQ(m.mean, 0.1);
    EXPECT_EQ(m.m2, 0);
    EXPECT_EQ(m.m3, 0);
    EXPECT_EQ(m.m4, 0);
    const std::vector<std::int16_t> y(static_cast<std::size_t>(n), -7);
    const Moments k = stages::moments(team, y.data(), n);
    EXPECT_EQ(k.mean, -7);
    EXPECT_EQ(k.m2, 0);
    EXPECT_EQ(k.m4, 0);
  }
}

TEST(Moments, OfNothingAreOfNoSamples) {
  SerialTeam team;
  EXPECT_EQ(stages::moments(team, static_cast<const double*>(nullptr), 0).n, 0);
  EXPECT_EQ(stages::moments(team, static_cast<const std::int16_t*>(nullptr), 0).n, 0);
}

TEST(Moments, RoundTheMeanToTheNearestInteger) {
  stages::IntegerExtent extent;
  extent.add(-3, 1);
  extent.add(-2, 1);
  EXPECT_EQ(extent.rounded_mean(), -2);  // -2.5: halves go up
  extent.add(-3, 1);
  EXPECT_EQ(extent.rounded_mean(), -3);
  extent.add(100, 1);
  EXPECT_EQ(extent.rounded_mean(), 23);
}

TEST(Moments, TurnWideIntegersIntoTheNearestDouble) {
  EXPECT_EQ(stages::to_double(0), 0);
  EXPECT_EQ(stages::to_double(-5), -5);
  EXPECT_EQ(stages::to_double(static_cast<stages::Int128>(1) << 100), std::ldexp(1, 100));
  EXPECT_EQ(stages::to_double(-(static_cast<stages::Int128>(3) << 70)), -std::ldexp(3, 70));
}

}  // namespace
}  // namespace pumice
