/// What the CUDA module exports, and the library looks up. Both sides are built from this header.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pumice/backend.hpp"
#include "pumice/device_memory.hpp"
#include "pumice/plan.hpp"
#include "pumice/samples.hpp"

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

/// The run whose start and whose reading are measured beside the GPU's own limits.
struct CudaWork {
  std::vector<SampleType> types{};  ///< of its samples: features have a kernel for each
  int transform_length = 0;         ///< of its longest spectrum, 0: none
  Precision precision = Precision::kFloat;
  DeviceSettings settings{};
  /// Bytes of the host that its ring of slots takes, on this backend.
  std::function<std::size_t(Backend& backend)> ring_bytes{};
  std::vector<std::string> paths{};
  int threads = 1;
  int runs = 1;  ///< of reading
};

/// What a GPU, its bus and CUDA's start give. Measured in a process that has not used CUDA yet.
struct CudaLimits {
  double open_s = 0;                      ///< opening the module, and with it cuFFT
  double context_s = 0;                   ///< opening the driver and making the context
  double kernels_s = 0;                   ///< loading the kernels of the run
  double plan_s = 0;                      ///< a plan of cuFFT, made and run once, with cuFFT's own start
  double ring_s = 0;                      ///< locking what the ring takes of the host's memory
  std::int64_t ring_bytes = 0;            ///< which is that much
  double pin_bytes_per_s = 0;             ///< locking pages of the host
  double host_to_device_bytes_per_s = 0;  ///< from page-locked memory
  double device_to_host_bytes_per_s = 0;
  double device_copy_bytes_per_s = 0;  ///< bytes that are read, and written again
  double read_bytes_per_s = 0;         ///< of the files, into page-locked memory
  int readers = 0;                     ///< threads that read them

  /// Seconds before a run can compute anything.
  [[nodiscard]] double start_up_s() const { return open_s + context_s + kernels_s + plan_s + ring_s; }
  /// Bytes of files a second that no run can beat: each is read into page-locked memory, and copied to the GPU.
  [[nodiscard]] double bytes_per_s() const { return std::min(read_bytes_per_s, host_to_device_bytes_per_s); }
};
/// All but `open_s`. Throws UnavailableError, CudaError.
using MeasureCuda = void(int ordinal, const CudaWork& work, CudaLimits& limits);
inline constexpr const char* kMeasureCuda = "pumice_measure_cuda";

}  // namespace pumice
