/// A sum of integers that does not overflow.
#pragma once

#include <cstdint>

#include "pumice/host_device.hpp"

namespace pumice::features {

/// Sum of up to 2^31 integers of 63 bits, held as two of 64: exact, whatever the order.
struct ExactSum {
  std::int64_t high = 0;  ///< of 2^32
  std::uint64_t low = 0;

  PUMICE_HD void add(std::int64_t value) {
    high += value >> 32;
    low += static_cast<std::uint64_t>(value) & 0xffffffffU;
  }
  PUMICE_HD void add(const ExactSum& other) {
    high += other.high;
    low += other.low;
  }
  [[nodiscard]] PUMICE_HD double value() const {
    const std::int64_t whole = high + static_cast<std::int64_t>(low >> 32);
    return static_cast<double>(whole) * 4294967296.0 + static_cast<double>(low & 0xffffffffU);
  }
};

}  // namespace pumice::features
