#include "block_team.cuh"
#include "check.hpp"
#include "launch.hpp"
#include "load_kernels.hpp"
#include "stages/moments.hpp"

namespace pumice::cuda {

namespace {

using Memory = TeamMemory<sizeof(stages::PowerSums)>;

template <class T>
__device__ Moments moments_of(BlockTeam<Memory>& team, const ColumnView& column) {
  return stages::moments(team, column.as<T>(), column.n);
}

/// One block a task.
__global__ void __launch_bounds__(kLanes) compute_moments(SignalTask* tasks) {
  __shared__ Memory memory;
  SignalTask& task = tasks[blockIdx.x];
  if ((task.needs & kMoments) == 0) {
    return;
  }
  BlockTeam<Memory> team(memory);
  const ColumnView column = task.valid;
  Moments result;
  switch (column.type) {
    case SampleType::kInt16:
      result = moments_of<std::int16_t>(team, column);
      break;
    case SampleType::kInt32:
      result = moments_of<std::int32_t>(team, column);
      break;
    case SampleType::kFloat64:
      result = moments_of<double>(team, column);
      break;
  }
  team.once([&] { task.moments = result; });
}

}  // namespace

void load_moments_kernel() { load_kernel(compute_moments); }

void launch_moments(SignalTask* tasks, int count, cudaStream_t stream) {
  if (count == 0) {
    return;
  }
  compute_moments<<<static_cast<unsigned>(count), kLanes, 0, stream>>>(tasks);
  PUMICE_CUDA(cudaGetLastError());
}

}  // namespace pumice::cuda
