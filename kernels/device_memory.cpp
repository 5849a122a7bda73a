#include "device_memory.hpp"

#include <cuda_runtime_api.h>

#include "check.hpp"

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
  PUMICE_CUDA(cudaSetDevice(device));
  PUMICE_CUDA(cudaDeviceSynchronize());
}

void copy_to_host(int device, void* to, const void* from, std::size_t bytes) {
  PUMICE_CUDA(cudaSetDevice(device));
  PUMICE_CUDA(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost));
}

int current() {
  int device = 0;
  return cudaGetDevice(&device) == cudaSuccess ? device : 0;
}

void select(int device) { static_cast<void>(cudaSetDevice(device)); }

}  // namespace

DeviceMemory device_memory() {
  return {.device_of = device_of,
          .synchronize = synchronize,
          .copy_to_host = copy_to_host,
          .current = current,
          .select = select};
}

}  // namespace pumice::cuda
