/// What the module exports (src/core/cuda_module.hpp).
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "backend.hpp"
#include "core/cuda_module.hpp"
#include "core/module.hpp"
#include "current_context.hpp"
#include "device_memory.hpp"
#include "device_probe.hpp"
#include "limits.hpp"
#include "pumice/error.hpp"

PUMICE_DEFINE_MODULE_VERSION

#define PUMICE_EXPORT extern "C" __attribute__((visibility("default")))

namespace pumice {

namespace {

DeviceInfo inspect(int ordinal, int count) {
  DeviceInfo info{.name = "cuda:" + std::to_string(ordinal), .description = {}, .usable = false, .reason = {}};
  try {
    info.description = cuda::describe_device(ordinal);
    info.reason = cuda::why_not(ordinal, count);
  } catch (const std::exception& error) {
    info.reason = error.what();
  }
  info.usable = info.reason.empty();
  return info;
}

}  // namespace

PUMICE_EXPORT void pumice_list_cuda_devices(std::vector<DeviceInfo>& devices) {
  const cuda::CurrentContext kept;
  const cuda::DeviceCount found = cuda::count_devices();
  if (found.count == 0) {
    devices.push_back({.name = "cuda", .description = {}, .usable = false, .reason = found.reason});
  }
  for (int ordinal = 0; ordinal < found.count; ++ordinal) {
    devices.push_back(inspect(ordinal, found.count));
  }
}

PUMICE_EXPORT int pumice_count_cuda_devices(std::string& reason) {
  const cuda::DeviceCount found = cuda::count_devices();
  reason = found.reason;
  return found.count;
}

PUMICE_EXPORT Backend* pumice_make_cuda_backend(int ordinal, const DeviceSettings& settings) {
  const cuda::CurrentContext kept;
  const cuda::DeviceCount found = cuda::count_devices();
  const std::string reason = found.count == 0 ? found.reason : cuda::why_not(ordinal, found.count);
  if (!reason.empty()) {
    throw UnavailableError(reason);
  }
  return std::make_unique<cuda::CudaBackend>(ordinal, settings).release();
}

PUMICE_EXPORT void pumice_device_memory(DeviceMemory& memory) { memory = cuda::device_memory(); }

PUMICE_EXPORT void pumice_measure_cuda(int ordinal, const CudaWork& work, CudaLimits& limits) {
  limits = cuda::measure_limits(ordinal, work);
}

}  // namespace pumice
