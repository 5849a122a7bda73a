/// The loops of the CPU backend, built for several SIMD targets and chosen at run time. All targets give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cpu/fourier_plan.hpp"
#include "pumice/feature.hpp"
#include "pumice/plan.hpp"
#include "pumice/samples.hpp"
#include "stages/order_statistics.hpp"

namespace pumice::cpu {

/// Evaluates `calls` on a signal. `spectra`: [Plan::welch] of this signal; `accumulators`: accumulator_bytes(calls),
/// aligned to kColumnAlignment; values: [Plan::n_values] of this segment.
template <class T>
using Evaluate = void (*)(const Signal<T>& signal, std::span<const WelchPsd> spectra,
                          std::span<const FeatureCall* const> calls, std::byte* accumulators, double* values);

struct ReduceKernels {
  std::int64_t target = 0;  ///< Highway's
  Evaluate<std::int16_t> evaluate_int16 = nullptr;
  Evaluate<std::int32_t> evaluate_int32 = nullptr;
  Evaluate<double> evaluate_float64 = nullptr;
  Moments (*moments)(const ColumnView& x) = nullptr;
  stages::ValueRange (*value_range)(const ColumnView& integers) = nullptr;
  void (*summarise)(WelchPsd& psd) = nullptr;

  template <class T>
  [[nodiscard]] Evaluate<T> evaluate() const {
    if constexpr (std::is_same_v<T, std::int16_t>) {
      return evaluate_int16;
    } else if constexpr (std::is_same_v<T, std::int32_t>) {
      return evaluate_int32;
    } else {
      return evaluate_float64;
    }
  }
};

struct CountKernels {
  /// The moments of counted samples.
  Moments (*moments)(const OrderStatistics& counted) = nullptr;
  /// The counts of |x| from those of x; see stages::absolute_counts.
  OrderStatistics (*absolute)(const OrderStatistics& counted, std::uint32_t* cumulative) = nullptr;
};

/// What a vectorised sort of integers takes to sort doubles, none of them NaN or -0. (Highway's sort of doubles leaves
/// some in disorder where a value is repeated and others are less than 2.2e-16 below it: seen with 1.0.3.)
struct SortKernels {
  bool has_lanes = false;  ///< false: of the scalar target, which has no use for such a sort
  /// bits: [n] of doubles, in place of which come integers in the same order.
  void (*make_keys)(std::int64_t* bits, std::int64_t n) = nullptr;
  /// And back. False where the keys were not ascending.
  bool (*unmake_keys)(std::int64_t* keys, std::int64_t n) = nullptr;
};

/// Stage bits of a feature, by its place in the catalogue.
[[nodiscard]] std::uint32_t needs_of(int feature);
/// Bytes of accumulators that `calls` need at once.
[[nodiscard]] std::size_t accumulator_bytes(std::span<const FeatureCall> calls);

/// Blocks of a time axis whose |X|^2 are summed.
struct WelchBlocks {
  ColumnView x;
  std::span<const std::int64_t> starts;  ///< first sample of each block; one at least
  double scale = 1;                      ///< a power of two that samples are multiplied by
};

struct WelchKernels {
  /// power: [signals][plan.n], of which the first plan.bins() become the sums over a signal's blocks of |X_k|^2, in an
  /// order that follows from their number alone: no bit depends on the other signals.
  /// `memory`: welch_memory_bytes(plan), aligned to kColumnAlignment.
  void (*sum_power)(const FourierPlan& plan, std::span<const WelchBlocks> signals, double* power,
                    std::byte* memory) = nullptr;
};

[[nodiscard]] std::size_t welch_memory_bytes(const FourierPlan& plan);
/// How many signals, of `blocks` blocks each, are best summed in one call: those whose blocks share registers; 1 where
/// one signal has enough of them.
[[nodiscard]] std::size_t welch_signals_at_once(std::int64_t blocks, std::int64_t nperseg);

/// Bits of the targets that are built and that this CPU runs, best first in value order.
[[nodiscard]] std::int64_t usable_targets();
/// The best of `targets`, which must be usable ones.
[[nodiscard]] ReduceKernels reduce_kernels(std::int64_t targets);
[[nodiscard]] CountKernels count_kernels(std::int64_t targets);
[[nodiscard]] SortKernels sort_kernels(std::int64_t targets);
[[nodiscard]] WelchKernels welch_kernels(std::int64_t targets);

/// Everything that a slot runs, for one target.
struct Kernels {
  ReduceKernels reduce;
  CountKernels count;
  SortKernels sort;
  WelchKernels welch;
};
[[nodiscard]] Kernels kernels_for(std::int64_t targets);

}  // namespace pumice::cpu
