/// The key by which a sample is sorted.
#pragma once

#include "pumice/host_device.hpp"

namespace pumice::cuda {

/// Adding zero makes -0 and +0 one key, so that equal samples have equal bits wherever a sort leaves them.
template <class T>
[[nodiscard]] PUMICE_HD constexpr double sort_key(T sample) {
  return static_cast<double>(sample) + 0.0;
}

}  // namespace pumice::cuda
