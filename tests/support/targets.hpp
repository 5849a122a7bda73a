/// Highway's targets, for tests that run every one of them.
#pragma once

#include <cstdint>
#include <vector>

namespace pumice::test {

/// Each of the targets in `targets`, by itself.
[[nodiscard]] inline std::vector<std::int64_t> single_targets(std::int64_t targets) {
  std::vector<std::int64_t> single;
  for (std::int64_t rest = targets; rest != 0; rest &= rest - 1) {
    single.push_back(rest & -rest);
  }
  return single;
}

}  // namespace pumice::test
