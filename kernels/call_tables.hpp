/// A plan's feature calls as the features kernel walks them: plain C++, tested without a GPU.
#pragma once

#include <vector>

#include "pumice/plan.hpp"
#include "tasks.hpp"

namespace pumice::cuda {

struct HostCallTables {
  std::vector<SignalCalls> signals;  ///< one a signal of the plan
  std::vector<CallGroup> groups;
  std::vector<DeviceCall> calls;
};

/// Groups each signal's calls by the spectrum that they see, those that need none with the first group; in a group,
/// those that one lane evaluates come before those that all lanes reduce.
[[nodiscard]] HostCallTables make_call_tables(const Plan& plan);

}  // namespace pumice::cuda
