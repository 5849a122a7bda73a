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

/// What waits for a buffer is freed where the host refuses more.
cudaError_t lock_pages(DeviceState& device, std::byte* memory, std::size_t bytes) {
  if (device.faults.refuses_pinned) {
    return cudaErrorMemoryAllocation;
  }
  for (;;) {
    // The device's copies want no flag; a plain registration is seen by every context.
    const cudaError_t error = cudaHostRegister(memory, bytes, cudaHostRegisterPortable);
    if (error == cudaSuccess) {
      return error;
    }
    static_cast<void>(cudaGetLastError());
    if (is_fatal(error) || !device.kept.drop_one()) {
      return error;
    }
  }
}

}  // namespace

std::size_t HostBuffer::whole_pages(std::size_t bytes) {
  const std::size_t page = alignment_for(bytes);
  return (bytes + page - 1) / page * page;
}

HostBuffer::~HostBuffer() {
  if (is_locked_) {
    device_->kept.put({std::move(memory_), capacity_});
  }
}

HostMemory HostBuffer::allocate(std::size_t bytes) {
  do {
    if (HostMemory memory{static_cast<std::byte*>(std::aligned_alloc(alignment_for(bytes), bytes))}) {
      return memory;
    }
  } while (device_->kept.drop_one());
  throw std::bad_alloc();
}

void HostBuffer::exchange(std::size_t bytes, bool keeps_content) {
  LockedBlock block = device_->kept.take(bytes);
  const bool is_new = !block.memory;
  if (is_new) {
    block = {allocate(bytes), bytes};
  }
  if (keeps_content && capacity_ > 0) {
    std::memcpy(block.memory.get(), memory_.get(), capacity_);
  }
  release();
  memory_ = std::move(block.memory);
  capacity_ = block.bytes;
  is_locked_ = !is_new;
  if (is_new) {
    lock();
  }
}

void HostBuffer::reserve(std::size_t bytes) {
  if (bytes > capacity_) {
    release();  // it may be what the larger one lacks
    exchange(whole_pages(bytes), false);
  }
}

void HostBuffer::grow(std::size_t bytes) {
  if (bytes > capacity_) {
    exchange(whole_pages(bytes), true);
  }
}

void HostBuffer::lock() {
  if (!take_budget()) {
    return;
  }
  const cudaError_t error = lock_pages(*device_, memory_.get(), capacity_);
  if (error == cudaSuccess) {
    is_locked_ = true;
    return;
  }
  device_->pinned.refuse(capacity_, cudaGetErrorString(error));
  if (is_fatal(error)) {
    throw_cuda_error(error, "cudaHostRegister", __FILE__, __LINE__);
  }
}

bool HostBuffer::take_budget() {
  while (!device_->pinned.has_room(capacity_) && device_->kept.drop_one()) {
  }
  return device_->pinned.take(capacity_);
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
