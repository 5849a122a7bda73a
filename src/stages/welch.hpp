/// Welch's method but for its Fourier transform: tapers, scaling and what is read off the averaged spectrum.
/// Conventions are scipy.signal.welch's: periodic taper, constant detrend, one-sided density, mean over blocks.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "pumice/host_device.hpp"
#include "pumice/plan.hpp"
#include "pumice/team.hpp"
#include "pumice/views.hpp"

namespace pumice::stages {

/// Sample i of a periodic taper of n samples, as scipy.signal.get_window gives it; 1 where n = 1.
[[nodiscard]] inline double taper_value(Taper taper, std::int64_t i, std::int64_t n) {
  if (n <= 1) {
    return 1.0;
  }
  const double phase = 2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n);
  switch (taper) {
    case Taper::kHann:
      return 0.5 - 0.5 * std::cos(phase);
    case Taper::kHamming:
      return 0.54 - 0.46 * std::cos(phase);
    case Taper::kBlackman:
      return 0.42 - 0.5 * std::cos(phase) + 0.08 * std::cos(2.0 * phase);
    case Taper::kBoxcar:
      break;
  }
  return 1.0;
}

/// A whole taper: [n].
[[nodiscard]] inline std::vector<double> taper_values(Taper taper, std::int64_t n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    values[static_cast<std::size_t>(i)] = taper_value(taper, i, n);
  }
  return values;
}

/// What turns |X|^2 of a tapered block into a density: 1 / (fs sum w^2), in s. taper: [n].
[[nodiscard]] inline double density_scale(const std::vector<double>& taper, double sample_rate) {
  double sum = 0;
  for (const double w : taper) {
    sum += w * w;
  }
  return 1.0 / (sample_rate * sum);
}

/// Bins but DC, and but the one at half the rate where nperseg is even, stand for two frequencies.
[[nodiscard]] PUMICE_HD constexpr double one_sided_factor(std::int64_t bin, std::int64_t nperseg) {
  return bin == 0 || 2 * bin == nperseg ? 1.0 : 2.0;
}

/// True where a block of `count` samples with `missing` missing ones is left out: more than 10 %.
[[nodiscard]] PUMICE_HD constexpr bool too_many_missing(std::int64_t missing, std::int64_t count) {
  return missing * 10 > count;
}

/// A power of two that brings samples of magnitude up to `largest` near 1, so that float holds the spectrum of decimals
/// whatever their unit. 1 where all samples are zero. Integers need none.
[[nodiscard]] PUMICE_HD inline double transform_scale(double largest) {
  constexpr int kLimit = 500;  // its square, which the density is divided by, is a double, too
  if (!(largest > 0)) {
    return 1.0;
  }
  const int exponent = std::ilogb(largest);
  return std::ldexp(1.0, exponent > kLimit ? -kLimit : exponent < -kLimit ? kLimit : -exponent);
}

struct BlockSum {
  double value = 0;
};

/// Mean of a block, taken about its first sample: exactly that sample where the block is constant, so that a constant
/// channel has a spectrum of zeros. x: [n] {x}, n >= 1.
template <class T, class Team>
[[nodiscard]] PUMICE_HD double block_mean(Team& team, const T* x, std::int64_t n) {
  const auto first = static_cast<double>(x[0]);
  const auto sum = team.template reduce<BlockSum>(
      n, [=](BlockSum& acc, std::int64_t i) { acc.value += static_cast<double>(x[i]) - first; },
      [](BlockSum& acc, const BlockSum& other) { acc.value += other.value; });
  return first + sum.value / static_cast<double>(n);
}

/// Sums over k >= 1 of P, f P and f^2 P.
struct SpectralSums {
  double total = 0;
  double first = 0;
  double second = 0;
  PUMICE_HD void merge(const SpectralSums& other) {
    total += other.total;
    first += other.first;
    second += other.second;
  }
};

/// Fills in total, first_moment and second_moment of a PSD whose other members are set; zero where there is no block.
template <class Team>
PUMICE_HD void summarise(Team& team, WelchPsd& psd) {
  const std::int64_t bins = psd.blocks > 0 && psd.bins > 1 ? psd.bins - 1 : 0;
  const auto sums = team.template reduce<SpectralSums>(
      bins,
      [&](SpectralSums& acc, std::int64_t i) {
        const double p = psd.p[i + 1];
        const double f = psd.frequency(static_cast<int>(i + 1));
        acc.total += p;
        acc.first += f * p;
        acc.second += f * f * p;
      },
      [](SpectralSums& acc, const SpectralSums& other) { acc.merge(other); });
  psd.total = sums.total;
  psd.first_moment = sums.first;
  psd.second_moment = sums.second;
}

}  // namespace pumice::stages
