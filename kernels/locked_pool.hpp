/// Page-locked memory of slots that are gone, for those to come, which need not lock theirs.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "pinned_budget.hpp"

namespace pumice::cuda {

/// Frees what std::aligned_alloc gave.
struct FreeHost {
  void operator()(std::byte* memory) const noexcept;
};
using HostMemory = std::unique_ptr<std::byte, FreeHost>;

/// Memory that is locked and counted by a budget, or none.
struct LockedBlock {
  HostMemory memory;
  std::size_t bytes = 0;
};

/// Blocks that nobody uses now. They stay counted by `budget`; whoever finds it used up drops some first.
class LockedPool {
 public:
  /// `budget` must outlive this.
  explicit LockedPool(PinnedBudget& budget) : budget_(&budget) {}
  LockedPool(const LockedPool&) = delete;
  LockedPool& operator=(const LockedPool&) = delete;
  ~LockedPool() { clear(); }

  void put(LockedBlock block) noexcept;
  /// The smallest of at least `bytes`, and at most twice as many; none where there is no such block.
  [[nodiscard]] LockedBlock take(std::size_t bytes);
  /// Unlocks and frees the smallest block; false where there is none.
  bool drop_one() noexcept;
  void clear() noexcept;
  [[nodiscard]] std::size_t bytes() const;

 private:
  void unlock(LockedBlock block) noexcept;

  PinnedBudget* budget_;
  mutable std::mutex mutex_;
  std::vector<LockedBlock> blocks_;  ///< by size, the smallest first
};

}  // namespace pumice::cuda
