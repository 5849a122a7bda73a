/// The few calls of the CUDA runtime that copying and parsing texts take, with the host for a device: streams do
/// at once what they are given.
#pragma once

#include <driver_types.h>

#include <cstddef>

namespace pumice::test {

/// Bytes that may still be allocated on the device.
void set_fake_cuda_memory(std::size_t bytes);
/// What a stream is found in: cudaSuccess, cudaErrorNotReady, or what the context was lost with.
void set_fake_cuda_context(cudaError_t state);
/// Bytes of the host that are page-locked now.
[[nodiscard]] std::size_t fake_cuda_locked_bytes();

}  // namespace pumice::test
