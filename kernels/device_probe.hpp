/// Whether this process can use a GPU, and if not, why.
#pragma once

#include <string>

namespace pumice::cuda {

/// GPUs that the driver shows; 0 with the reason where there is none that can be asked: "no NVIDIA driver on this
/// machine", "driver 12.2 is too old for CUDA 13.0, ..", "no NVIDIA GPU on this machine".
struct DeviceCount {
  int count = 0;
  std::string reason;
};
[[nodiscard]] DeviceCount count_devices();

/// Runs a kernel on GPU `ordinal` of `count`. Empty where it ran; else the reason.
[[nodiscard]] std::string why_not(int ordinal, int count);

/// "NVIDIA H100, 79.6 GiB, sm_90, CUDA 13.0, driver 13.0". Throws CudaError.
[[nodiscard]] std::string describe_device(int ordinal);

/// 13000 -> "13.0", as the runtime counts versions.
[[nodiscard]] std::string version_text(int version);

}  // namespace pumice::cuda
