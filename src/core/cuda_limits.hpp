/// The limits of a GPU, measured in a process of its own.
#pragma once

#include <string>

#include "core/cuda_module.hpp"

namespace pumice {

struct MeasuredCuda {
  CudaLimits limits;
  std::string absent;  ///< why nothing was measured; empty where it was
};

/// Forks: this process must have one thread, and stays without CUDA. Throws Error where it cannot.
[[nodiscard]] MeasuredCuda measure_cuda(int ordinal, const std::string& module_directory = {});

}  // namespace pumice
