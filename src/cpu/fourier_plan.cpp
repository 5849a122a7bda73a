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

/// Longer transforms are done as matrices.
constexpr int kLongestColumn = 128;

template <class T>
std::vector<T> interleaved(const std::vector<std::complex<double>>& values) {
  std::vector<T> result;
  result.reserve(2 * values.size());
  for (const auto& value : values) {
    result.push_back(static_cast<T>(value.real()));
    result.push_back(static_cast<T>(value.imag()));
  }
  return result;
}

template <class T>
std::vector<T> make_twiddles(int transform) {
  std::vector<std::complex<double>> twiddles;
  for (int length = transform; length >= 4; length /= 4) {
    for (int p = 0; p < length / 4; ++p) {
      for (int power = 1; power < 4; ++power) {
        twiddles.push_back(unit_root(static_cast<std::int64_t>(p) * power, length));
      }
    }
  }
  return interleaved<T>(twiddles);
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

template <class T>
void make_chirp(const FourierPlan& plan, FourierTables<T>& tables) {
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
  tables.chirp = interleaved<T>(chirp);
  tables.chirp_spectrum = interleaved<T>(spectrum);
}

template <class T>
FourierTables<T> make_tables(const FourierPlan& plan) {
  FourierTables<T> tables;
  tables.columns = make_twiddles<T>(plan.column_length);
  tables.rows = make_twiddles<T>(plan.row_length);
  std::vector<std::complex<double>> between;
  for (std::int64_t row = 0; row < plan.row_length; ++row) {
    for (std::int64_t column = 0; column < plan.column_length; ++column) {
      between.push_back(unit_root(row * column, plan.transform));
    }
  }
  tables.between = interleaved<T>(between);
  tables.taper.assign(plan.taper.begin(), plan.taper.end());
  if (!plan.is_power_of_two()) {
    make_chirp(plan, tables);
  }
  return tables;
}

}  // namespace

FourierPlan make_fourier_plan(const WelchSettings& settings, Precision precision) {
  FourierPlan plan;
  plan.n = settings.nperseg;
  plan.taper = stages::taper_values(settings.taper, plan.n);
  plan.is_double = precision == Precision::kDouble;
  const auto n = static_cast<unsigned>(plan.n);
  plan.transform = static_cast<int>(std::has_single_bit(n) ? n : std::bit_ceil(2 * n - 1));
  plan.column_length = 1;
  // Columns as powers of four, about as long as the rows.
  while (plan.transform > kLongestColumn && plan.column_length * plan.column_length < plan.transform) {
    plan.column_length *= 4;
  }
  if (plan.transform <= kLongestColumn) {
    plan.column_length = plan.transform;
  }
  plan.row_length = plan.transform / plan.column_length;
  if (plan.is_double) {
    plan.double_tables = make_tables<double>(plan);
  } else {
    plan.float_tables = make_tables<float>(plan);
  }
  return plan;
}

}  // namespace pumice::cpu
