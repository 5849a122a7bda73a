/// What the kernels of Welch's method work on: places of blocks in the lanes of registers, and memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/fourier_plan.hpp"
#include "cpu/kernels.hpp"

namespace pumice::cpu {

/// Pairs of blocks whose power is summed side by side before the sixteen sums are added up: one order whatever the
/// width of a register is.
inline constexpr std::int64_t kPairs = 16;
/// Pairs that are summed in the transform's own arithmetic before double takes over.
inline constexpr std::size_t kMostAdded = 8;
/// Samples of each block that are tapered before they are turned into lanes.
inline constexpr std::int64_t kTaperTile = 64;
/// Longer transforms run in 128-bit vectors: fewer signals at once, less memory.
inline constexpr std::int64_t kLongTransform = 8192;

/// How `welch_memory_bytes` is laid out, in bytes from its start.
struct WelchMemory {
  std::size_t sums;    ///< [transform][at most kPairs], in the order in which the transform's results come
  std::size_t tile;    ///< [2 kPairs][kTaperTile]
  std::size_t signal;  ///< the transform's complex vectors, as FourierPlan::place has them
  std::size_t other;   ///< likewise, for Bluestein's algorithm
  std::size_t side;    ///< of transform()
  std::size_t end;

  explicit WelchMemory(const FourierPlan& plan) {
    const std::size_t element = plan.is_double ? sizeof(double) : sizeof(float);
    const std::size_t vector = 2 * (plan.transform > kLongTransform ? 16 : 64);
    // Blocks are turned into lanes in whole tiles, which may reach past the transform's end.
    const std::size_t complex = (static_cast<std::size_t>(plan.place(plan.transform)) + kTaperTile) * vector;
    sums = 0;
    tile = sums + static_cast<std::size_t>(plan.transform) * kPairs * element;
    signal = tile + 2 * kPairs * kTaperTile * sizeof(double);
    other = signal + complex;
    side = other + (plan.is_power_of_two() ? 0 : complex);
    end = side + 2 * static_cast<std::size_t>(plan.longest_side()) * vector;
  }
};

/// What a lane transforms: two blocks of a signal as one complex one. The second may not be there; nothing may be
/// there.
struct WelchPlace {
  const WelchBlocks* signal = nullptr;  ///< null: zeros
  std::size_t pair = 0;
  /// Of block 2 pair + `which`.
  [[nodiscard]] bool is_there(std::size_t which) const {
    return signal != nullptr && 2 * pair + which < signal->starts.size();
  }
  [[nodiscard]] std::int64_t start(std::size_t which) const { return signal->starts[2 * pair + which]; }
};

inline std::size_t pairs_of(const WelchBlocks& signal) { return (signal.starts.size() + 1) / 2; }

}  // namespace pumice::cpu
