#include "launch.hpp"

namespace pumice::cuda {

namespace {

__global__ void probe() {}

/// Ends the context, as a wild pointer would.
__global__ void fault() { __trap(); }

}  // namespace

void launch_fault(cudaStream_t stream) { fault<<<1, 1, 0, stream>>>(); }

cudaError_t run_probe_kernel() noexcept {
  probe<<<1, 1>>>();
  if (const cudaError_t error = cudaGetLastError(); error != cudaSuccess) {
    return error;
  }
  return cudaStreamSynchronize(nullptr);
}

}  // namespace pumice::cuda
