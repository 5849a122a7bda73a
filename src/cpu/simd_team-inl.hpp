// The team of the CPU backend: lanes in the elements of vector registers. Included once a Highway target.
#if defined(PUMICE_CPU_SIMD_TEAM_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_CPU_SIMD_TEAM_INL_HPP
#undef PUMICE_CPU_SIMD_TEAM_INL_HPP
#else
#define PUMICE_CPU_SIMD_TEAM_INL_HPP
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "pumice/team.hpp"

HWY_BEFORE_NAMESPACE();
namespace pumice::cpu {
namespace HWY_NAMESPACE {

/// Adds samples [first, last) to their lanes; `first` is a multiple of kLanes. The loop over the lanes of a whole row
/// has no branch and no dependence, so the compiler turns it into vector code.
template <class Acc, class Add>
HWY_INLINE void add_rows(Acc* lanes, std::int64_t first, std::int64_t last, Add add) {
  if (first == 0 && last > 0) {
    const std::int64_t count = last < kLanes ? last : kLanes;
    for (std::int64_t lane = 0; lane < count; ++lane) {
      add(lanes[lane], lane);
    }
    first = kLanes;
  }
  std::int64_t row = first;
  for (; row + kLanes <= last; row += kLanes) {
    if (row < kLanes) {
      __builtin_unreachable();  // so that a feature's `i >= 1` is known to hold here
    }
#pragma GCC ivdep
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      add(lanes[lane], row + lane);
    }
  }
  for (std::int64_t i = row; i < last; ++i) {
    add(lanes[i - row], i);
  }
}

template <class Acc, class Merge>
HWY_INLINE void merge_lanes(Acc* lanes, Merge merge) {
  for (int k = kLanes / 2; k > 0; k /= 2) {
    for (int lane = 0; lane < k; ++lane) {
      merge(lanes[lane], lanes[lane + k]);
    }
  }
}

struct SimdTeam {
  template <class Acc, class Add, class Merge>
  [[nodiscard]] Acc reduce(std::int64_t n, Add add, Merge merge) {
    Acc lanes[kLanes] = {};
    add_rows(lanes, 0, n, add);
    merge_lanes(lanes, merge);
    return lanes[0];
  }
  template <class Acc, class Add, class Merge>
  [[nodiscard]] Acc reduce_ordered(std::int64_t n, Add add, Merge merge) {
    return SerialTeam{}.reduce_ordered<Acc>(n, add, merge);
  }
  template <class Body>
  void for_each(std::int64_t n, Body body) {
    for (std::int64_t i = 0; i < n; ++i) {
      body(i);
    }
  }
  template <class Body>
  void once(Body body) {
    body();
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace pumice::cpu
HWY_AFTER_NAMESPACE();

#endif
