/// Kernels (kernels/launch.hpp) and what else a slot asks of a device, on the fake runtime.
#include "launch.hpp"

#include <algorithm>
#include <cstring>

#include "check.hpp"
#include "cuda/fake_cuda_runtime.hpp"
#include "cuda/host_kernels.hpp"
#include "device_probe.hpp"

namespace pumice::cuda {

namespace {

/// Shared memory of a block of sm_90.
constexpr std::size_t kCounterBytes = 227 * 1024;

template <class Body>
void launch(cudaStream_t stream, Body body) {
  PUMICE_CUDA(test::launch_on_fake_cuda(stream, std::move(body)));
}

template <class Real>
void taper_blocks(const TransformWork& work, std::int64_t first_block, int count, Real* to) {
  for (int b = 0; b < count; ++b) {
    const FftBlock block = work.blocks[first_block + b];
    const SpectrumTask& spectrum = work.spectra[block.spectrum];
    test::taper_block(work.tasks[spectrum.task].time_axis, static_cast<std::int64_t>(block.block) * spectrum.step,
                      work.length, spectrum.scale, work.taper, to + static_cast<std::int64_t>(b) * work.length);
  }
}

template <class Real>
void accumulate_blocks(const TransformWork& work, std::int64_t first_block, int count, const std::complex<Real>* x) {
  const int bins = work.length / 2 + 1;
  for (int s = 0; s < work.spectrum_count; ++s) {
    const SpectrumTask& spectrum = work.spectra[work.spectrum_order[s]];
    const std::int64_t begin = std::max(spectrum.first_block, first_block);
    const std::int64_t end = std::min(spectrum.first_block + spectrum.blocks, first_block + count);
    for (std::int64_t block = begin; block < end; ++block) {
      test::add_powers(x + (block - first_block) * bins, bins, block == spectrum.first_block, spectrum.p);
    }
  }
}

}  // namespace

std::string describe_device(int) { return "a fake GPU"; }

void launch_fault(cudaStream_t stream) {
  static_cast<void>(test::launch_on_fake_cuda(stream, [] { test::lose_fake_cuda(); }));
}

void launch_derive(const DeriveTask* tasks, int count, std::int64_t, cudaStream_t stream) {
  launch(stream, [=] { std::for_each_n(tasks, count, test::derive); });
}

void launch_moments(SignalTask* tasks, int count, cudaStream_t stream) {
  launch(stream, [=] { std::for_each_n(tasks, count, test::find_moments); });
}

std::size_t allow_counting_memory() { return kCounterBytes; }

void launch_count(const SignalTask* tasks, int count, std::int64_t widest, std::size_t counter_bytes,
                  cudaStream_t stream) {
  if (count == 0 || widest == 0) {
    return;
  }
  const std::int64_t capacity = counters_of_pass(widest, counter_bytes);
  if (capacity == 0) {
    throw_cuda_error(cudaErrorInvalidConfiguration, "launch_count", __FILE__, __LINE__);
  }
  launch(stream,
         [=] { std::for_each_n(tasks, count, [=](const SignalTask& task) { test::count_samples(task, capacity); }); });
}

std::size_t sort_temporary_bytes(std::int64_t samples, int sorts) {
  return static_cast<std::size_t>(samples) + 8 * static_cast<std::size_t>(sorts);
}

void launch_sort(const SortWork& work, cudaStream_t stream) {
  if (work.sorts == 0) {
    return;
  }
  launch(stream, [=] {
    std::memset(work.temporary, 0x5a, sort_temporary_bytes(work.samples, work.sorts));
    for (int s = 0; s < work.sorts; ++s) {
      test::fill_keys(work.tasks[work.sort_tasks[s]]);
      std::copy(work.unsorted + work.begins[s], work.unsorted + work.ends[s], work.sorted + work.begins[s]);
      std::sort(work.sorted + work.begins[s], work.sorted + work.ends[s]);
    }
  });
}

void launch_find_scales(const TransformWork& work, cudaStream_t stream) {
  launch(stream, [=] {
    for (int s = 0; s < work.spectrum_count; ++s) {
      SpectrumTask& spectrum = work.spectra[work.spectrum_order[s]];
      spectrum.scale = test::find_scale(work.tasks[spectrum.task].time_axis);
    }
  });
}

void launch_taper(const TransformWork& work, std::int64_t first_block, int count, void* real, cudaStream_t stream) {
  launch(stream, [=] {
    if (work.in_double) {
      taper_blocks(work, first_block, count, static_cast<double*>(real));
    } else {
      taper_blocks(work, first_block, count, static_cast<float*>(real));
    }
  });
}

void launch_accumulate(const TransformWork& work, std::int64_t first_block, int count, const void* complex,
                       cudaStream_t stream) {
  launch(stream, [=] {
    if (work.in_double) {
      accumulate_blocks(work, first_block, count, static_cast<const std::complex<double>*>(complex));
    } else {
      accumulate_blocks(work, first_block, count, static_cast<const std::complex<float>*>(complex));
    }
  });
}

void launch_finish_spectra(const TransformWork& work, double scale, cudaStream_t stream) {
  launch(stream, [=] {
    for (int s = 0; s < work.spectrum_count; ++s) {
      test::finish_spectrum(work.spectra[work.spectrum_order[s]], work.length, scale);
    }
  });
}

template <class T>
void launch_features(const SignalTask* tasks, int count, const SpectrumTask* spectra, const CallTables& tables,
                     cudaStream_t stream) {
  const test::HostCalls calls{
      .signals = tables.signals, .groups = tables.groups, .calls = tables.calls, .sample_rate = tables.sample_rate};
  launch(stream, [=] {
    std::for_each_n(tasks, count, [&](const SignalTask& task) {
      if (feature_type(task) == kSampleTypeOf<T>) {
        test::evaluate_features(task, spectra, calls);
      }
    });
  });
}
template void launch_features<std::int16_t>(const SignalTask*, int, const SpectrumTask*, const CallTables&,
                                            cudaStream_t);
template void launch_features<std::int32_t>(const SignalTask*, int, const SpectrumTask*, const CallTables&,
                                            cudaStream_t);
template void launch_features<double>(const SignalTask*, int, const SpectrumTask*, const CallTables&, cudaStream_t);

}  // namespace pumice::cuda
