/// What the bus, the device's memory and CUDA's own start allow.
#pragma once

#include "core/cuda_module.hpp"

namespace pumice::cuda {

/// All but what opening the module took. Throws UnavailableError with the cause, CudaError.
[[nodiscard]] CudaLimits measure_limits(int ordinal, const CudaWork& work);

}  // namespace pumice::cuda
