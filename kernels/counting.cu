#include <cub/block/block_scan.cuh>

#include "check.hpp"
#include "launch.hpp"
#include "load_kernels.hpp"
#include "stages/order_statistics.hpp"

namespace pumice::cuda {

namespace {

/// Counts do not depend on an order, so this block need not be a team: more threads hide the latency of the counters.
constexpr int kThreads = 512;
constexpr int kItems = 4;
constexpr int kTile = kThreads * kItems;

using Scan = cub::BlockScan<std::uint32_t, kThreads>;

/// Counts the samples that lie in [base, base + range) into shared memory.
template <class T>
__device__ void count_samples(const ColumnView& column, std::int64_t base, std::int64_t range,
                              std::uint32_t* counters) {
  const T* x = column.as<T>();
  for (std::int64_t i = threadIdx.x; i < range; i += kThreads) {
    counters[i] = 0;
  }
  __syncthreads();
  for (std::int64_t i = threadIdx.x; i < column.n; i += kThreads) {
    const std::int64_t place = x[i] - base;
    if (place >= 0 && place < range) {
      atomicAdd(&counters[place], 1U);
    }
  }
  __syncthreads();
}

/// Writes running totals of `counters` [range], which start at `total`; returns where they end.
__device__ std::uint32_t write_totals(const std::uint32_t* counters, std::int64_t range, std::uint32_t total,
                                      std::uint32_t* to, Scan::TempStorage& scratch) {
  for (std::int64_t tile = 0; tile < range; tile += kTile) {
    const std::int64_t first = tile + static_cast<std::int64_t>(threadIdx.x) * kItems;
    std::uint32_t items[kItems];
    for (int k = 0; k < kItems; ++k) {
      items[k] = first + k < range ? counters[first + k] : 0U;
    }
    std::uint32_t tile_total = 0;
    Scan(scratch).InclusiveSum(items, items, tile_total);
    for (int k = 0; k < kItems; ++k) {
      if (first + k < range) {
        to[first + k] = total + items[k];
      }
    }
    total += tile_total;
    __syncthreads();
  }
  return total;
}

/// One block a task; as many passes over its samples as its range takes in `capacity` counters.
__global__ void __launch_bounds__(kThreads) count_tasks(const SignalTask* tasks, std::int64_t capacity) {
  extern __shared__ std::uint32_t counters[];
  __shared__ Scan::TempStorage scratch;
  const SignalTask& task = tasks[blockIdx.x];
  const std::int64_t range = task.range;
  std::uint32_t total = 0;
  for (std::int64_t first = 0; first < range; first += capacity) {
    const std::int64_t width = range - first < capacity ? range - first : capacity;
    if (task.valid.type == SampleType::kInt16) {
      count_samples<std::int16_t>(task.valid, task.base + first, width, counters);
    } else {
      count_samples<std::int32_t>(task.valid, task.base + first, width, counters);
    }
    total = write_totals(counters, width, total, task.counts + first, scratch);
  }
}

}  // namespace

void load_counting_kernel() { load_kernel(count_tasks); }

std::size_t allow_counting_memory() {
  int device = 0;
  int bytes = 0;
  cudaFuncAttributes attributes{};
  PUMICE_CUDA(cudaGetDevice(&device));
  PUMICE_CUDA(cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
  PUMICE_CUDA(cudaFuncGetAttributes(&attributes, count_tasks));
  const std::size_t counters =
      (static_cast<std::size_t>(bytes) - attributes.sharedSizeBytes) / sizeof(std::uint32_t) * sizeof(std::uint32_t);
  PUMICE_CUDA(
      cudaFuncSetAttribute(count_tasks, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(counters)));
  return counters;
}

void launch_count(const SignalTask* tasks, int count, std::int64_t widest, std::size_t counter_bytes,
                  cudaStream_t stream) {
  if (count == 0 || widest == 0) {
    return;
  }
  const std::int64_t capacity = counters_of_pass(widest, counter_bytes);
  count_tasks<<<static_cast<unsigned>(count), kThreads, static_cast<std::size_t>(capacity) * sizeof(std::uint32_t),
                stream>>>(tasks, capacity);
  PUMICE_CUDA(cudaGetLastError());
}

}  // namespace pumice::cuda
