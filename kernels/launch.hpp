/// Starts the kernels: plain functions, so that all but the .cu files is compiled by the host's compiler.
/// Every one returns at once and throws CudaError where a launch fails. Pointers are the device's.
#pragma once

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "io/csv_team_text.hpp"
#include "tasks.hpp"

namespace pumice::cuda {

/// Runs a kernel of one thread and waits for it: a card that this build has no image for fails here.
[[nodiscard]] cudaError_t run_probe_kernel() noexcept;

/// These load kernels, which CUDA else does when they are launched first. They throw CudaError.
void load_parsing_kernels();
void load_derive_kernel();
void load_moments_kernel();
void load_counting_kernel();
void load_spectrum_kernels(bool in_double);
/// Of samples of type T.
template <class T>
void load_features();
extern template void load_features<std::int16_t>();
extern template void load_features<std::int32_t>();
extern template void load_features<double>();

/// Loses the device's context: the stream, and all others of it, fail from here on.
void launch_fault(cudaStream_t stream);

/// Parses texts (io/csv_team.hpp): fills their columns, facts and outcomes. most_tiles, most_kept: of any of them.
void launch_parse_texts(const io::TeamText* texts, int count, std::int64_t most_tiles, int most_kept,
                        cudaStream_t stream);

/// Takes segments whose columns lie on the device as arrays (io/array_team.hpp), all of `channels`: likewise.
void launch_take_arrays(const io::TeamText* segments, int count, int channels, cudaStream_t stream);

/// Fills derived columns.
void launch_derive(const DeriveTask* tasks, int count, std::int64_t longest, cudaStream_t stream);

/// Fills SignalTask::moments of every task that needs them.
void launch_moments(SignalTask* tasks, int count, cudaStream_t stream);

/// Lets the counting kernel use all the shared memory that the current device has for one block; returns how many
/// bytes of counters that is. Once a device.
[[nodiscard]] std::size_t allow_counting_memory();
/// Counters that a pass over a task's samples fills, where the widest table has `widest`.
[[nodiscard]] constexpr std::int64_t counters_of_pass(std::int64_t widest, std::size_t counter_bytes) {
  return std::min(widest, static_cast<std::int64_t>(counter_bytes / sizeof(std::uint32_t)));
}
/// Fills SignalTask::counts of every task that has a range, in several passes where `widest` counters take more than
/// `counter_bytes` of shared memory.
void launch_count(const SignalTask* tasks, int count, std::int64_t widest, std::size_t counter_bytes,
                  cudaStream_t stream);

/// Samples to sort, task by task.
struct SortWork {
  const SignalTask* tasks = nullptr;
  const std::int32_t* sort_tasks = nullptr;  ///< [sorts]
  const std::int64_t* begins = nullptr;      ///< [sorts], in samples
  const std::int64_t* ends = nullptr;
  int sorts = 0;
  std::int64_t samples = 0;
  std::int64_t longest = 0;
  double* unsorted = nullptr;  ///< [samples]
  double* sorted = nullptr;    ///< [samples]
  void* temporary = nullptr;
  std::size_t temporary_bytes = 0;
};
[[nodiscard]] std::size_t sort_temporary_bytes(std::int64_t samples, int sorts);
void launch_sort(const SortWork& work, cudaStream_t stream);

/// Transforms of one length: blocks [first_block, first_block + count) of the group's list fill one batch of cuFFT.
struct TransformWork {
  const SignalTask* tasks = nullptr;
  SpectrumTask* spectra = nullptr;
  const FftBlock* blocks = nullptr;              ///< of the group
  const std::int32_t* spectrum_order = nullptr;  ///< [spectrum_count] of the group
  int spectrum_count = 0;
  int length = 0;
  const double* taper = nullptr;  ///< [length]
  bool in_double = false;
};
/// Fills SpectrumTask::scale of the group's decimals. Not needed where transforms are in double.
void launch_find_scales(const TransformWork& work, cudaStream_t stream);
/// Writes detrended, tapered, scaled blocks to `real` [count][length] of float or double.
void launch_taper(const TransformWork& work, std::int64_t first_block, int count, void* real, cudaStream_t stream);
/// Adds |X|^2 of `complex` [count][length / 2 + 1] to the spectra, block by block in the list's order.
void launch_accumulate(const TransformWork& work, std::int64_t first_block, int count, const void* complex,
                       cudaStream_t stream);
/// Scales the group's spectra to densities and fills in their sums. `scale`: 1 / (fs sum w^2), s.
void launch_finish_spectra(const TransformWork& work, double scale, cudaStream_t stream);

/// A plan's calls on the device.
struct CallTables {
  const SignalCalls* signals = nullptr;
  const CallGroup* groups = nullptr;
  const DeviceCall* calls = nullptr;
  double sample_rate = 0;  ///< Hz
};
/// Evaluates all features of every task whose samples are of type T.
template <class T>
void launch_features(const SignalTask* tasks, int count, const SpectrumTask* spectra, const CallTables& tables,
                     cudaStream_t stream);
extern template void launch_features<std::int16_t>(const SignalTask*, int, const SpectrumTask*, const CallTables&,
                                                   cudaStream_t);
extern template void launch_features<std::int32_t>(const SignalTask*, int, const SpectrumTask*, const CallTables&,
                                                   cudaStream_t);
extern template void launch_features<double>(const SignalTask*, int, const SpectrumTask*, const CallTables&,
                                             cudaStream_t);

}  // namespace pumice::cuda
