#include "cpu/fourier_plan.hpp"

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>

#include "stages/welch.hpp"

namespace pumice::cpu {

namespace {

/// exp(-2 pi i k / n)
std::complex<double> unit_root(std::int64_t k, std::int64_t n) {
  const double angle = -2.0 * std::numbers::pi * static_cast<double>(k % n) / static_cast<double>(n);
  return {std::cos(angle), std::sin(angle)};
}

template <class T>
std::vector<T> make_twiddles(int transform) {
  std::vector<T> twiddles;
  for (int length = transform; length >= 4; length /= 4) {
    for (int p = 0; p < length / 4; ++p) {
      for (int power = 1; power < 4; ++power) {
        const auto w = unit_root(static_cast<std::int64_t>(p) * power, length);
        twiddles.push_back(static_cast<T>(w.real()));
        twiddles.push_back(static_cast<T>(w.imag()));
      }
    }
  }
  return twiddles;
}

/// Transform of a power of two, in place: bit reversal, then radix 2.
void transform_in_place(std::vector<std::complex<double>>& x) {
  const std::size_t n = x.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n / 2;
    for (; (j & bit) != 0; bit /= 2) {
      j ^= bit;
    }
    j ^= bit;
    if (i < j) {
      std::swap(x[i], x[j]);
    }
  }
  for (std::size_t length = 2; length <= n; length *= 2) {
    for (std::size_t k = 0; k < length / 2; ++k) {
      const auto w = unit_root(static_cast<std::int64_t>(k), static_cast<std::int64_t>(length));
      for (std::size_t i = k; i < n; i += length) {
        const auto odd = w * x[i + length / 2];
        x[i + length / 2] = x[i] - odd;
        x[i] += odd;
      }
    }
  }
}

std::vector<double> interleaved(const std::vector<std::complex<double>>& values) {
  std::vector<double> result;
  for (const auto& value : values) {
    result.push_back(value.real());
    result.push_back(value.imag());
  }
  return result;
}

void make_chirp(FourierPlan& plan) {
  const std::int64_t n = plan.n;
  const auto length = static_cast<std::size_t>(plan.transform);
  std::vector<std::complex<double>> chirp;
  std::vector<std::complex<double>> spectrum(length);
  for (std::int64_t j = 0; j < n; ++j) {
    chirp.push_back(unit_root(j * j % (2 * n), 2 * n));
    const auto conjugate = std::conj(chirp.back()) / static_cast<double>(length);
    spectrum[static_cast<std::size_t>(j)] = conjugate;
    spectrum[(length - static_cast<std::size_t>(j)) % length] = conjugate;
  }
  transform_in_place(spectrum);
  plan.chirp = interleaved(chirp);
  plan.chirp_spectrum = interleaved(spectrum);
}

}  // namespace

FourierPlan make_fourier_plan(const WelchSettings& settings, Precision precision) {
  FourierPlan plan;
  plan.n = settings.nperseg;
  plan.taper = stages::taper_values(settings.taper, plan.n);
  const auto n = static_cast<unsigned>(plan.n);
  if (std::has_single_bit(n)) {
    plan.transform = plan.n;
    plan.in_double = precision == Precision::kDouble;
  } else {
    plan.transform = static_cast<int>(std::bit_ceil(2 * n - 1));
    plan.in_double = true;
    make_chirp(plan);
  }
  if (plan.in_double) {
    plan.double_twiddles = make_twiddles<double>(plan.transform);
  } else {
    plan.float_twiddles = make_twiddles<float>(plan.transform);
  }
  return plan;
}

}  // namespace pumice::cpu
