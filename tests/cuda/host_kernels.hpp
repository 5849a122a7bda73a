/// What the kernels do, with one thread for a block: the bodies that all tests share whose device is the host.
#pragma once

#include <complex>
#include <cstdint>

#include "pumice/samples.hpp"
#include "tasks.hpp"

namespace pumice::test {

void derive(const cuda::DeriveTask& task);

/// Fills the moments of a task that needs them.
void find_moments(cuda::SignalTask& task);

/// Running totals of the counts of a task that has a range, in as many passes as that takes in `capacity` counters.
void count_samples(const cuda::SignalTask& task, std::int64_t capacity);

/// Fills the samples of a task that are to be sorted.
void fill_keys(const cuda::SignalTask& task);

/// Brings decimals near one. 1 for integers.
[[nodiscard]] double find_scale(const ColumnView& column);

/// Detrends, scales and tapers the block of `length` samples that begins at `first`, to `to` [length].
template <class Real>
void taper_block(const ColumnView& column, std::int64_t first, int length, double scale, const double* taper, Real* to);

/// The transform of `length` numbers by the prime factors of their count: slow, and obvious. out: [length / 2 + 1].
template <class Real>
void transform(const Real* x, int length, std::complex<Real>* out);

/// Adds |X|^2 of one block to `p` [bins], or begins it.
template <class Real>
void add_powers(const std::complex<Real>* x, int bins, bool is_first, double* p);

/// Makes a density of what was added up, and sums it. `scale`: 1 / (fs sum w^2), s.
void finish_spectrum(cuda::SpectrumTask& spectrum, int length, double scale);

/// The plan's calls (CallTables).
struct HostCalls {
  const cuda::SignalCalls* signals = nullptr;
  const cuda::CallGroup* groups = nullptr;
  const cuda::DeviceCall* calls = nullptr;
  double sample_rate = 0;  ///< Hz
};
/// All features of a task.
void evaluate_features(const cuda::SignalTask& task, const cuda::SpectrumTask* spectra, const HostCalls& calls);

}  // namespace pumice::test
