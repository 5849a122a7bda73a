#include <algorithm>

#include "block_team.cuh"
#include "check.hpp"
#include "io/array_team.hpp"
#include "launch.hpp"

namespace pumice::cuda {

namespace {

using ArrayMemory =
    TeamMemory<std::max({sizeof(io::detail::FoundInfinities), sizeof(io::ColumnFacts), sizeof(io::detail::GapRuns)})>;

/// blockIdx.y: the segment; blockIdx.x: the column.
__global__ void __launch_bounds__(kLanes, 8) take_arrays(const io::TeamText* segments) {
  __shared__ ArrayMemory memory;
  __shared__ io::GapMemory gaps;
  BlockTeam<ArrayMemory> team(memory);
  io::take_array(team, segments[blockIdx.y], blockIdx.x, gaps);
}

}  // namespace

void launch_take_arrays(const io::TeamText* segments, int count, int channels, cudaStream_t stream) {
  if (count == 0 || channels == 0) {
    return;
  }
  take_arrays<<<dim3(static_cast<unsigned>(channels), static_cast<unsigned>(count)), kLanes, 0, stream>>>(segments);
  PUMICE_CUDA(cudaGetLastError());
}

}  // namespace pumice::cuda
