#include <algorithm>
#include <cub/device/device_segmented_radix_sort.cuh>

#include "check.hpp"
#include "launch.hpp"
#include "sort_key.hpp"

namespace pumice::cuda {

namespace {

constexpr int kThreads = 256;
constexpr std::int64_t kSamplesPerBlock = 8 * kThreads;

/// Copies samples as keys.
template <class T>
__device__ void copy_keys(const SignalTask& task) {
  const T* x = task.valid.as<T>();
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.y) * kThreads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.y) * kThreads + threadIdx.x; i < task.valid.n; i += stride) {
    task.unsorted[i] = sort_key(x[i]);
  }
}

__global__ void __launch_bounds__(kThreads) fill_keys(const SignalTask* tasks, const std::int32_t* sort_tasks) {
  const SignalTask& task = tasks[sort_tasks[blockIdx.x]];
  switch (task.valid.type) {
    case SampleType::kInt16:
      copy_keys<std::int16_t>(task);
      break;
    case SampleType::kInt32:
      copy_keys<std::int32_t>(task);
      break;
    case SampleType::kFloat64:
      copy_keys<double>(task);
      break;
  }
}

}  // namespace

std::size_t sort_temporary_bytes(std::int64_t samples, int sorts) {
  std::size_t bytes = 0;
  const std::int64_t* offsets = nullptr;
  PUMICE_CUDA(cub::DeviceSegmentedRadixSort::SortKeys(nullptr, bytes, static_cast<const double*>(nullptr),
                                                      static_cast<double*>(nullptr), samples,
                                                      static_cast<std::int64_t>(sorts), offsets, offsets));
  return bytes;
}

void launch_sort(const SortWork& work, cudaStream_t stream) {
  if (work.sorts == 0) {
    return;
  }
  const auto parts = std::clamp<std::int64_t>((work.longest + kSamplesPerBlock - 1) / kSamplesPerBlock, 1, 1024);
  fill_keys<<<dim3(static_cast<unsigned>(work.sorts), static_cast<unsigned>(parts)), kThreads, 0, stream>>>(
      work.tasks, work.sort_tasks);
  PUMICE_CUDA(cudaGetLastError());
  std::size_t bytes = work.temporary_bytes;
  PUMICE_CUDA(cub::DeviceSegmentedRadixSort::SortKeys(work.temporary, bytes, static_cast<const double*>(work.unsorted),
                                                      work.sorted, work.samples, static_cast<std::int64_t>(work.sorts),
                                                      work.begins, work.ends, 0, 64, stream));
}

}  // namespace pumice::cuda
