#include "cpu/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/welch_kernels.cpp"
#include "hwy/foreach_target.h"
// The line above includes this file once a target; what follows is inside its loop.
#include <algorithm>
#include <cmath>

#include "core/simd_dispatch.hpp"
#include "core/square_transpose-inl.hpp"
#include "cpu/fourier-inl.hpp"
#include "cpu/kernels.hpp"
#include "cpu/simd_team-inl.hpp"
#include "stages/welch.hpp"

#ifndef PUMICE_CPU_WELCH_KERNELS_ONCE
#define PUMICE_CPU_WELCH_KERNELS_ONCE
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
  std::size_t sums;    ///< [transform][kPairs], in the order in which the transform's results come
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

}  // namespace pumice::cpu
#endif  // PUMICE_CPU_WELCH_KERNELS_ONCE

HWY_BEFORE_NAMESPACE();
namespace pumice::cpu {
namespace HWY_NAMESPACE {

/// At most 128 bits.
template <class T>
using Narrow = hn::CappedTag<T, 16 / sizeof(T)>;

/// Where the parts of welch_memory_bytes() lie.
template <class T>
struct Memory {
  T* sums;
  T* tile;
  T* signal;
  T* other;
  T* side;
  Memory(const FourierPlan& plan, std::byte* bytes) {
    const WelchMemory layout(plan);
    const auto part = [&](std::size_t offset) { return reinterpret_cast<T*>(bytes + offset); };
    sums = part(layout.sums);
    tile = part(layout.tile);
    signal = part(layout.signal);
    other = part(layout.other);
    side = part(layout.side);
  }
};

/// Transposes rows [lanes][kTaperTile] into real or imaginary parts of complex vectors from sample j on.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void turn_into_lanes(D d, const FourierPlan& plan, const T* rows, std::int64_t j, T* out) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
#if HWY_TARGET == HWY_SCALAR
  for (std::int64_t i = 0; i < kTaperTile; ++i) {
    hn::Store(hn::Load(d, rows + i), d, out + 2 * plan.place(j + i) * lanes);
  }
#else
  namespace squares = pumice::HWY_NAMESPACE;
  constexpr std::int64_t kSide = squares::kSquareSide<T>;
  for (std::int64_t i = 0; i < kTaperTile; i += kSide) {
    hn::Vec<D> square[kSide];
    for (std::int64_t r = 0; r < kSide; ++r) {
      square[r] = squares::load_blocks(d, rows + r * kTaperTile + i, kSide * kTaperTile);
    }
    squares::transpose_squares(d, square);
    // A row of the matrix is no shorter than a square.
    T* const to = out + 2 * plan.place(j + i) * lanes;
    for (std::int64_t r = 0; r < kSide; ++r) {
      hn::Store(square[r], d, to + 2 * r * lanes);
    }
  }
#endif
}

/// A block's mean. Sums of integers need no order.
template <class X>
HWY_INLINE double mean_of_block(const X* x, std::int64_t n) {
  if constexpr (std::is_integral_v<X>) {
    constexpr std::int64_t kAtOnce = sizeof(X) == 2 ? 65536 : 64;  // that 32 bits hold the sum of
    std::int64_t sum = 0;
    for (std::int64_t first = 0; first < n; first += kAtOnce) {
      const std::int64_t last = std::min(n, first + kAtOnce);
      std::int32_t part = 0;
      for (std::int64_t i = first; i < last; ++i) {
        part += x[i];
      }
      sum += part;
    }
    return static_cast<double>(sum) / static_cast<double>(n);
  } else {
    SimdTeam team;
    return stages::block_mean(team, x, n);
  }
}

/// row[j] = (x[j] - mean) scale taper[j]. The mean is taken off before anything is rounded to T: of decimals in double,
/// of integers in two parts, the first of which is exact.
template <class X, class T>
HWY_INLINE void taper_row(const X* HWY_RESTRICT x, double mean, double scale, const FourierPlan& plan,
                          std::int64_t first, std::int64_t count, T* HWY_RESTRICT row) {
  if constexpr (std::is_integral_v<X> && std::is_same_v<T, float>) {
    const auto whole = static_cast<std::int32_t>(std::lrint(mean));
    const auto rest = static_cast<float>(mean - whole);
    const float* HWY_RESTRICT taper = plan.float_tables.taper.data() + first;
    for (std::int64_t j = 0; j < count; ++j) {
      row[j] = (static_cast<float>(x[j] - whole) - rest) * taper[j];
    }
  } else {
    const double* HWY_RESTRICT taper = plan.taper.data() + first;
    for (std::int64_t j = 0; j < count; ++j) {
      row[j] = static_cast<T>((static_cast<double>(x[j]) - mean) * scale * taper[j]);
    }
  }
}

/// Blocks [first, first + 2 lanes) as complex vectors: lane p holds block 2 p as re and 2 p + 1 as im; none: zeros.
template <class D, class X, class T = hn::TFromD<D>>
void load_blocks_as_lanes(D d, const WelchBlocks& blocks, const X* x, std::size_t first, T* tile, T* out) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const FourierPlan& plan = *blocks.plan;
  const std::int64_t n = plan.n;
  const std::size_t rows = 2 * static_cast<std::size_t>(lanes);
  double means[2 * kPairs];
  for (std::size_t r = 0; r < rows && first + r < blocks.starts.size(); ++r) {
    means[r] = mean_of_block(x + blocks.starts[first + r], n);
  }
  for (std::int64_t j = 0; j < n; j += kTaperTile) {
    const std::int64_t count = std::min(kTaperTile, n - j);
    for (std::size_t r = 0; r < rows; ++r) {
      T* row = tile + static_cast<std::int64_t>((r % 2) * static_cast<std::size_t>(lanes) + r / 2) * kTaperTile;
      std::int64_t filled = 0;
      if (first + r < blocks.starts.size()) {
        filled = count;
        const X* const from = x + blocks.starts[first + r] + j;
        if (count == kTaperTile) {  // a constant, which the compiler unrolls
          taper_row(from, means[r], blocks.scale, plan, j, kTaperTile, row);
        } else {
          taper_row(from, means[r], blocks.scale, plan, j, count, row);
        }
      }
      std::fill(row + filled, row + kTaperTile, T{0});
    }
    turn_into_lanes(d, plan, tile, j, out);
    turn_into_lanes(d, plan, tile + lanes * kTaperTile, j, out + lanes);
  }
}

#if HWY_TARGET != HWY_SCALAR
/// The same for int16 samples and a whole number of squares of them, turned before they are widened.
template <class D>
void load_int16_as_lanes(D d, const WelchBlocks& blocks, const std::int16_t* x, std::size_t first, float* out) {
  namespace squares = pumice::HWY_NAMESPACE;
  const hn::Repartition<std::int16_t, D> shorts;
  const hn::Half<decltype(shorts)> half_shorts;
  const hn::Rebind<std::int32_t, D> ints;
  constexpr auto kLaneCount = static_cast<std::int64_t>(hn::MaxLanes(D()));
  constexpr std::int64_t kSide = squares::kSquareSide<std::int16_t>;
  const FourierPlan& plan = *blocks.plan;
  // Block 2 p is row p, block 2 p + 1 row kLaneCount + p. One that is not there is read as another, times zero.
  const std::int16_t* rows[2 * kLaneCount];
  std::int32_t whole[2 * kLaneCount];
  float rest[2 * kLaneCount];
  float weight[2 * kLaneCount];
  for (std::int64_t r = 0; r < 2 * kLaneCount; ++r) {
    const std::size_t block = first + static_cast<std::size_t>(r < kLaneCount ? 2 * r : 2 * (r - kLaneCount) + 1);
    const bool is_there = block < blocks.starts.size();
    rows[r] = x + blocks.starts[is_there ? block : first];
    const double mean = is_there ? mean_of_block(rows[r], plan.n) : 0;
    whole[r] = static_cast<std::int32_t>(std::lrint(mean));
    rest[r] = static_cast<float>(mean - whole[r]);
    weight[r] = is_there ? 1.0F : 0.0F;
  }
  const bool all_there = first + 2 * static_cast<std::size_t>(kLaneCount) <= blocks.starts.size();
  const auto taper_half = [&](auto samples, std::int64_t half, float taper) HWY_ATTR {
    const std::int64_t at = half * kLaneCount;
    const auto centred = hn::ConvertTo(d, hn::Sub(hn::PromoteTo(ints, samples), hn::LoadU(ints, whole + at)));
    const auto tapered = hn::Mul(hn::Sub(centred, hn::LoadU(d, rest + at)), hn::Set(d, taper));
    return all_there ? tapered : hn::Mul(tapered, hn::LoadU(d, weight + at));
  };
  for (std::int64_t j = 0; j < plan.n; j += kSide) {
    hn::Vec<decltype(shorts)> square[kSide];
    for (std::int64_t r = 0; r < kSide; ++r) {
      square[r] = squares::load_blocks_of(shorts, rows + r, kSide, j);
    }
    squares::transpose_squares(shorts, square);
    float* to = out + 2 * plan.place(j) * kLaneCount;
    for (std::int64_t r = 0; r < kSide; ++r) {
      const float taper = plan.float_tables.taper[static_cast<std::size_t>(j + r)];
      hn::Store(taper_half(hn::LowerHalf(half_shorts, square[r]), 0, taper), d, to);
      hn::Store(taper_half(hn::UpperHalf(half_shorts, square[r]), 1, taper), d, to + kLaneCount);
      to += 2 * kLaneCount;
    }
  }
}
#endif

/// Blocks [first, first + 2 lanes) of any samples as complex vectors.
template <class D, class T = hn::TFromD<D>>
void load_pairs(D d, const WelchBlocks& blocks, std::size_t first, const Memory<T>& memory) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_same_v<T, float>) {
    if (blocks.x.type == SampleType::kInt16 && blocks.plan->n % 8 == 0) {
      load_int16_as_lanes(d, blocks, blocks.x.as<std::int16_t>(), first, memory.signal);
      return;
    }
  }
#endif
  visit_type(blocks.x.type, [&](auto zero) {
    load_blocks_as_lanes(d, blocks, blocks.x.as<decltype(zero)>(), first, memory.tile, memory.signal);
  });
}

/// Transform of any length n through a circular convolution of a power of two (Bluestein 1970). Emits as transform()
/// does, but Z with |Z| = |X_k|, since the last chirp would only turn it, and anything for k >= n.
template <class D, class Emit, class T = hn::TFromD<D>>
HWY_INLINE void bluestein(D d, const FourierPlan& plan, const Memory<T>& memory, Emit emit) {
  const T* const chirp = plan.tables<T>().chirp.data();
  const T* const chirp_spectrum = plan.tables<T>().chirp_spectrum.data();
  for (std::int64_t j = 0; j < plan.n; ++j) {
    const std::int64_t at = plan.place(j);
    store(d, rotate(d, load(d, memory.signal, at), chirp + 2 * j), memory.signal, at);
  }
  const auto zero = hn::Zero(d);
  for (std::int64_t j = plan.n; j < plan.transform; ++j) {
    store(d, Complex<D>{zero, zero}, memory.signal, plan.place(j));
  }
  // With re and im swapped before and after, the forward transform is the inverse one.
  transform(d, plan, memory.signal, memory.side, [&](std::int64_t /*i*/, std::int64_t k, Complex<D> value) HWY_ATTR {
    const auto product = rotate(d, value, chirp_spectrum + 2 * k);
    store(d, Complex<D>{product.im, product.re}, memory.other, plan.place(k));
  });
  transform(d, plan, memory.other, memory.side, emit);
}

/// Adds the power of up to kPairs pairs of blocks, from block `first`, to memory.sums.
template <class D, class T = hn::TFromD<D>>
void add_pairs(D d, const WelchBlocks& blocks, std::size_t first, const Memory<T>& memory) {
  const FourierPlan& plan = *blocks.plan;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t lane = 0; lane < kPairs && first + 2 * lane < blocks.starts.size(); lane += lanes) {
    load_pairs(d, blocks, first + 2 * lane, memory);
    T* const sums = memory.sums + lane;
    const auto add = [&](std::int64_t i, std::int64_t /*k*/, Complex<D> z) HWY_ATTR {
      const auto power = hn::MulAdd(z.re, z.re, hn::Mul(z.im, z.im));
      hn::Store(hn::Add(hn::Load(d, sums + i * kPairs), power), d, sums + i * kPairs);
    };
    if (plan.is_power_of_two()) {
      transform(d, plan, memory.signal, memory.side, add);
    } else {
      bluestein(d, plan, memory, add);
    }
  }
}

/// Adds sums to power: [n], and starts them anew.
template <class T>
void collect_sums(const FourierPlan& plan, T* sums, double* power) {
  for (std::int64_t i = 0; i < plan.transform; ++i) {
    const T* const pairs = sums + i * kPairs;
    double added[kPairs / 2];
    for (std::int64_t lane = 0; lane < kPairs / 2; ++lane) {
      added[lane] = static_cast<double>(pairs[lane]) + static_cast<double>(pairs[lane + kPairs / 2]);
    }
    for (std::int64_t lane = 0; lane < kPairs / 4; ++lane) {
      added[lane] += added[lane + kPairs / 4];
    }
    const std::int64_t k = plan.frequency(i);
    if (k < plan.n) {
      power[k] += (added[0] + added[2]) + (added[1] + added[3]);
    }
  }
  std::fill_n(sums, plan.transform * kPairs, T{0});
}

template <class D>
void sum_power_with(D d, const WelchBlocks& blocks, double* power, std::byte* bytes) {
  using T = hn::TFromD<D>;
  const FourierPlan& plan = *blocks.plan;
  const Memory<T> memory(plan, bytes);
  std::fill_n(memory.sums, plan.transform * kPairs, T{0});
  std::fill_n(power, plan.n, 0.0);
  std::size_t added = 0;
  for (std::size_t first = 0; first < blocks.starts.size(); first += 2 * kPairs) {
    add_pairs(d, blocks, first, memory);
    if (++added == kMostAdded || first + 2 * kPairs >= blocks.starts.size()) {
      collect_sums(plan, memory.sums, power);
      added = 0;
    }
  }
  // Two real blocks in one complex transform: the sum of their powers at k is (|Z_k|^2 + |Z_{n-k}|^2) / 2.
  const double unscale = 0.5 / (blocks.scale * blocks.scale);
  for (std::int64_t k = 0; k < plan.bins(); ++k) {
    power[k] = (power[k] + power[k == 0 ? 0 : plan.n - k]) * unscale;
  }
}

void sum_power(const WelchBlocks& blocks, double* power, std::byte* memory) {
  const bool is_long = blocks.plan->transform > kLongTransform;
  if (blocks.plan->is_double) {
    is_long ? sum_power_with(Narrow<double>{}, blocks, power, memory)
            : sum_power_with(hn::CappedTag<double, 8>{}, blocks, power, memory);
  } else {
    is_long ? sum_power_with(Narrow<float>{}, blocks, power, memory)
            : sum_power_with(hn::CappedTag<float, 16>{}, blocks, power, memory);
  }
}

WelchKernels get_welch_kernels() { return {&sum_power}; }

}  // namespace HWY_NAMESPACE
}  // namespace pumice::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pumice::cpu {

HWY_EXPORT(get_welch_kernels);

WelchKernels welch_kernels(std::int64_t targets) {
  return call_for_best(HWY_DISPATCH_TABLE(get_welch_kernels), targets);
}

std::size_t welch_memory_bytes(const FourierPlan& plan) { return WelchMemory(plan).end; }

}  // namespace pumice::cpu
#endif  // HWY_ONCE
