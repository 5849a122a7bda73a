/// Welch's method on the CPU.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "cpu/fourier_plan.hpp"
#include "cpu/kernels.hpp"
#include "pumice/samples.hpp"
#include "pumice/views.hpp"

namespace pumice::cpu {

/// Estimates with one setting, of several signals at a time, and holds the estimates until the next ones. Nothing is
/// allocated while the number of signals and the length of the segments stay the same.
class WelchEstimator {
 public:
  WelchEstimator(const WelchSettings& settings, Precision precision, double sample_rate);

  /// Forgets all signals.
  void clear();
  /// Takes a signal, whose samples it borrows until estimate(), and returns its place. raw: the column as read, where
  /// blocks that miss too many samples are left out; else n = 0.
  int add(const ColumnView& time_axis, const ColumnView& raw);
  /// Estimates the PSDs of all signals that were added.
  void estimate(const Kernels& kernels);
  /// The PSD at a place: valid until the next clear().
  [[nodiscard]] const WelchPsd& psd(int place) const { return signals_[static_cast<std::size_t>(place)].psd; }

  /// The PSD of one signal, as the three above give it.
  [[nodiscard]] WelchPsd estimate(const Kernels& kernels, const ColumnView& time_axis, const ColumnView& raw);

 private:
  struct AddedSignal {
    ColumnView time_axis;
    WelchSettings settings;       ///< for its length
    std::size_t first_start = 0;  ///< into starts_
    std::size_t blocks = 0;
    WelchPsd psd{};
  };
  struct Planned {
    FourierPlan plan;
    double density_scale = 0;  ///< s
  };

  /// The plan for blocks of these settings: the one asked for, or those of the short segments seen last.
  const Planned& plan_for(const WelchSettings& settings);
  /// Estimates all signals of blocks as long as these; density: their spectra. Returns the end of what it used of it.
  double* estimate_alike(const Kernels& kernels, const WelchSettings& settings, double* density);

  WelchSettings settings_;
  Precision precision_;
  double sample_rate_;
  std::optional<Planned> plan_;  ///< made when a segment is long enough for it
  /// A segment's, and that of its differences, which are one fewer.
  std::array<std::optional<Planned>, 2> short_plans_;
  std::size_t oldest_short_ = 0;
  std::vector<AddedSignal> signals_;
  std::vector<std::int64_t> starts_;
  std::vector<WelchBlocks> blocks_;
  std::vector<double> density_;
  ColumnBuffer memory_;
};

}  // namespace pumice::cpu
