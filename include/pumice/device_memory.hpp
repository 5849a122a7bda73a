/// The memory of GPUs, for samples that lie there before a run.
#pragma once

#include <cstddef>
#include <string>

namespace pumice {

/// Functions may be called from any thread, and leave it with the GPU that it used before.
struct DeviceMemory {
  /// The GPU that has the memory at `p`, or -1: none, or it cannot be told. Never throws.
  int (*device_of)(const void* p) = nullptr;
  /// Waits for all that was given to the GPU before. Throws CudaError.
  void (*synchronize)(int device) = nullptr;
  /// Throws CudaError.
  void (*copy_to_host)(int device, void* to, const void* from, std::size_t bytes) = nullptr;
};

/// Opens the CUDA module, and asks no driver yet. Throws UnavailableError with the cause.
[[nodiscard]] DeviceMemory open_device_memory(const std::string& module_directory = {});

}  // namespace pumice
