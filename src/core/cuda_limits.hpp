/// The limits of a GPU, measured in a process of its own.
#pragma once

#include <string>

#include "core/cuda_module.hpp"

namespace pumice {

struct MeasuredCuda {
  int ordinal = 0;  ///< of the GPU
  CudaLimits limits;
  std::string absent;  ///< why nothing was measured; empty where it was
};

/// Forks: this process must have one thread, and stays without CUDA. Throws Error where it cannot.
[[nodiscard]] MeasuredCuda measure_cuda(int ordinal, const CudaWork& work, const std::string& module_directory = {});

}  // namespace pumice
