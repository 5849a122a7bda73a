// The team of the CPU backend: lanes in the elements of vector registers. Included once a Highway target.
#if defined(PUMICE_CPU_SIMD_TEAM_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_CPU_SIMD_TEAM_INL_HPP
#undef PUMICE_CPU_SIMD_TEAM_INL_HPP
#else
#define PUMICE_CPU_SIMD_TEAM_INL_HPP
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "pumice/samples.hpp"
#include "pumice/team.hpp"

#ifndef PUMICE_CPU_MEMBER_COUNT
#define PUMICE_CPU_MEMBER_COUNT
namespace pumice::cpu {

/// Stands for a member of any type.
struct AnyMember {
  template <class T>
  operator T() const;
};

/// Members of an aggregate.
template <class Aggregate, class... Members>
constexpr int member_count() {
  if constexpr (requires { Aggregate{Members{}..., AnyMember{}}; }) {
    return member_count<Aggregate, Members..., AnyMember>();
  } else {
    return static_cast<int>(sizeof...(Members));
  }
}

}  // namespace pumice::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace pumice::cpu {
namespace HWY_NAMESPACE {

/// Calls f with each member of an accumulator, an aggregate of up to four.
template <class Acc, class F>
HWY_INLINE void with_members(Acc& acc, F f) {
  constexpr int kMembers = member_count<Acc>();
  static_assert(kMembers >= 1 && kMembers <= 4, "an accumulator is an aggregate of one to four members");
  if constexpr (kMembers == 1) {
    auto& [a] = acc;
    f(a);
  } else if constexpr (kMembers == 2) {
    auto& [a, b] = acc;
    f(a, b);
  } else if constexpr (kMembers == 3) {
    auto& [a, b, c] = acc;
    f(a, b, c);
  } else {
    auto& [a, b, c, d] = acc;
    f(a, b, c, d);
  }
}

/// The lanes' accumulators, each member in an array of its own: neighbouring lanes are neighbours in a register.
template <class Acc>
class LaneArrays {
 public:
  /// memory: kLanes accumulators, aligned to kColumnAlignment.
  explicit LaneArrays(std::byte* memory) : memory_(memory) {}

  HWY_INLINE void clear() {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      set(lane, Acc{});
    }
  }

  /// Adds samples [first, last) to their lanes; `first` is a multiple of kLanes. The loop over the lanes of a whole row
  /// has no branch and no dependence, so the compiler turns it into vector code.
  template <class Add>
  HWY_INLINE void add_rows(std::int64_t first, std::int64_t last, Add add) {
    if (first == 0 && last > 0) {
      const std::int64_t count = last < kLanes ? last : kLanes;
      for (std::int64_t lane = 0; lane < count; ++lane) {
        add_one(lane, lane, add);
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
        add_one(lane, row + lane, add);
      }
    }
    for (std::int64_t i = row; i < last; ++i) {
      add_one(i - row, i, add);
    }
  }

  template <class Merge>
  [[nodiscard]] HWY_INLINE Acc merged(Merge merge) const {
    Acc lanes[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
      lanes[lane] = get(lane);
    }
    for (int k = kLanes / 2; k > 0; k /= 2) {
      for (int lane = 0; lane < k; ++lane) {
        merge(lanes[lane], lanes[lane + k]);
      }
    }
    return lanes[0];
  }

 private:
  template <class Add>
  HWY_INLINE void add_one(std::int64_t lane, std::int64_t i, Add& add) {
    Acc acc = get(lane);
    add(acc, i);
    set(lane, acc);
  }
  [[nodiscard]] HWY_INLINE Acc get(std::int64_t lane) const {
    Acc acc;
    std::byte* at = memory_;
    with_members(acc, [&](auto&... member) HWY_ATTR { ((member = *next_array(at, member, lane)), ...); });
    return acc;
  }
  HWY_INLINE void set(std::int64_t lane, Acc acc) {
    std::byte* at = memory_;
    with_members(acc, [&](auto&... member) HWY_ATTR { ((*next_array(at, member, lane) = member), ...); });
  }
  template <class T>
  static HWY_INLINE T* next_array(std::byte*& at, const T& /*member*/, std::int64_t lane) {
    T* const array = reinterpret_cast<T*>(at);
    at += kLanes * sizeof(T);
    return array + lane;
  }

  std::byte* memory_;
};

struct SimdTeam {
  template <class Acc, class Add, class Merge>
  [[nodiscard]] Acc reduce(std::int64_t n, Add add, Merge merge) {
    alignas(kColumnAlignment) std::byte memory[sizeof(Acc) * kLanes];
    LaneArrays<Acc> lanes(memory);
    lanes.clear();
    lanes.add_rows(0, n, add);
    return lanes.merged(merge);
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
