/// The one shape in which every backend reduces: 128 lanes and a fixed tree, so that all of them agree to the bit.
///
/// A team is 128 lanes that work on one signal. It offers:
///
/// - `reduce<Acc>(n, add, merge)`: lane l adds i = l, l + 128, and so on; then lane r merges lane r + k, for k = 64 and
///   its halves down to 1.
/// - `reduce_ordered<Acc>(n, add, merge)`: lane l adds one contiguous chunk; then neighbours merge, in order.
/// - `for_each(n, body)`: `body(i)` for every i in [0, n), in any order; then a barrier.
/// - `once(body)`: `body()` on one lane; then a barrier.
///
/// Every lane of a team gets the result of a reduction. `SerialTeam` is the slow, obvious one.
#pragma once

#include <cstdint>

#include "pumice/host_device.hpp"

namespace pumice {

inline constexpr int kLanes = 128;

/// Samples that one lane takes in an ordered reduction of n samples.
[[nodiscard]] PUMICE_HD constexpr std::int64_t chunk_size(std::int64_t n) { return (n + kLanes - 1) / kLanes; }

/// One host thread that plays all lanes, one after the other.
struct SerialTeam {
  template <class Acc, class Add, class Merge>
  [[nodiscard]] Acc reduce(std::int64_t n, Add add, Merge merge) {
    Acc lanes[kLanes] = {};
    for (int lane = 0; lane < kLanes; ++lane) {
      for (std::int64_t i = lane; i < n; i += kLanes) {
        add(lanes[lane], i);
      }
    }
    for (int k = kLanes / 2; k > 0; k /= 2) {
      for (int lane = 0; lane < k; ++lane) {
        merge(lanes[lane], lanes[lane + k]);
      }
    }
    return lanes[0];
  }

  template <class Acc, class Add, class Merge>
  [[nodiscard]] Acc reduce_ordered(std::int64_t n, Add add, Merge merge) {
    Acc lanes[kLanes] = {};
    const std::int64_t chunk = chunk_size(n);
    for (int lane = 0; lane < kLanes; ++lane) {
      for (std::int64_t i = lane * chunk; i < n && i < (lane + 1) * chunk; ++i) {
        add(lanes[lane], i);
      }
    }
    for (int k = 1; k < kLanes; k *= 2) {
      for (int lane = 0; lane + k < kLanes; lane += 2 * k) {
        merge(lanes[lane], lanes[lane + k]);
      }
    }
    return lanes[0];
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

}  // namespace pumice
