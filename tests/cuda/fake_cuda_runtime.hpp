/// The calls of the CUDA runtime and of cuFFT that slots take, with the host for a device. Streams do at once what they
/// are given, or as late as they may; device memory is exactly as large as was asked for, so that a sanitizer sees what
/// lies beyond; freed memory is gone at once, which a stream that still works on it does not survive.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace pumice::test {

/// A device that is not lost, streams that are not late, memory without end, no call that fails.
void restore_fake_cuda();
/// Bytes that may still be allocated on the device.
void set_fake_cuda_memory(std::size_t bytes);
/// What a stream is found in: cudaSuccess, cudaErrorNotReady, or what the context was lost with.
void set_fake_cuda_context(cudaError_t state);
/// Bytes of the device that are allocated now.
[[nodiscard]] std::size_t fake_cuda_allocated_bytes();
/// The device that the calling thread uses.
[[nodiscard]] int fake_cuda_device();
void use_fake_cuda_device(int device);
/// Bytes of the host that are page-locked now.
[[nodiscard]] std::size_t fake_cuda_locked_bytes();
/// Times that memory of the host was page-locked since all was restored.
[[nodiscard]] std::int64_t fake_cuda_locks();
/// From here on streams do nothing until they are waited for; an event that is asked has not happened so many times.
void make_fake_cuda_late(int unready_queries);
/// Call `n` from here on fails, from 0, of those that can. The device stays usable.
void fail_fake_cuda_call(std::int64_t n);
/// True once that call has been made.
[[nodiscard]] bool fake_cuda_call_failed();

/// A kernel: `body` runs in its turn. Finds an error that nobody has taken, as a launch does.
[[nodiscard]] cudaError_t launch_on_fake_cuda(cudaStream_t stream, std::function<void()> body);
/// Every call fails from here on.
void lose_fake_cuda();
/// What a call that can fail comes to.
[[nodiscard]] cudaError_t next_fake_cuda_call();
/// Whether memory of the device lies in one allocation, as a GPU's driver wants it.
[[nodiscard]] bool is_in_one_block(const void* memory, std::size_t bytes);

}  // namespace pumice::test
