/// Host memory that the device copies from and to.
#pragma once

#include <cstddef>
#include <memory>

#include "device_state.hpp"

namespace pumice::cuda {

/// Bytes on the host, page-locked where the budget and the host allow, so that copies do not block. The memory is the
/// process's own: it outlives the device's context. Grows, shrinks only by `release`.
class HostBuffer {
 public:
  /// `device` must outlive this.
  explicit HostBuffer(DeviceState& device) : device_(&device) {}
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;
  ~HostBuffer() { release(); }

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
  struct Free {
    void operator()(std::byte* memory) const noexcept;
  };
  using Memory = std::unique_ptr<std::byte, Free>;
  [[nodiscard]] static Memory allocate(std::size_t bytes);
  void take(Memory memory, std::size_t bytes);
  void lock();

  DeviceState* device_;
  Memory memory_;
  std::size_t capacity_ = 0;
  bool is_locked_ = false;
};

}  // namespace pumice::cuda
