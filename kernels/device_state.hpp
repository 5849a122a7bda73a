/// What the slots of a device share, and how their memory is counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "locked_pool.hpp"
#include "pinned_budget.hpp"
#include "pumice/backend.hpp"

namespace pumice::cuda {

/// What something takes of both memories.
struct MemoryBytes {
  std::size_t host = 0;
  std::size_t device = 0;
};

struct DeviceState {
  int ordinal = 0;
  std::size_t counter_bytes = 0;  ///< shared memory for counters
  std::size_t budget_bytes = 0;   ///< of the device's memory, for all slots
  DeviceFaults faults;
  PinnedBudget pinned;
  LockedPool kept{pinned};                ///< of slots that are gone
  std::atomic<std::int64_t> batches = 0;  ///< submitted

  DeviceState(int its_ordinal, std::size_t its_budget_bytes, std::size_t pinned_bytes, const DeviceFaults& its_faults)
      : ordinal(its_ordinal), budget_bytes(its_budget_bytes), faults(its_faults), pinned(pinned_bytes) {}
};

}  // namespace pumice::cuda
