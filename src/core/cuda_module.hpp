/// What the CUDA module exports, and the library looks up. Both sides are built from this header.
#pragma once

#include <string>
#include <vector>

#include "pumice/backend.hpp"
#include "pumice/device_memory.hpp"

namespace pumice {

/// Fills `devices` with one entry a GPU. With none that can be used: one entry, "cuda", with the reason. Never throws.
using ListCudaDevices = void(std::vector<DeviceInfo>& devices);
inline constexpr const char* kListCudaDevices = "pumice_list_cuda_devices";

/// GPUs that the driver shows; 0, with the reason, where there is none that can be asked. Starts no GPU. Never throws.
using CountCudaDevices = int(std::string& reason);
inline constexpr const char* kCountCudaDevices = "pumice_count_cuda_devices";

/// Makes the backend of GPU `ordinal`; the caller owns it. Throws UnavailableError with the cause.
using MakeCudaBackend = Backend*(int ordinal, const DeviceSettings& settings);
inline constexpr const char* kMakeCudaBackend = "pumice_make_cuda_backend";

/// Fills in what DeviceMemory does. Never throws.
using GetDeviceMemory = void(DeviceMemory& memory);
inline constexpr const char* kGetDeviceMemory = "pumice_device_memory";

/// What a GPU and its bus give without any of our work. Measured in a process that has not used CUDA yet.
struct CudaLimits {
  double context_s = 0;                   ///< opening the driver and making the context
  double kernels_s = 0;                   ///< loading the kernels and running the first
  double pin_bytes_per_s = 0;             ///< locking pages of the host
  double plan_s = 0;                      ///< a plan of cuFFT, with cuFFT's own start
  double host_to_device_bytes_per_s = 0;  ///< from page-locked memory
  double device_to_host_bytes_per_s = 0;
  double device_copy_bytes_per_s = 0;  ///< bytes that are read, and written again
};
/// Throws UnavailableError, CudaError.
using MeasureCuda = void(int ordinal, CudaLimits& limits);
inline constexpr const char* kMeasureCuda = "pumice_measure_cuda";

}  // namespace pumice
