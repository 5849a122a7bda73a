/// A sum that keeps what rounding loses.
#pragma once

#include "pumice/host_device.hpp"

namespace pumice::features {

/// Sum of doubles held as two (Knuth's two-sum): as good as twice the precision, whatever the order.
struct CompensatedSum {
  double high = 0;
  double low = 0;

  PUMICE_HD void add(double value) {
    const double sum = high + value;
    const double part = sum - high;
    low += (high - (sum - part)) + (value - part);
    high = sum;
  }
  PUMICE_HD void merge(const CompensatedSum& other) {
    add(other.high);
    low += other.low;
  }
  [[nodiscard]] PUMICE_HD double value() const { return high + low; }
};

}  // namespace pumice::features
