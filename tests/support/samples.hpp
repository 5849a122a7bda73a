/// Samples for tests: made from a seed, or from a formula.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "pumice/samples.hpp"

namespace pumice::test {

/// Lengths round a team's 128 lanes and a warp's 32, a prime, and a real segment's.
inline const std::vector<std::int64_t> kSizes{1, 2, 31, 32, 33, 127, 128, 129, 1000, 7919, 60001};

/// A view of a vector's samples.
template <class T>
[[nodiscard]] ColumnView view_of(const std::vector<T>& x) {
  return {x.data(), kSampleTypeOf<T>, static_cast<std::int64_t>(x.size())};
}

/// Noise about `offset`, rounded where T is an integer; a tenth of the samples are exactly zero, as in real sensors.
template <class T>
[[nodiscard]] std::vector<T> noise(std::int64_t n, std::uint64_t seed, double deviation, double offset = 0) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(offset, deviation);
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& value : x) {
    const double drawn = normal(random);
    const bool zero = random() % 10 == 0;
    value = static_cast<T>(zero ? 0.0 : std::is_integral_v<T> ? std::round(drawn) : drawn);
  }
  return x;
}

/// Makes runs of samples missing, about `share` of them.
template <class T>
void cut_gaps(std::vector<T>& x, std::uint64_t seed, double share) {
  std::mt19937_64 random(seed);
  const auto n = x.size();
  const auto wanted = static_cast<std::size_t>(share * static_cast<double>(n));
  for (std::size_t cut = 0; cut < wanted;) {
    const std::size_t first = random() % n;
    const std::size_t length = 1 + random() % 20;
    for (std::size_t i = first; i < n && i < first + length; ++i, ++cut) {
      x[i] = kMissing<T>;
    }
  }
}

}  // namespace pumice::test
