/// A slot of the CPU backend: everything that one worker needs, for one segment at a time.
#pragma once

#include <array>
#include <vector>

#include "cpu/kernels.hpp"
#include "cpu/order_statistics.hpp"
#include "cpu/welch.hpp"
#include "pumice/backend.hpp"

namespace pumice::cpu {

/// One signal of a segment as it is walked: a prepared channel, or what is derived from one.
struct SignalSamples {
  Intake intake;
  ColumnView valid;
  ColumnView time_axis;
  ColumnView raw;
  stages::ValueRange range;  ///< of `valid`, where it is known
};

class CpuSlot final : public Slot {
 public:
  CpuSlot(const Plan& plan, const Kernels& kernels, int segments);

  bool add(const PreparedSegment& segment) override;
  [[nodiscard]] int size() const override { return static_cast<int>(segments_); }
  void submit() override;
  [[nodiscard]] std::span<const double> wait() override;
  [[nodiscard]] StageSeconds seconds() const override { return seconds_; }

 private:
  /// Memory of one derivation of the channel at hand.
  struct Derived {
    ColumnBuffer valid;
    ColumnBuffer time_axis;
    OrderStatisticsMaker order;
  };

  void compute_channel(std::span<const int> signals, const PreparedChannel& channel, double* values);
  void compute_signal(const SignalPlan& signal, const PreparedChannel& channel, OrderStatistics& of_channel,
                      double* values);
  [[nodiscard]] SignalSamples derive(Derivation derivation, const PreparedChannel& channel);
  void evaluate(const SignalPlan& signal, const SignalSamples& samples, const Moments& moments,
                const OrderStatistics& order, double* values);

  const Plan& plan_;
  Kernels kernels_;
  int capacity_;
  std::vector<std::vector<int>> signals_of_channel_;  ///< in the order of Derivation
  std::vector<WelchEstimator> estimators_;            ///< one a Plan::welch
  std::vector<WelchPsd> spectra_;                     ///< of the signal at hand
  std::array<Derived, 3> derived_;                    ///< one a Derivation
  ColumnBuffer accumulators_;
  ColumnBuffer widened_;
  std::array<std::vector<const FeatureCall*>, 3> calls_;  ///< one a SampleType
  hwy::Sorter sorter_;

  std::size_t segments_ = 0;
  std::vector<PreparedChannel> channels_;  ///< [segments][channels]
  std::vector<double> values_;             ///< [segments][n_values]
  StageSeconds seconds_;
};

}  // namespace pumice::cpu
