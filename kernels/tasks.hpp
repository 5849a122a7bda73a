/// What the host tells the kernels about a batch: plain structs that are uploaded with the samples.
#pragma once

#include <cstdint>

#include "pumice/feature.hpp"
#include "pumice/samples.hpp"
#include "pumice/views.hpp"

namespace pumice::cuda {

/// One signal of one segment. Pointers are the device's.
struct SignalTask {
  Intake intake;
  ColumnView valid;          ///< as the channel is held: moments and order statistics of integers are exact
  ColumnView time_axis;      ///< as the channel is held
  ColumnView feature_valid;  ///< `valid` and `time_axis` in one type, for the features
  ColumnView feature_time_axis;
  Moments moments;                  ///< written on the device
  std::uint32_t* counts = nullptr;  ///< [range], where the order statistics are counts; filled on the device
  double* sorted = nullptr;         ///< [valid.n], where they are sorted samples; filled on the device
  double* unsorted = nullptr;       ///< [valid.n], what is to be sorted; filled on the device
  std::int64_t base = 0;            ///< smallest integer that is counted
  std::int64_t range = 0;           ///< integers that are counted; 0: none
  double* results = nullptr;        ///< [plan.n_values] of this segment
  std::uint32_t needs = kNoStage;   ///< SignalPlan::needs
  std::int32_t signal = 0;          ///< index into Plan::signals
  std::int32_t first_spectrum = 0;  ///< its spectra follow each other, one an entry of SignalPlan::welch
};

/// Type in which the features of a task see its samples.
[[nodiscard]] PUMICE_HD constexpr SampleType feature_type(const SignalTask& task) {
  return task.feature_valid.n > 0       ? task.feature_valid.type
         : task.feature_time_axis.n > 0 ? task.feature_time_axis.type
                                        : SampleType::kFloat64;
}

/// One Welch spectrum of one task.
struct SpectrumTask {
  std::int32_t task = 0;
  std::int32_t step = 0;         ///< samples from block to block
  std::int64_t first_block = 0;  ///< place of its first block in the list of its transform
  std::int64_t blocks = 0;       ///< blocks averaged
  double* p = nullptr;           ///< [bins]; sums of |X|^2, then the density
  double scale = 1;              ///< of samples that are transformed in float; written on the device
  WelchPsd psd;                  ///< sums written on the device
};

/// One block of samples to be transformed.
struct FftBlock {
  std::int32_t spectrum = 0;
  std::int32_t block = 0;  ///< its first sample is block * step
};

/// Fills `to` on the device: a derivation of `from`, or (kNone) the same samples in to's type.
struct DeriveTask {
  ColumnView from;
  ColumnView to;
  Derivation derivation = Derivation::kNone;
};

/// One feature with its parameters, as the kernel sees it.
struct DeviceCall {
  std::int32_t feature = 0;
  std::int32_t first_value = 0;
  double params[kMaxParams] = {};
};

/// Calls of one signal that see the same spectrum: first those that one lane evaluates, then those that reduce.
struct CallGroup {
  std::int32_t spectrum = -1;  ///< index into SignalPlan::welch, or -1
  std::int32_t first_call = 0;
  std::int32_t map_calls = 0;
  std::int32_t reduce_calls = 0;
};

struct SignalCalls {
  std::int32_t first_group = 0;
  std::int32_t groups = 0;
};

}  // namespace pumice::cuda
