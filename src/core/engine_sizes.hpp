/// How many threads and how large a batch fit into the memory that a run may take.
#pragma once

#include <cstdint>
#include <vector>

#include "pumice/engine.hpp"

namespace pumice {

struct EngineSizes {
  int threads = 1;
  RingSize ring;                     ///< of a backend that does not borrow, before the device was asked
  std::int64_t reorder_window = 16;  ///< recordings between "started" and "delivered"
  std::int64_t memory_bytes = 0;     ///< estimate of what the run takes
};

/// One a device: threads and memory are shared out evenly.
[[nodiscard]] std::vector<EngineSizes> choose_engine_sizes(const Plan& plan, const Source& source,
                                                           const EngineBackends& backends, const WindowRule& window,
                                                           const EngineOptions& options);

}  // namespace pumice
