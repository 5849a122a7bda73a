/// Every call of a CUDA library goes through one of these macros, in every kind of build.
#pragma once

#include <cuda_runtime_api.h>
#include <cufft.h>

namespace pumice::cuda {

/// True where the context is lost with this error, and CUDA cannot be used again in this process.
[[nodiscard]] bool is_fatal(cudaError_t error) noexcept;

/// Throws CudaError: what failed, where, and the library's own words.
[[noreturn]] void throw_cuda_error(cudaError_t error, const char* call, const char* file, int line);
[[noreturn]] void throw_cufft_error(cufftResult error, const char* call, const char* file, int line);

}  // namespace pumice::cuda

#define PUMICE_CUDA(call)                                                        \
  do {                                                                           \
    if (const cudaError_t pumice_error = (call); pumice_error != cudaSuccess) {  \
      static_cast<void>(cudaGetLastError());                                     \
      ::pumice::cuda::throw_cuda_error(pumice_error, #call, __FILE__, __LINE__); \
    }                                                                            \
  } while (false)

#define PUMICE_CUFFT(call)                                                        \
  do {                                                                            \
    if (const cufftResult pumice_error = (call); pumice_error != CUFFT_SUCCESS) { \
      ::pumice::cuda::throw_cufft_error(pumice_error, #call, __FILE__, __LINE__); \
    }                                                                             \
  } while (false)
