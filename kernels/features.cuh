/// The features kernel: one block a signal of a segment walks that signal's calls. Built once a type of samples.
#pragma once

#include <algorithm>

#include "block_team.cuh"
#include "check.hpp"
#include "features/all.hpp"
#include "launch.hpp"
#include "load_kernels.hpp"

namespace pumice::cuda {

namespace detail {

template <class F>
constexpr std::size_t accumulator_bytes() {
  if constexpr (ReduceFeature<F>) {
    return std::max({sizeof(AccOf<F, std::int16_t>), sizeof(AccOf<F, std::int32_t>), sizeof(AccOf<F, double>)});
  } else {
    return 1;
  }
}

template <class List>
struct LargestOf;
template <class... F>
struct LargestOf<FeatureList<F...>> {
  static constexpr std::size_t kBytes = std::max({accumulator_bytes<F>()...});
};

using FeatureMemory = TeamMemory<LargestOf<features::Catalogue>::kBytes>;

/// Evaluates feature number kIndex, if that is the one: a chain of comparisons that the compiler makes a switch.
template <bool kReduce, int kIndex, class F, class T, class Team>
__device__ bool evaluate_if(int feature, Team& team, const Signal<T>& signal, const double* params, double* out) {
  if constexpr (ReduceFeature<F> == kReduce) {
    if (feature == kIndex) {
      evaluate<F>(team, signal, params, out);
      return true;
    }
  }
  return false;
}

template <bool kReduce, class T, class Team, class... F, int... kIndex>
__device__ void evaluate_one(FeatureList<F...>, std::integer_sequence<int, kIndex...>, int feature, Team& team,
                             const Signal<T>& signal, const double* params, double* out) {
  static_cast<void>((evaluate_if<kReduce, kIndex, F>(feature, team, signal, params, out) || ...));
}

template <bool kReduce, class T, class Team>
__device__ void evaluate_call(const DeviceCall& call, Team& team, const Signal<T>& signal, double* results) {
  evaluate_one<kReduce>(features::Catalogue{}, std::make_integer_sequence<int, features::Catalogue::kSize>{},
                        call.feature, team, signal, call.params, results + call.first_value);
}

/// The views of a task but for the spectrum.
template <class T>
__device__ void fill_views(const SignalTask& task, Signal<T>& signal, double sample_rate) {
  signal.intake = task.intake;
  signal.valid = {task.feature_valid.as<T>(), task.feature_valid.n};
  signal.time_axis = {task.feature_time_axis.as<T>(), task.feature_time_axis.n, sample_rate};
  signal.moments = task.moments;
  signal.order_statistics = {};
  if ((task.needs & kOrderStatistics) != 0) {
    signal.order_statistics = {task.valid.n, task.sorted, task.counts, task.base, task.range};
  }
  signal.welch = {};
}

/// Blocks a multiprocessor that registers are shared out for. Left alone, the compiler aims at ten on sm_90, and
/// spills.
constexpr int kFeatureBlocks = 8;

template <class T>
__global__ void __launch_bounds__(kLanes, kFeatureBlocks)
    evaluate_features(const SignalTask* tasks, const SpectrumTask* spectra, CallTables tables) {
  __shared__ FeatureMemory memory;
  __shared__ alignas(16) unsigned char signal_bytes[sizeof(Signal<T>)];
  auto& signal = *reinterpret_cast<Signal<T>*>(signal_bytes);
  const SignalTask& task = tasks[blockIdx.x];
  if (feature_type(task) != kSampleTypeOf<T>) {
    return;
  }
  BlockTeam<FeatureMemory> team(memory);
  team.once([&] { fill_views(task, signal, tables.sample_rate); });
  const SignalCalls calls = tables.signals[task.signal];
  for (int g = calls.first_group; g < calls.first_group + calls.groups; ++g) {
    const CallGroup group = tables.groups[g];
    team.once([&] {
      if (group.spectrum >= 0) {
        signal.welch = spectra[task.first_spectrum + group.spectrum].psd;
      }
    });
    const DeviceCall* maps = tables.calls + group.first_call;
    OneLane lane;
    for (int c = static_cast<int>(threadIdx.x); c < group.map_calls; c += kLanes) {
      evaluate_call<false>(maps[c], lane, signal, task.results);
    }
    const DeviceCall* reductions = maps + group.map_calls;
    for (int c = 0; c < group.reduce_calls; ++c) {
      evaluate_call<true>(reductions[c], team, signal, task.results);
    }
    __syncthreads();
  }
}

}  // namespace detail

template <class T>
void load_features() {
  load_kernel(detail::evaluate_features<T>);
}

template <class T>
void launch_features(const SignalTask* tasks, int count, const SpectrumTask* spectra, const CallTables& tables,
                     cudaStream_t stream) {
  if (count == 0) {
    return;
  }
  detail::evaluate_features<T><<<static_cast<unsigned>(count), kLanes, 0, stream>>>(tasks, spectra, tables);
  PUMICE_CUDA(cudaGetLastError());
}

}  // namespace pumice::cuda
