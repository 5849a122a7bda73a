#include "locked_pool.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <numeric>
#include <utility>

namespace pumice::cuda {
namespace {

bool is_smaller(const LockedBlock& block, std::size_t bytes) { return block.bytes < bytes; }

}  // namespace

void FreeHost::operator()(std::byte* memory) const noexcept { std::free(memory); }

void LockedPool::put(LockedBlock block) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    const auto place = std::lower_bound(blocks_.begin(), blocks_.end(), block.bytes, is_smaller);
    blocks_.insert(place, std::move(block));
  } catch (const std::bad_alloc&) {
    unlock(std::move(block));  // it has not been moved from
  }
}

LockedBlock LockedPool::take(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto place = std::lower_bound(blocks_.begin(), blocks_.end(), bytes, is_smaller);
  if (place == blocks_.end() || place->bytes > 2 * bytes) {
    return {};
  }
  LockedBlock block = std::move(*place);
  blocks_.erase(place);
  return block;
}

bool LockedPool::drop_one() noexcept {
  LockedBlock block;
  {
    const std::lock_guard lock(mutex_);
    if (blocks_.empty()) {
      return false;
    }
    block = std::move(blocks_.front());
    blocks_.erase(blocks_.begin());
  }
  unlock(std::move(block));
  return true;
}

void LockedPool::clear() noexcept {
  while (drop_one()) {
  }
}

std::size_t LockedPool::bytes() const {
  const std::lock_guard lock(mutex_);
  return std::accumulate(blocks_.begin(), blocks_.end(), std::size_t{0},
                         [](std::size_t sum, const LockedBlock& block) { return sum + block.bytes; });
}

void LockedPool::unlock(LockedBlock block) noexcept {
  static_cast<void>(cudaHostUnregister(block.memory.get()));
  budget_->give_back(block.bytes);
}

}  // namespace pumice::cuda
