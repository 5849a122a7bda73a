#include "host_buffer.hpp"

#include <cuda_runtime_api.h>

#include <cstdlib>
#include <new>

#include "check.hpp"

namespace pumice::cuda {
namespace {

/// Locking is by pages; large ones, where the system has them, are locked faster.
constexpr std::size_t kPage = 4096;
constexpr std::size_t kLargePage = std::size_t{2} << 20;

std::size_t whole_pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

}  // namespace

void HostBuffer::Free::operator()(std::byte* memory) const noexcept { std::free(memory); }

void HostBuffer::reserve(std::size_t bytes) {
  if (bytes <= capacity_) {
    return;
  }
  release();
  const std::size_t size = whole_pages(bytes);
  const std::size_t alignment = size < kLargePage ? kPage : kLargePage;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  memory_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, rounded)));
  if (!memory_) {
    throw std::bad_alloc();
  }
  capacity_ = rounded;
  lock();
}

void HostBuffer::lock() {
  PinnedBudget& budget = device_->pinned;
  if (!budget.take(capacity_)) {
    return;
  }
  // The device's copies want no flag; a plain registration is seen by every context.
  const cudaError_t error = device_->faults.refuses_pinned
                                ? cudaErrorMemoryAllocation
                                : cudaHostRegister(memory_.get(), capacity_, cudaHostRegisterPortable);
  if (error == cudaSuccess) {
    is_locked_ = true;
    return;
  }
  static_cast<void>(cudaGetLastError());
  budget.refuse(capacity_, cudaGetErrorString(error));
  if (is_fatal(error)) {
    throw_cuda_error(error, "cudaHostRegister", __FILE__, __LINE__);
  }
}

void HostBuffer::release() noexcept {
  if (is_locked_) {
    static_cast<void>(cudaHostUnregister(memory_.get()));
    device_->pinned.give_back(capacity_);
    is_locked_ = false;
  }
  memory_.reset();
  capacity_ = 0;
}

}  // namespace pumice::cuda
