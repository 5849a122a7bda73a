#include "cpu/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/welch_kernels.cpp"
#include "hwy/foreach_target.h"
// The line above includes this file once a target; what follows is inside its loop.
#include <algorithm>

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
/// Samples of each block that are tapered before they are turned into lanes.
inline constexpr std::int64_t kTaperTile = 64;
/// Longer transforms run in 128-bit vectors: fewer signals at once, less memory.
inline constexpr std::int64_t kLongTransform = 8192;

/// How `welch_memory_bytes` is laid out, in bytes from its start.
struct WelchMemory {
  std::size_t sums;    ///< [bins][kPairs] double
  std::size_t tile;    ///< [2 kPairs][kTaperTile]
  std::size_t first;   ///< [transform] complex vectors
  std::size_t second;  ///< likewise
  std::size_t end;

  explicit WelchMemory(const FourierPlan& plan) {
    const std::size_t vector = plan.transform > kLongTransform ? 16 : 64;
    // Blocks are turned into lanes in whole tiles, which may reach past the transform's end.
    const std::size_t complex = (static_cast<std::size_t>(plan.transform) + kTaperTile) * 2 * vector;
    sums = 0;
    tile = sums + static_cast<std::size_t>(plan.bins()) * kPairs * sizeof(double);
    first = tile + 2 * kPairs * kTaperTile * sizeof(double);
    second = first + complex;
    end = second + complex;
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

#if HWY_TARGET == HWY_SCALAR
template <class T>
HWY_INLINE void turn_into_lanes(const T* rows, std::int64_t /*one*/, T* out, std::int64_t stride) {
  for (std::int64_t j = 0; j < kTaperTile; ++j) {
    out[j * stride] = rows[j];
  }
}
#else
/// Transposes rows [lanes][kTaperTile] into out[j * stride + lane], j in [0, kTaperTile).
HWY_INLINE void turn_into_lanes(const float* rows, std::int64_t lanes, float* out, std::int64_t stride) {
  const Narrow<float> d;
  const hn::Repartition<double, decltype(d)> pairs;
  for (std::int64_t lane = 0; lane < lanes; lane += 4) {
    const float* row = rows + lane * kTaperTile;
    for (std::int64_t j = 0; j < kTaperTile; j += 4) {
      const auto a = hn::Load(d, row + j);
      const auto b = hn::Load(d, row + kTaperTile + j);
      const auto c = hn::Load(d, row + 2 * kTaperTile + j);
      const auto e = hn::Load(d, row + 3 * kTaperTile + j);
      const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
      const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
      const auto ce_low = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
      const auto ce_high = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
      float* to = out + j * stride + lane;
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, ab_low, ce_low)), d, to);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_low, ce_low)), d, to + stride);
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, ab_high, ce_high)), d, to + 2 * stride);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_high, ce_high)), d, to + 3 * stride);
    }
  }
}

HWY_INLINE void turn_into_lanes(const double* rows, std::int64_t lanes, double* out, std::int64_t stride) {
  const Narrow<double> d;
  for (std::int64_t lane = 0; lane < lanes; lane += 2) {
    const double* row = rows + lane * kTaperTile;
    for (std::int64_t j = 0; j < kTaperTile; j += 2) {
      const auto a = hn::Load(d, row + j);
      const auto b = hn::Load(d, row + kTaperTile + j);
      double* to = out + j * stride + lane;
      hn::Store(hn::InterleaveLower(d, a, b), d, to);
      hn::Store(hn::InterleaveUpper(d, a, b), d, to + stride);
    }
  }
}

#endif

/// row[j] = (x[j] - mean) scale taper[j], detrended in double before it is rounded to T.
template <class X, class T>
HWY_INLINE void taper_row(const X* HWY_RESTRICT x, double mean, double scale, const double* HWY_RESTRICT taper,
                          std::int64_t count, T* HWY_RESTRICT row) {
#pragma GCC ivdep
  for (std::int64_t j = 0; j < count; ++j) {
    row[j] = static_cast<T>((static_cast<double>(x[j]) - mean) * scale * taper[j]);
  }
}

/// Blocks [first, first + 2 lanes) as complex vectors: lane p holds block 2 p as re and 2 p + 1 as im; none: zeros.
template <class D, class X, class T = hn::TFromD<D>>
void load_blocks(D d, const WelchBlocks& blocks, const X* x, std::size_t first, T* tile, T* out) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t n = blocks.plan->n;
  const std::size_t rows = 2 * static_cast<std::size_t>(lanes);
  double means[2 * kPairs];
  SimdTeam team;
  for (std::size_t r = 0; r < rows && first + r < blocks.starts.size(); ++r) {
    means[r] = stages::block_mean(team, x + blocks.starts[first + r], n);
  }
  for (std::int64_t j = 0; j < n; j += kTaperTile) {
    const std::int64_t count = std::min(kTaperTile, n - j);
    for (std::size_t r = 0; r < rows; ++r) {
      T* row = tile + static_cast<std::int64_t>((r % 2) * static_cast<std::size_t>(lanes) + r / 2) * kTaperTile;
      std::int64_t filled = 0;
      if (first + r < blocks.starts.size()) {
        filled = count;
        taper_row(x + blocks.starts[first + r] + j, means[r], blocks.scale, blocks.plan->taper.data() + j, count, row);
      }
      std::fill(row + filled, row + kTaperTile, T{0});
    }
    turn_into_lanes(tile, lanes, out + 2 * j * lanes, 2 * lanes);
    turn_into_lanes(tile + lanes * kTaperTile, lanes, out + (2 * j + 1) * lanes, 2 * lanes);
  }
}

/// Transform of any length n through a circular convolution of a power of two. x holds the signal; returns where the
/// first n results lie.
template <class D>
double* bluestein(D d, const FourierPlan& plan, double* x, double* y) {
  const double* chirp = plan.chirp.data();
  for (std::int64_t j = 0; j < plan.n; ++j) {
    store(d, rotate(d, load(d, x, j), chirp + 2 * j), x, j);
  }
  const auto zero = hn::Zero(d);
  for (std::int64_t j = plan.n; j < plan.transform; ++j) {
    store(d, Complex<D>{zero, zero}, x, j);
  }
  double* spectrum = transform(d, plan.transform, plan.double_twiddles.data(), x, y);
  double* other = spectrum == x ? y : x;
  // With re and im swapped before and after, the forward transform is the inverse one.
  for (std::int64_t k = 0; k < plan.transform; ++k) {
    const auto product = rotate(d, load(d, spectrum, k), plan.chirp_spectrum.data() + 2 * k);
    store(d, Complex<D>{product.im, product.re}, spectrum, k);
  }
  double* result = transform(d, plan.transform, plan.double_twiddles.data(), spectrum, other);
  for (std::int64_t k = 0; k < plan.n; ++k) {
    const auto swapped = load(d, result, k);
    store(d, rotate(d, Complex<D>{swapped.im, swapped.re}, chirp + 2 * k), result, k);
  }
  return result;
}

/// sums[i] += |a[i]|^2 + |b[i]|^2, in double; [lanes].
template <class D>
HWY_INLINE void add_power(D /*d*/, Complex<D> a, Complex<D> b, double* sums) {
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(double)) {
    const D d;
    const auto left = hn::Add(hn::Mul(a.re, a.re), hn::Mul(a.im, a.im));
    const auto right = hn::Add(hn::Mul(b.re, b.re), hn::Mul(b.im, b.im));
    hn::Store(hn::Add(hn::Load(d, sums), hn::Add(left, right)), d, sums);
#if HWY_TARGET == HWY_SCALAR
  } else {
    using Wide = hn::Rebind<double, D>;
    const Wide wide;
    const auto promote = [&](Complex<D> z) HWY_ATTR {
      return Complex<Wide>{hn::PromoteTo(wide, z.re), hn::PromoteTo(wide, z.im)};
    };
    add_power(wide, promote(a), promote(b), sums);
  }
#else
  } else {
    const hn::Half<D> half;
    using Wide = hn::Rebind<double, hn::Half<D>>;
    const Wide wide;
    const auto low = [&](auto v) HWY_ATTR { return hn::PromoteTo(wide, hn::LowerHalf(half, v)); };
    const auto high = [&](auto v) HWY_ATTR { return hn::PromoteTo(wide, hn::UpperHalf(half, v)); };
    add_power(wide, Complex<Wide>{low(a.re), low(a.im)}, Complex<Wide>{low(b.re), low(b.im)}, sums);
    add_power(wide, Complex<Wide>{high(a.re), high(a.im)}, Complex<Wide>{high(b.re), high(b.im)},
              sums + hn::Lanes(wide));
  }
#endif
}

/// Adds the power of up to kPairs pairs of blocks, from block `first`, to sums: [bins][kPairs].
template <class D, class T = hn::TFromD<D>>
void add_pairs(D d, const WelchBlocks& blocks, std::size_t first, double* sums, T* tile, T* x, T* y) {
  const FourierPlan& plan = *blocks.plan;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t lane = 0; lane < kPairs && first + 2 * lane < blocks.starts.size(); lane += lanes) {
    visit_type(blocks.x.type,
               [&](auto zero) { load_blocks(d, blocks, blocks.x.as<decltype(zero)>(), first + 2 * lane, tile, x); });
    const T* spectrum = nullptr;
    if constexpr (std::is_same_v<T, double>) {
      spectrum =
          plan.is_power_of_two() ? transform(d, plan.n, plan.double_twiddles.data(), x, y) : bluestein(d, plan, x, y);
    } else {
      spectrum = transform(d, plan.n, plan.float_twiddles.data(), x, y);
    }
    // Two real blocks in one complex transform: the sum of their powers at k is (|Z_k|^2 + |Z_{n-k}|^2) / 2.
    for (std::int64_t k = 0; k < plan.bins(); ++k) {
      const auto z = load(d, spectrum, k);
      const auto mirrored = load(d, spectrum, k == 0 ? 0 : plan.n - k);
      add_power(d, z, mirrored, sums + k * kPairs + static_cast<std::int64_t>(lane));
    }
  }
}

template <class D>
void sum_power_with(D d, const WelchBlocks& blocks, double* power, std::byte* memory) {
  using T = hn::TFromD<D>;
  const FourierPlan& plan = *blocks.plan;
  const WelchMemory layout(plan);
  auto* sums = reinterpret_cast<double*>(memory + layout.sums);
  std::fill_n(sums, plan.bins() * kPairs, 0.0);
  for (std::size_t first = 0; first < blocks.starts.size(); first += 2 * kPairs) {
    add_pairs(d, blocks, first, sums, reinterpret_cast<T*>(memory + layout.tile),
              reinterpret_cast<T*>(memory + layout.first), reinterpret_cast<T*>(memory + layout.second));
  }
  const double unscale = 0.5 / (blocks.scale * blocks.scale);
  for (std::int64_t k = 0; k < plan.bins(); ++k) {
    double* pair = sums + k * kPairs;
    for (std::int64_t width = kPairs / 2; width > 0; width /= 2) {
      for (std::int64_t lane = 0; lane < width; ++lane) {
        pair[lane] += pair[lane + width];
      }
    }
    power[k] = pair[0] * unscale;
  }
}

void sum_power(const WelchBlocks& blocks, double* power, std::byte* memory) {
  const bool is_long = blocks.plan->transform > kLongTransform;
  if (blocks.plan->in_double) {
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
  hwy::ChosenTarget chosen;
  chosen.Update(targets);
  const auto& table = HWY_DISPATCH_TABLE(get_welch_kernels);
  return table[std::size(table) == 1 ? 0 : chosen.GetIndex()]();
}

std::size_t welch_memory_bytes(const FourierPlan& plan) { return WelchMemory(plan).end; }

}  // namespace pumice::cpu
#endif  // HWY_ONCE
