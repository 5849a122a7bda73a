/// Host memory that the device copies from and to.
#pragma once

#include <cstddef>

#include "device_state.hpp"
#include "locked_pool.hpp"

namespace pumice::cuda {

/// Bytes on the host, page-locked where the budget and the host allow, so that copies do not block. The memory is the
/// process's own: it outlives the device's context. Grows, shrinks only by `release`. What is locked at its end waits
/// for the next buffer of the device.
class HostBuffer {
 public:
  /// `device` must outlive this.
  explicit HostBuffer(DeviceState& device) : device_(&device) {}
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;
  ~HostBuffer();

  /// What a buffer of `bytes` takes: all of its pages.
  [[nodiscard]] static std::size_t whole_pages(std::size_t bytes);
  /// Where it grows, what was in it is lost. Throws std::bad_alloc, CudaError where the device is lost.
  void reserve(std::size_t bytes);
  /// The same, but what was in it stays, whatever is thrown. No copy from or to it may be under way.
  void grow(std::size_t bytes);
  void release() noexcept;
  [[nodiscard]] std::byte* get() const { return memory_.get(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  [[nodiscard]] HostMemory allocate(std::size_t bytes);
  /// Memory of `bytes` bytes instead of its own, whose content is copied where it is kept.
  void exchange(std::size_t bytes, bool keeps_content);
  void lock();
  /// True where the budget has room for what this holds, if need be after what waits is freed.
  [[nodiscard]] bool take_budget();

  DeviceState* device_;
  HostMemory memory_;
  std::size_t capacity_ = 0;
  bool is_locked_ = false;
};

}  // namespace pumice::cuda
