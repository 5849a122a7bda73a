/// Random numbers and elementary functions whose bits are the same on every machine: integers, + - * / and sqrt only.
#pragma once

#include <cstdint>

namespace pumice::synth {

/// A stream of random numbers (SplitMix64; Steele, Lea & Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  /// The stream numbered `stream` of `seed`; streams do not overlap in practice.
  Random(std::uint64_t seed, std::uint64_t stream);

  /// Uniform over all 64-bit values.
  [[nodiscard]] std::uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, 1).
  [[nodiscard]] double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  /// Uniform in [low, high).
  [[nodiscard]] double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform over the integers of [low, high].
  [[nodiscard]] std::int64_t integer(std::int64_t low, std::int64_t high);
  [[nodiscard]] bool happens(double probability) { return uniform() < probability; }
  /// Mean 0, standard deviation 1, within +-3.47: the sum of four 16-bit uniforms, near enough to normal for noise
  /// that is filtered afterwards, and free of logarithms.
  [[nodiscard]] double normal() {
    const std::uint64_t z = bits();
    const auto sum = static_cast<std::int64_t>((z & 0xffff) + ((z >> 16) & 0xffff) + ((z >> 32) & 0xffff) + (z >> 48));
    return static_cast<double>(2 * sum - std::int64_t{4} * 65535) * kHalfOverDeviation;
  }

 private:
  /// One half over the sum's standard deviation, sqrt(4 (65536^2 - 1) / 12).
  static constexpr double kHalfOverDeviation = 0.5 / 37837.227103;
  std::uint64_t state_;
};

/// e^x for |x| < 700, to 1e-14.
[[nodiscard]] double exponential(double x);
/// sin and cos of 2 pi `turns`, to 1e-15.
[[nodiscard]] double sine(double turns);
[[nodiscard]] double cosine(double turns);

}  // namespace pumice::synth
