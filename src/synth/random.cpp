#include "synth/random.hpp"

#include <cmath>

namespace pumice::synth {

Random::Random(std::uint64_t seed, std::uint64_t stream) : state_(seed) {
  state_ = bits() ^ (stream * 0xd1342543de82ef95u);
  state_ = bits();
}

std::int64_t Random::integer(std::int64_t low, std::int64_t high) {
  const auto count = static_cast<std::uint64_t>(high - low) + 1;
  // The bias of the remainder is below count / 2^64.
  return low + static_cast<std::int64_t>(bits() % count);
}

double exponential(double x) {
  constexpr double kLog2 = 0.6931471805599453;
  const auto power = static_cast<int>(x / kLog2 + (x < 0 ? -0.5 : 0.5));
  const double rest = x - power * kLog2;
  double sum = 1;
  for (int k = 16; k > 0; --k) {
    sum = 1 + sum * rest / k;
  }
  return std::ldexp(sum, power);
}

double sine(double turns) {
  constexpr double kTwoPi = 6.283185307179586;
  double t = turns - static_cast<double>(static_cast<std::int64_t>(turns));
  t = t < 0 ? t + 1 : t;
  // sin(2 pi t) on a quarter of the circle, by symmetry.
  const double sign = t < 0.5 ? 1 : -1;
  t = t < 0.5 ? t : t - 0.5;
  t = t < 0.25 ? t : 0.5 - t;
  const double x = kTwoPi * t;
  const double square = x * x;
  double sum = 1;
  for (int k = 19; k > 1; k -= 2) {
    sum = 1 - sum * square / (k * (k - 1));
  }
  return sign * x * sum;
}

double cosine(double turns) { return sine(turns + 0.25); }

}  // namespace pumice::synth
