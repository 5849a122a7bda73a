/// What the CUDA module exports, and the library looks up. Both sides are built from this header.
#pragma once

#include <vector>

#include "pumice/backend.hpp"

namespace pumice {

/// Fills `devices` with one entry a GPU. With none that can be used: one entry, "cuda", with the reason. Never throws.
using ListCudaDevices = void(std::vector<DeviceInfo>& devices);
inline constexpr const char* kListCudaDevices = "pumice_list_cuda_devices";

/// Makes the backend of GPU `ordinal`; the caller owns it. Throws UnavailableError with the cause.
using MakeCudaBackend = Backend*(int ordinal);
inline constexpr const char* kMakeCudaBackend = "pumice_make_cuda_backend";

}  // namespace pumice
