#include "launch.hpp"

namespace pumice::cuda {

namespace {

__global__ void probe() {}

}  // namespace

cudaError_t run_probe_kernel() noexcept {
  probe<<<1, 1>>>();
  if (const cudaError_t error = cudaGetLastError(); error != cudaSuccess) {
    return error;
  }
  return cudaStreamSynchronize(nullptr);
}

}  // namespace pumice::cuda
