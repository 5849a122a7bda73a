#include "device_memory.hpp"

#include <cuda_runtime_api.h>

#include "check.hpp"
#include "current_context.hpp"

namespace pumice::cuda {

namespace {

int device_of(const void* p) {
  cudaPointerAttributes attributes{};
  if (cudaPointerGetAttributes(&attributes, p) != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return -1;
  }
  const bool is_there = attributes.type == cudaMemoryTypeDevice || attributes.type == cudaMemoryTypeManaged;
  return is_there ? attributes.device : -1;
}

void synchronize(int device) {
  const CurrentContext kept;
  PUMICE_CUDA(cudaSetDevice(device));
  PUMICE_CUDA(cudaDeviceSynchronize());
}

void copy_to_host(int device, void* to, const void* from, std::size_t bytes) {
  const CurrentContext kept;
  PUMICE_CUDA(cudaSetDevice(device));
  PUMICE_CUDA(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost));
}

}  // namespace

DeviceMemory device_memory() {
  return {.device_of = device_of, .synchronize = synchronize, .copy_to_host = copy_to_host};
}

}  // namespace pumice::cuda
