/// The memory of GPUs, for samples that a caller has there.
#pragma once

#include "pumice/device_memory.hpp"

namespace pumice::cuda {

[[nodiscard]] DeviceMemory device_memory();

}  // namespace pumice::cuda
