/// Welch's method on the CPU.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cpu/fourier_plan.hpp"
#include "cpu/kernels.hpp"
#include "pumice/samples.hpp"
#include "pumice/views.hpp"

namespace pumice::cpu {

/// Estimates with one setting, of one signal at a time, and holds the estimate until the next. Nothing is allocated
/// while the length of the segments stays the same.
class WelchEstimator {
 public:
  WelchEstimator(const WelchSettings& settings, Precision precision, double sample_rate);

  /// PSD of a time axis. raw: the column as read, where blocks that miss too many samples are left out; else n = 0.
  [[nodiscard]] WelchPsd estimate(const Kernels& kernels, const ColumnView& time_axis, const ColumnView& raw);

 private:
  /// The plan for blocks of these settings: the one asked for, or that of the short segments seen last.
  const FourierPlan& plan_for(const WelchSettings& settings);

  WelchSettings settings_;
  Precision precision_;
  double sample_rate_;
  std::optional<FourierPlan> plan_;  ///< made when a segment is long enough for it
  std::optional<FourierPlan> short_plan_;
  std::vector<std::int64_t> starts_;
  std::vector<double> density_;
  ColumnBuffer memory_;
};

}  // namespace pumice::cpu
