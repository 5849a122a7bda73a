/// FFTW, the peer of the transforms: the blocks of one channel at once, real to complex, planned by measuring.
#include <benchmark/benchmark.h>
#include <fftw3.h>

#include "micro/signals.hpp"

namespace pumice::bench {
namespace {

/// Transforms alone: neither tapers nor powers.
void fftw_transforms(benchmark::State& state) {
  const auto n = static_cast<int>(state.range(0));
  const int blocks = static_cast<int>(2 * kSamples / n - 1);
  float* const in = fftwf_alloc_real(static_cast<std::size_t>(n) * blocks);
  fftwf_complex* const out = fftwf_alloc_complex(static_cast<std::size_t>(n / 2 + 1) * blocks);
  const fftwf_plan plan =
      fftwf_plan_many_dft_r2c(1, &n, blocks, in, nullptr, 1, n, out, nullptr, 1, n / 2 + 1, FFTW_MEASURE);
  for (int i = 0; i < n * blocks; ++i) {
    in[i] = static_cast<float>(signal<std::int16_t>()[static_cast<std::size_t>(i) % kSamples]);
  }
  for (auto _ : state) {
    fftwf_execute(plan);
    benchmark::ClobberMemory();
  }
  state.counters["samples/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * kSamples,
                                                   benchmark::Counter::kIsRate, benchmark::Counter::kIs1000);
  fftwf_destroy_plan(plan);
  fftwf_free(in);
  fftwf_free(out);
}
BENCHMARK(fftw_transforms)->ArgName("nperseg")->Arg(256)->Arg(1000)->Arg(1024)->Arg(4096);

}  // namespace
}  // namespace pumice::bench
