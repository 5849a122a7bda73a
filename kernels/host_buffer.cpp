#include "host_buffer.hpp"

#include <cuda_runtime_api.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "check.hpp"

namespace pumice::cuda {
namespace {

/// Locking is by pages; large ones, where the system has them, are locked faster.
constexpr std::size_t kPage = 4096;
constexpr std::size_t kLargePage = std::size_t{2} << 20;

std::size_t alignment_for(std::size_t bytes) { return bytes < kLargePage ? kPage : kLargePage; }

}  // namespace

std::size_t HostBuffer::whole_pages(std::size_t bytes) {
  const std::size_t page = alignment_for(bytes);
  return (bytes + page - 1) / page * page;
}

void HostBuffer::Free::operator()(std::byte* memory) const noexcept { std::free(memory); }

HostBuffer::Memory HostBuffer::allocate(std::size_t bytes) {
  Memory memory(static_cast<std::byte*>(std::aligned_alloc(alignment_for(bytes), bytes)));
  if (!memory) {
    throw std::bad_alloc();
  }
  return memory;
}

void HostBuffer::take(Memory memory, std::size_t bytes) {
  release();
  memory_ = std::move(memory);
  capacity_ = bytes;
  lock();
}

void HostBuffer::reserve(std::size_t bytes) {
  if (bytes > capacity_) {
    release();  // it may be what the larger one lacks
    take(allocate(whole_pages(bytes)), whole_pages(bytes));
  }
}

void HostBuffer::grow(std::size_t bytes) {
  if (bytes <= capacity_) {
    return;
  }
  Memory larger = allocate(whole_pages(bytes));
  if (capacity_ > 0) {
    std::memcpy(larger.get(), memory_.get(), capacity_);
  }
  take(std::move(larger), whole_pages(bytes));
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
