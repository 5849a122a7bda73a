#include "cuda/host_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <type_traits>
#include <vector>

#include "features/all.hpp"
#include "pumice/team.hpp"
#include "sort_key.hpp"
#include "stages/derive.hpp"
#include "stages/moments.hpp"
#include "stages/order_statistics.hpp"
#include "stages/welch.hpp"

namespace pumice::test {

using cuda::SignalTask;
using cuda::SpectrumTask;

void derive(const cuda::DeriveTask& task) {
  visit_type(task.from.type, [&](auto from_zero) {
    visit_type(task.to.type, [&](auto to_zero) {
      using From = decltype(from_zero);
      using To = decltype(to_zero);
      const From* from = task.from.as<From>();
      To* to = const_cast<To*>(task.to.as<To>());
      for (std::int64_t i = 0; i < task.to.n; ++i) {
        to[i] = task.derivation == Derivation::kNone  ? static_cast<To>(from[i])
                : task.derivation == Derivation::kAbs ? static_cast<To>(stages::absolute(from[i]))
                                                      : static_cast<To>(stages::difference(from, i));
      }
    });
  });
}

void find_moments(SignalTask& task) {
  if ((task.needs & kMoments) == 0) {
    return;
  }
  visit_type(task.valid.type, [&](auto zero) {
    SerialTeam team;
    task.moments = stages::moments(team, task.valid.as<decltype(zero)>(), task.valid.n);
  });
}

void count_samples(const SignalTask& task, std::int64_t capacity) {
  std::vector<std::uint32_t> counters(static_cast<std::size_t>(std::min(capacity, task.range)));
  std::uint32_t total = 0;
  for (std::int64_t first = 0; first < task.range; first += capacity) {
    const std::int64_t width = std::min(task.range - first, capacity);
    std::fill(counters.begin(), counters.end(), 0U);
    visit_type(task.valid.type, [&](auto zero) {
      using T = decltype(zero);
      if constexpr (std::is_integral_v<T>) {
        for (std::int64_t i = 0; i < task.valid.n; ++i) {
          const std::int64_t place = task.valid.as<T>()[i] - task.base - first;
          if (place >= 0 && place < width) {
            ++counters[static_cast<std::size_t>(place)];
          }
        }
      }
    });
    for (std::int64_t place = 0; place < width; ++place) {
      total += counters[static_cast<std::size_t>(place)];
      task.counts[first + place] = total;
    }
  }
}

void fill_keys(const SignalTask& task) {
  visit_type(task.valid.type, [&](auto zero) {
    const auto* x = task.valid.as<decltype(zero)>();
    std::transform(x, x + task.valid.n, task.unsorted, [](auto sample) { return cuda::sort_key(sample); });
  });
}

double find_scale(const ColumnView& column) {
  if (column.type != SampleType::kFloat64) {
    return 1;
  }
  double largest = 0;
  for (std::int64_t i = 0; i < column.n; ++i) {
    largest = std::max(largest, std::fabs(column.as<double>()[i]));
  }
  return stages::transform_scale(largest);
}

template <class Real>
void taper_block(const ColumnView& column, std::int64_t first, int length, double scale, const double* taper,
                 Real* to) {
  visit_type(column.type, [&](auto zero) {
    SerialTeam team;
    const auto* x = column.as<decltype(zero)>() + first;
    const double mean = stages::block_mean(team, x, length);
    for (int i = 0; i < length; ++i) {
      to[i] = static_cast<Real>((static_cast<double>(x[i]) - mean) * scale * taper[i]);
    }
  });
}
template void taper_block(const ColumnView&, std::int64_t, int, double, const double*, float*);
template void taper_block(const ColumnView&, std::int64_t, int, double, const double*, double*);

namespace {

using Complex = std::complex<double>;

/// e^(-2 pi i k / n) for k < n.
std::vector<Complex> roots_of_one(std::size_t n) {
  std::vector<Complex> roots(n);
  for (std::size_t k = 0; k < n; ++k) {
    roots[k] = std::polar(1.0, -2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n));
  }
  return roots;
}

std::size_t smallest_factor(std::size_t n) {
  for (std::size_t factor = 2; factor * factor <= n; ++factor) {
    if (n % factor == 0) {
      return factor;
    }
  }
  return n;
}

/// Of x[0], x[step], ..: every one of n, where n * step is the count of roots.
template <class Real>
void transform_part(const Real* x, std::size_t n, std::size_t step, const std::vector<Complex>& roots, Complex* out) {
  if (n == 1) {
    out[0] = static_cast<double>(x[0]);
    return;
  }
  const std::size_t factor = smallest_factor(n);
  const std::size_t part = n / factor;
  for (std::size_t r = 0; r < factor; ++r) {
    transform_part(x + r * step, part, step * factor, roots, out + r * part);
  }
  std::vector<Complex> terms(factor);
  for (std::size_t k = 0; k < part; ++k) {
    for (std::size_t r = 0; r < factor; ++r) {
      terms[r] = out[r * part + k];
    }
    for (std::size_t q = 0; q < factor; ++q) {
      Complex sum = 0;
      for (std::size_t r = 0; r < factor; ++r) {
        sum += terms[r] * roots[r * (q * part + k) * step % roots.size()];
      }
      out[q * part + k] = sum;
    }
  }
}

}  // namespace

template <class Real>
void transform(const Real* x, int length, std::complex<Real>* out) {
  const auto n = static_cast<std::size_t>(length);
  std::vector<Complex> whole(n);
  transform_part(x, n, 1, roots_of_one(n), whole.data());
  std::transform(whole.begin(), whole.begin() + length / 2 + 1, out, [](const Complex& value) {
    return std::complex<Real>(static_cast<Real>(value.real()), static_cast<Real>(value.imag()));
  });
}
template void transform(const float*, int, std::complex<float>*);
template void transform(const double*, int, std::complex<double>*);

template <class Real>
void add_powers(const std::complex<Real>* x, int bins, bool is_first, double* p) {
  for (int bin = 0; bin < bins; ++bin) {
    p[bin] = (is_first ? 0.0 : p[bin]) + std::norm(std::complex<double>(x[bin]));
  }
}
template void add_powers(const std::complex<float>*, int, bool, double*);
template void add_powers(const std::complex<double>*, int, bool, double*);

void finish_spectrum(SpectrumTask& spectrum, int length, double scale) {
  const double unscale = 1.0 / (spectrum.scale * spectrum.scale);
  const double block_scale = scale / static_cast<double>(spectrum.psd.blocks);
  for (int bin = 0; bin < spectrum.psd.bins; ++bin) {
    spectrum.p[bin] = spectrum.p[bin] * unscale * (block_scale * stages::one_sided_factor(bin, length));
  }
  SerialTeam team;
  stages::summarise(team, spectrum.psd);
}

namespace {

template <class T>
void evaluate_as(const SignalTask& task, const SpectrumTask* spectra, const HostCalls& tables) {
  SerialTeam team;
  Signal<T> signal;
  signal.intake = task.intake;
  signal.valid = {task.feature_valid.as<T>(), task.feature_valid.n};
  signal.time_axis = {task.feature_time_axis.as<T>(), task.feature_time_axis.n, tables.sample_rate};
  signal.moments = task.moments;
  if ((task.needs & kOrderStatistics) != 0) {
    signal.order_statistics = {task.valid.n, task.sorted, task.counts, task.base, task.range};
  }
  const cuda::SignalCalls& calls = tables.signals[task.signal];
  for (int g = calls.first_group; g < calls.first_group + calls.groups; ++g) {
    const cuda::CallGroup& group = tables.groups[g];
    if (group.spectrum >= 0) {
      signal.welch = spectra[task.first_spectrum + group.spectrum].psd;
    }
    for (int c = 0; c < group.map_calls + group.reduce_calls; ++c) {
      const cuda::DeviceCall& call = tables.calls[group.first_call + c];
      int id = 0;
      features::Catalogue::for_each([&]<class F>() {
        if (id++ == call.feature) {
          evaluate<F>(team, signal, call.params, task.results + call.first_value);
        }
      });
    }
  }
}

}  // namespace

void evaluate_features(const SignalTask& task, const SpectrumTask* spectra, const HostCalls& calls) {
  visit_type(feature_type(task), [&](auto zero) { evaluate_as<decltype(zero)>(task, spectra, calls); });
}

}  // namespace pumice::test
