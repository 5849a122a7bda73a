// Blocks of samples, their means taken off and tapered, into the lanes of vectors. Included once a Highway target.
#if defined(PUMICE_CPU_WELCH_LOAD_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_CPU_WELCH_LOAD_INL_HPP
#undef PUMICE_CPU_WELCH_LOAD_INL_HPP
#else
#define PUMICE_CPU_WELCH_LOAD_INL_HPP
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "core/square_transpose-inl.hpp"
#include "cpu/simd_team-inl.hpp"
#include "cpu/welch_memory.hpp"
#include "hwy/highway.h"
#include "stages/welch.hpp"

HWY_BEFORE_NAMESPACE();
namespace pumice::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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

/// The blocks of a lane's place as complex vectors, one's re and the other's im; what is not there is zeros.
template <class D, class T = hn::TFromD<D>>
void load_blocks_as_lanes(D d, const FourierPlan& plan, const WelchPlace* places, T* tile, T* out) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t n = plan.n;
  double means[2 * kPairs];
  const auto for_each_row = [&](auto body) HWY_ATTR {
    for (std::int64_t r = 0; r < 2 * lanes; ++r) {
      body(r, places[r % lanes], static_cast<std::size_t>(r / lanes));
    }
  };
  for_each_row([&](std::int64_t r, const WelchPlace& place, std::size_t which) HWY_ATTR {
    if (place.is_there(which)) {
      visit_type(place.signal->x.type, [&](auto zero) HWY_ATTR {
        means[r] = mean_of_block(place.signal->x.template as<decltype(zero)>() + place.start(which), n);
      });
    }
  });
  for (std::int64_t j = 0; j < n; j += kTaperTile) {
    const std::int64_t count = std::min(kTaperTile, n - j);
    for_each_row([&](std::int64_t r, const WelchPlace& place, std::size_t which) HWY_ATTR {
      T* const row = tile + r * kTaperTile;
      std::int64_t filled = 0;
      if (place.is_there(which)) {
        filled = count;
        visit_type(place.signal->x.type, [&](auto zero) HWY_ATTR {
          const auto* const from = place.signal->x.template as<decltype(zero)>() + place.start(which) + j;
          if (count == kTaperTile) {  // a constant, which the compiler unrolls
            taper_row(from, means[r], place.signal->scale, plan, j, kTaperTile, row);
          } else {
            taper_row(from, means[r], place.signal->scale, plan, j, count, row);
          }
        });
      }
      std::fill(row + filled, row + kTaperTile, T{0});
    });
    turn_into_lanes(d, plan, tile, j, out);
    turn_into_lanes(d, plan, tile + lanes * kTaperTile, j, out + lanes);
  }
}

#if HWY_TARGET != HWY_SCALAR
/// The same for int16 samples and a whole number of squares of them, turned before they are widened. The first place
/// holds a block.
template <class D>
void load_int16_as_lanes(D d, const FourierPlan& plan, const WelchPlace* places, float* out) {
  namespace squares = pumice::HWY_NAMESPACE;
  const hn::Repartition<std::int16_t, D> shorts;
  const hn::Half<decltype(shorts)> half_shorts;
  const hn::Rebind<std::int32_t, D> ints;
  constexpr auto kLaneCount = static_cast<std::int64_t>(hn::MaxLanes(D()));
  constexpr std::int64_t kSide = squares::kSquareSide<std::int16_t>;
  // A place's first block is row p, its second row kLaneCount + p. One that is not there is read as another, times
  // zero.
  const std::int16_t* rows[2 * kLaneCount];
  std::int32_t whole[2 * kLaneCount];
  float rest[2 * kLaneCount];
  float weight[2 * kLaneCount];
  bool all_there = true;
  for (std::int64_t r = 0; r < 2 * kLaneCount; ++r) {
    const auto which = static_cast<std::size_t>(r / kLaneCount);
    const WelchPlace& place = places[r % kLaneCount];
    const bool is_there = place.is_there(which);
    rows[r] = is_there ? place.signal->x.template as<std::int16_t>() + place.start(which) : rows[0];
    const double mean = is_there ? mean_of_block(rows[r], plan.n) : 0;
    whole[r] = static_cast<std::int32_t>(std::lrint(mean));
    rest[r] = static_cast<float>(mean - whole[r]);
    weight[r] = is_there ? 1.0F : 0.0F;
    all_there = all_there && is_there;
  }
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

/// Blocks of any samples as complex vectors. places: [lanes], of which the first holds a block.
template <class D, class T = hn::TFromD<D>>
void load_places(D d, const FourierPlan& plan, const WelchPlace* places, const Memory<T>& memory) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_same_v<T, float>) {
    const auto is_int16 = [](const WelchPlace& place) {
      return place.signal == nullptr || place.signal->x.type == SampleType::kInt16;
    };
    if (plan.n % 8 == 0 && std::all_of(places, places + hn::Lanes(d), is_int16)) {
      load_int16_as_lanes(d, plan, places, memory.signal);
      return;
    }
  }
#endif
  load_blocks_as_lanes(d, plan, places, memory.tile, memory.signal);
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice::cpu
HWY_AFTER_NAMESPACE();

#endif
