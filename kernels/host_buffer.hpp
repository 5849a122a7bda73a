/// Host memory that the device copies from and to.
#pragma once

#include <cstddef>
#include <memory>

#include "device_state.hpp"

namespace pumice::cuda {

/// Bytes on the host, page-locked where the budget and the host allow, so that copies do not block. The memory is the
/// process's own: it outlives the device's context. Grows, never shrinks; growing loses what was in it.
class HostBuffer {
 public:
  /// `device` must outlive this.
  explicit HostBuffer(DeviceState& device) : device_(&device) {}
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;
  ~HostBuffer() { release(); }

  /// Throws std::bad_alloc.
  void reserve(std::size_t bytes);
  [[nodiscard]] std::byte* get() const { return memory_.get(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept;
  };
  void lock();
  void release() noexcept;

  DeviceState* device_;
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t capacity_ = 0;
  bool is_locked_ = false;
};

}  // namespace pumice::cuda
