#include "cpu/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/sort_kernels.cpp"
#include "hwy/foreach_target.h"
// The line above includes this file once a target; what follows is inside its loop.
#include <cstdint>

#include "core/simd_dispatch.hpp"
#include "cpu/kernels.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace pumice::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::ScalableTag<double>;
using Words = hn::RebindToSigned<Doubles>;

/// Of a double's bits the integer that is ordered as the doubles are, and the other way round: it is its own inverse.
template <class D, class V = hn::Vec<D>>
V flipped(D d, V bits) {
  return hn::Xor(bits, hn::And(hn::ShiftRight<63>(bits), hn::Set(d, INT64_MAX)));
}

std::int64_t flipped(std::int64_t bits) { return bits ^ ((bits >> 63) & INT64_MAX); }

void make_sort_keys(std::int64_t* bits, std::int64_t n) {
  const Words d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(flipped(d, hn::LoadU(d, bits + i)), d, bits + i);
  }
  for (; i < n; ++i) {
    bits[i] = flipped(bits[i]);
  }
}

bool unmake_sort_keys(std::int64_t* keys, std::int64_t n) {
  const Words d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto falls = hn::Zero(d);  // any sign bit
  std::int64_t i = 0;
  for (; i + lanes < n; i += lanes) {
    const auto key = hn::LoadU(d, keys + i);
    const auto next = hn::LoadU(d, keys + i + 1);  // its last is not undone yet
    falls = hn::Or(falls, hn::VecFromMask(d, hn::Lt(next, key)));
    hn::StoreU(flipped(d, key), d, keys + i);
  }
  bool is_ascending = hn::AllTrue(d, hn::Eq(falls, hn::Zero(d)));
  for (; i < n; ++i) {
    is_ascending = is_ascending && (i + 1 == n || keys[i] <= keys[i + 1]);
    keys[i] = flipped(keys[i]);
  }
  return is_ascending;
}

SortKernels get_sort_kernels() {
  constexpr bool kScalar = HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128;
  return {.has_lanes = !kScalar, .make_keys = &make_sort_keys, .unmake_keys = &unmake_sort_keys};
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pumice::cpu {

HWY_EXPORT(get_sort_kernels);

SortKernels sort_kernels(std::int64_t targets) { return call_for_best(HWY_DISPATCH_TABLE(get_sort_kernels), targets); }

}  // namespace pumice::cpu
#endif  // HWY_ONCE
