/// Owners of what CUDA hands out. Move-only; destructors ignore errors, since after a fatal one every call fails.
#pragma once

#include <cuda_runtime_api.h>
#include <cufft.h>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "check.hpp"

namespace pumice::cuda {

namespace detail {
struct DestroyStream {
  void operator()(cudaStream_t stream) const noexcept { static_cast<void>(cudaStreamDestroy(stream)); }
};
struct DestroyEvent {
  void operator()(cudaEvent_t event) const noexcept { static_cast<void>(cudaEventDestroy(event)); }
};
struct FreeDevice {
  void operator()(std::byte* memory) const noexcept { static_cast<void>(cudaFree(memory)); }
};
}  // namespace detail

/// A stream that does not wait for the default one.
class Stream {
 public:
  Stream() {
    cudaStream_t stream = nullptr;
    PUMICE_CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    stream_.reset(stream);
  }
  [[nodiscard]] cudaStream_t get() const { return stream_.get(); }

 private:
  std::unique_ptr<std::remove_pointer_t<cudaStream_t>, detail::DestroyStream> stream_;
};

/// An event with a time; a thread that waits for it sleeps.
class Event {
 public:
  Event() {
    cudaEvent_t event = nullptr;
    PUMICE_CUDA(cudaEventCreateWithFlags(&event, cudaEventBlockingSync));
    event_.reset(event);
  }
  void record(const Stream& stream) { PUMICE_CUDA(cudaEventRecord(event_.get(), stream.get())); }
  void wait() const { PUMICE_CUDA(cudaEventSynchronize(event_.get())); }
  [[nodiscard]] bool has_happened() const {
    const cudaError_t state = cudaEventQuery(event_.get());
    if (state == cudaErrorNotReady) {
      static_cast<void>(cudaGetLastError());  // the next launch must not find it
      return false;
    }
    PUMICE_CUDA(state);
    return true;
  }
  /// Seconds from `earlier` to this; both must have happened.
  [[nodiscard]] double seconds_since(const Event& earlier) const {
    float milliseconds = 0;
    PUMICE_CUDA(cudaEventElapsedTime(&milliseconds, earlier.event_.get(), event_.get()));
    return 1e-3 * static_cast<double>(milliseconds);
  }

 private:
  std::unique_ptr<std::remove_pointer_t<cudaEvent_t>, detail::DestroyEvent> event_;
};

/// Bytes on the device. Grows, never shrinks; growing loses what was in it and needs its stream to be idle.
class DeviceBuffer {
 public:
  void reserve(std::size_t bytes) {
    if (bytes <= capacity_) {
      return;
    }
    memory_.reset();
    capacity_ = 0;
    void* memory = nullptr;
    PUMICE_CUDA(cudaMalloc(&memory, bytes));
    memory_.reset(static_cast<std::byte*>(memory));
    capacity_ = bytes;
  }
  [[nodiscard]] std::byte* get() const { return memory_.get(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  std::unique_ptr<std::byte, detail::FreeDevice> memory_;
  std::size_t capacity_ = 0;
};

/// A batch of real-to-complex transforms whose work area is its caller's.
class FftPlan {
 public:
  /// `batch` transforms of `length` real samples, side by side in memory.
  FftPlan(int length, int batch, cufftType type) {
    PUMICE_CUFFT(cufftCreate(&plan_));
    try {
      PUMICE_CUFFT(cufftSetAutoAllocation(plan_, 0));
      PUMICE_CUFFT(cufftMakePlan1d(plan_, length, type, batch, &work_bytes_));
    } catch (...) {
      destroy();
      throw;
    }
  }
  FftPlan(FftPlan&& other) noexcept
      : plan_(std::exchange(other.plan_, kNone)), work_bytes_(std::exchange(other.work_bytes_, 0)) {}
  FftPlan& operator=(FftPlan&& other) noexcept {
    std::swap(plan_, other.plan_);
    std::swap(work_bytes_, other.work_bytes_);
    return *this;
  }
  FftPlan(const FftPlan&) = delete;
  FftPlan& operator=(const FftPlan&) = delete;
  ~FftPlan() { destroy(); }

  [[nodiscard]] cufftHandle get() const { return plan_; }
  [[nodiscard]] std::size_t work_bytes() const { return work_bytes_; }

 private:
  static constexpr cufftHandle kNone = -1;

  void destroy() noexcept {
    if (plan_ != kNone) {
      static_cast<void>(cufftDestroy(std::exchange(plan_, kNone)));
    }
  }

  cufftHandle plan_ = kNone;
  std::size_t work_bytes_ = 0;
};

}  // namespace pumice::cuda
