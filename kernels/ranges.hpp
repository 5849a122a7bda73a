/// Names what a thread does, for Nsight Systems. Costs next to nothing where no profiler looks.
#pragma once

#include <nvtx3/nvToolsExt.h>

namespace pumice::cuda {

/// From its making to its end.
class Range {
 public:
  explicit Range(const char* name) { nvtxRangePushA(name); }
  ~Range() { nvtxRangePop(); }
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;
};

}  // namespace pumice::cuda
