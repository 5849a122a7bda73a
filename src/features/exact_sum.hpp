/// A sum of integers that does not overflow.
#pragma once

#include <cstdint>

#include "pumice/host_device.hpp"

namespace pumice::features {

/// Sum of up to 2^31 integers of 63 bits, high 2^32 + low: exact, whatever the order.
struct ExactSum {
  std::int64_t high = 0;
  std::int64_t low = 0;

  PUMICE_HD void add(std::int64_t value) {
    high += value >> 32;
    low += value & 0xffffffff;
  }
  /// Faster, for where all that is added before the next merge fits 63 bits.
  PUMICE_HD void add_small(std::int64_t value) { low += value; }
  PUMICE_HD void merge(const ExactSum& other) {
    const std::int64_t low_parts = (low & 0xffffffff) + (other.low & 0xffffffff);
    high += other.high + (low >> 32) + (other.low >> 32);
    low = low_parts;
  }
  [[nodiscard]] PUMICE_HD double value() const {
    return static_cast<double>(high + (low >> 32)) * 4294967296.0 + static_cast<double>(low & 0xffffffff);
  }
};

}  // namespace pumice::features
