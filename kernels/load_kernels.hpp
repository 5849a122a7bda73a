/// Loading kernels before they are launched.
#pragma once

#include <cuda_runtime_api.h>

#include "check.hpp"

namespace pumice::cuda {

/// Asking for its attributes loads a kernel, where CUDA is lazy.
template <class Arguments>
void load_kernel(Arguments* kernel) {
  cudaFuncAttributes attributes{};
  PUMICE_CUDA(cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(kernel)));
}

}  // namespace pumice::cuda
