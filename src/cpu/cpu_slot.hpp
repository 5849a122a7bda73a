/// A slot of the CPU backend: everything that one worker needs, for one segment at a time.
#pragma once

#include <array>
#include <optional>
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

/// How many channels of n samples are computed side by side, so that their Welch blocks share registers.
[[nodiscard]] std::size_t channels_at_once(const Plan& plan, std::int64_t n);

class CpuSlot final : public Slot {
 public:
  CpuSlot(const Plan& plan, const Kernels& kernels, int segments);

  bool add(const PreparedSegment& segment) override;
  [[nodiscard]] int size() const override { return static_cast<int>(segments_); }
  void submit() override;
  [[nodiscard]] std::span<const double> wait() override;
  [[nodiscard]] StageSeconds seconds() const override { return seconds_; }

 private:
  /// One derivation of a channel at hand.
  struct Derived {
    ColumnBuffer valid;
    ColumnBuffer time_axis;
    std::optional<SignalSamples> samples;  ///< once they are made
    std::vector<int> spectra;              ///< [Plan::welch]: places in the estimators
  };
  /// One of the channels at hand: those whose spectra are estimated together.
  struct Member {
    const PreparedChannel* channel = nullptr;
    std::array<Derived, 3> derived;  ///< one a Derivation
  };

  void compute_channels(int first, std::span<const PreparedChannel> channels, double* values);
  void estimate_spectra(int first, std::span<Member> members);
  void compute_channel(std::span<const int> signals, Member& member, double* values);
  void compute_signal(const SignalPlan& signal, Member& member, OrderStatistics& of_channel, double* values);
  /// The samples of a derivation, made once for each channel at hand.
  [[nodiscard]] const SignalSamples& samples_of(Derivation derivation, Member& member);
  void evaluate(const SignalPlan& signal, const SignalSamples& samples, const Moments& moments,
                const OrderStatistics& order, double* values);

  const Plan& plan_;
  Kernels kernels_;
  int capacity_;
  std::vector<std::vector<int>> signals_of_channel_;  ///< in the order of Derivation
  std::vector<WelchEstimator> estimators_;            ///< one a Plan::welch
  std::vector<WelchPsd> spectra_;                     ///< of the signal at hand
  std::vector<Member> members_;
  std::array<OrderStatisticsMaker, 3> orders_;  ///< one a Derivation, of the channel at hand
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
