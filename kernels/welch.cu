#include <algorithm>
#include <type_traits>

#include <cuComplex.h>

#include "block_team.cuh"
#include "check.hpp"
#include "launch.hpp"
#include "load_kernels.hpp"
#include "stages/welch.hpp"

namespace pumice::cuda {

namespace {

struct Largest {
  double value = 0;
};

using ScaleMemory = TeamMemory<sizeof(Largest)>;

/// One block a spectrum.
__global__ void __launch_bounds__(kLanes) find_scales(TransformWork work) {
  __shared__ ScaleMemory memory;
  SpectrumTask& spectrum = work.spectra[work.spectrum_order[blockIdx.x]];
  const ColumnView column = work.tasks[spectrum.task].time_axis;
  if (column.type != SampleType::kFloat64) {
    return;
  }
  BlockTeam<ScaleMemory> team(memory);
  const double* x = column.as<double>();
  const auto larger = [](double a, double b) { return a < b ? b : a; };
  const Largest largest = team.template reduce<Largest>(
      column.n, [=](Largest& acc, std::int64_t i) { acc.value = larger(acc.value, fabs(x[i])); },
      [=](Largest& acc, const Largest& other) { acc.value = larger(acc.value, other.value); });
  team.once([&] { spectrum.scale = stages::transform_scale(largest.value); });
}

using TaperMemory = TeamMemory<sizeof(stages::BlockSum)>;

template <class T, class Real>
__device__ void taper_block(BlockTeam<TaperMemory>& team, const T* x, int length, double scale, const double* taper,
                            Real* to) {
  const double mean = stages::block_mean(team, x, length);
  team.for_each(length, [&](std::int64_t i) {
    to[i] = static_cast<Real>((static_cast<double>(x[i]) - mean) * scale * taper[i]);
  });
}

/// One block of threads a block of samples.
template <class Real>
__global__ void __launch_bounds__(kLanes) taper_blocks(TransformWork work, std::int64_t first_block, Real* real) {
  __shared__ TaperMemory memory;
  BlockTeam<TaperMemory> team(memory);
  const FftBlock block = work.blocks[first_block + blockIdx.x];
  const SpectrumTask& spectrum = work.spectra[block.spectrum];
  const std::int64_t first = static_cast<std::int64_t>(block.block) * spectrum.step;
  const ColumnView column = work.tasks[spectrum.task].time_axis;
  Real* to = real + static_cast<std::int64_t>(blockIdx.x) * work.length;
  switch (column.type) {
    case SampleType::kInt16:
      taper_block(team, column.as<std::int16_t>() + first, work.length, spectrum.scale, work.taper, to);
      break;
    case SampleType::kInt32:
      taper_block(team, column.as<std::int32_t>() + first, work.length, spectrum.scale, work.taper, to);
      break;
    case SampleType::kFloat64:
      taper_block(team, column.as<double>() + first, work.length, spectrum.scale, work.taper, to);
      break;
  }
}

/// One thread a bin of a spectrum. The sum goes from block to block, wherever a batch of transforms ends, so that its
/// bits do not depend on how blocks were batched.
template <class Complex>
__global__ void __launch_bounds__(kLanes)
    accumulate(TransformWork work, std::int64_t first_block, int count, const Complex* complex) {
  const SpectrumTask& spectrum = work.spectra[work.spectrum_order[blockIdx.x]];
  const std::int64_t begin = spectrum.first_block > first_block ? spectrum.first_block : first_block;
  const std::int64_t spectrum_end = spectrum.first_block + spectrum.blocks;
  const std::int64_t end = spectrum_end < first_block + count ? spectrum_end : first_block + count;
  if (begin >= end) {
    return;
  }
  const int bins = work.length / 2 + 1;
  for (int bin = static_cast<int>(blockIdx.y * kLanes + threadIdx.x); bin < bins;
       bin += static_cast<int>(gridDim.y) * kLanes) {
    double sum = begin == spectrum.first_block ? 0.0 : spectrum.p[bin];
    for (std::int64_t block = begin; block < end; ++block) {
      const Complex value = complex[(block - first_block) * bins + bin];
      const double re = static_cast<double>(value.x);
      const double im = static_cast<double>(value.y);
      sum += re * re + im * im;
    }
    spectrum.p[bin] = sum;
  }
}

using FinishMemory = TeamMemory<sizeof(stages::SpectralSums)>;

/// One block a spectrum.
__global__ void __launch_bounds__(kLanes) finish_spectra(TransformWork work, double scale) {
  __shared__ FinishMemory memory;
  BlockTeam<FinishMemory> team(memory);
  SpectrumTask& spectrum = work.spectra[work.spectrum_order[blockIdx.x]];
  WelchPsd psd = spectrum.psd;
  const double unscale = 1.0 / (spectrum.scale * spectrum.scale);
  const double block_scale = scale / static_cast<double>(psd.blocks);
  team.for_each(psd.bins, [&](std::int64_t bin) {
    spectrum.p[bin] = spectrum.p[bin] * unscale * (block_scale * stages::one_sided_factor(bin, work.length));
  });
  stages::summarise(team, psd);
  team.once([&] { spectrum.psd = psd; });
}

}  // namespace

void load_spectrum_kernels(bool in_double) {
  if (in_double) {
    load_kernel(taper_blocks<double>);
    load_kernel(accumulate<cuDoubleComplex>);
  } else {
    load_kernel(find_scales);
    load_kernel(taper_blocks<float>);
    load_kernel(accumulate<cuComplex>);
  }
  load_kernel(finish_spectra);
}

void launch_find_scales(const TransformWork& work, cudaStream_t stream) {
  find_scales<<<static_cast<unsigned>(work.spectrum_count), kLanes, 0, stream>>>(work);
  PUMICE_CUDA(cudaGetLastError());
}

void launch_taper(const TransformWork& work, std::int64_t first_block, int count, void* real, cudaStream_t stream) {
  if (work.in_double) {
    taper_blocks<<<static_cast<unsigned>(count), kLanes, 0, stream>>>(work, first_block, static_cast<double*>(real));
  } else {
    taper_blocks<<<static_cast<unsigned>(count), kLanes, 0, stream>>>(work, first_block, static_cast<float*>(real));
  }
  PUMICE_CUDA(cudaGetLastError());
}

void launch_accumulate(const TransformWork& work, std::int64_t first_block, int count, const void* complex,
                       cudaStream_t stream) {
  const int bins = work.length / 2 + 1;
  const dim3 grid(static_cast<unsigned>(work.spectrum_count),
                  static_cast<unsigned>(std::min((bins + kLanes - 1) / kLanes, 1024)));
  if (work.in_double) {
    accumulate<<<grid, kLanes, 0, stream>>>(work, first_block, count, static_cast<const cuDoubleComplex*>(complex));
  } else {
    accumulate<<<grid, kLanes, 0, stream>>>(work, first_block, count, static_cast<const cuComplex*>(complex));
  }
  PUMICE_CUDA(cudaGetLastError());
}

void launch_finish_spectra(const TransformWork& work, double scale, cudaStream_t stream) {
  finish_spectra<<<static_cast<unsigned>(work.spectrum_count), kLanes, 0, stream>>>(work, scale);
  PUMICE_CUDA(cudaGetLastError());
}

}  // namespace pumice::cuda
