#include "device_probe.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "check.hpp"
#include "launch.hpp"

namespace pumice::cuda {

namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

std::string error_text(cudaError_t error) {
  return fmt::format("{} ({})", cudaGetErrorString(error), cudaGetErrorName(error));
}

/// "sm_75 (NVIDIA T4)"
std::string architecture_text(int ordinal) {
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, ordinal) != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return fmt::format("GPU {}", ordinal);
  }
  return fmt::format("sm_{}{} ({})", properties.major, properties.minor, properties.name);
}

}  // namespace

std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

DeviceCount count_devices() {
  int driver = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess) {
    driver = 0;
    static_cast<void>(cudaGetLastError());
  }
  // The error is the answer: without a driver the count is left at anything.
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) {
    return {count, {}};
  }
  static_cast<void>(cudaGetLastError());
  if (driver == 0 || error == cudaErrorStubLibrary) {
    return {0, "no NVIDIA driver on this machine"};
  }
  if (error == cudaErrorInsufficientDriver || error == cudaErrorCallRequiresNewerDriver) {
    return {0, fmt::format("the NVIDIA driver is too old: it knows CUDA {}, this build needs {}.0 or newer",
                           version_text(driver), CUDART_VERSION / 1000)};
  }
  if (error == cudaErrorNoDevice || error == cudaSuccess) {
    return {0, "no NVIDIA GPU on this machine"};
  }
  return {0, fmt::format("the NVIDIA driver fails: {}", error_text(error))};
}

std::string why_not(int ordinal, int count) {
  if (ordinal < 0 || ordinal >= count) {
    return fmt::format("there is no GPU {}: this machine has {} (0 to {})", ordinal, count, count - 1);
  }
  cudaError_t error = cudaSetDevice(ordinal);
  if (error == cudaSuccess) {
    error = run_probe_kernel();
  }
  if (error == cudaSuccess) {
    return {};
  }
  static_cast<void>(cudaGetLastError());
  switch (error) {
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorInvalidPtx:
      return fmt::format("this build has no image for {}, only for {}: build it with -DCMAKE_CUDA_ARCHITECTURES=native",
                         architecture_text(ordinal), PUMICE_CUDA_ARCHITECTURES);
    case cudaErrorDevicesUnavailable:
      return fmt::format("GPU {} is busy or exclusive to another process", ordinal);
    default:
      return fmt::format("GPU {} ran no kernel: {}", ordinal, error_text(error));
  }
}

std::string describe_device(int ordinal) {
  cudaDeviceProp properties{};
  int driver = 0;
  int runtime = 0;
  PUMICE_CUDA(cudaGetDeviceProperties(&properties, ordinal));
  PUMICE_CUDA(cudaDriverGetVersion(&driver));
  PUMICE_CUDA(cudaRuntimeGetVersion(&runtime));
  return fmt::format("{}, {:.1f} GiB, sm_{}{}, CUDA {}, driver {}", properties.name,
                     static_cast<double>(properties.totalGlobalMem) / kGiB, properties.major, properties.minor,
                     version_text(runtime), version_text(driver));
}

}  // namespace pumice::cuda
