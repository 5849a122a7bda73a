/// Counting as a team would do it: what the backends' own counting is held against, and a block algorithm with several
/// phases for the teams to agree on.
#pragma once

#include <cstdint>

#include "pumice/team.hpp"

namespace pumice::test {

/// Counts samples into `counters` [range], which it clears. `increment(std::uint32_t&)` must be atomic where the
/// team's lanes run at once. x: [n], every sample in [base, base + range).
template <class T, class Team, class Increment>
void count_values(Team& team, const T* x, std::int64_t n, std::int64_t base, std::int64_t range,
                  std::uint32_t* counters, Increment increment) {
  team.for_each(range, [&](std::int64_t i) { counters[i] = 0; });
  team.for_each(n, [&](std::int64_t i) { increment(counters[x[i] - base]); });
}

/// Replaces values [n] by their running totals. `partial`: [kLanes], memory that all lanes of the team see.
template <class Team>
void inclusive_prefix_sum(Team& team, std::uint32_t* values, std::int64_t n, std::uint32_t* partial) {
  const std::int64_t chunk = chunk_size(n);
  const auto end_of = [=](std::int64_t lane) { return (lane + 1) * chunk < n ? (lane + 1) * chunk : n; };
  team.for_each(kLanes, [&](std::int64_t lane) {
    std::uint32_t total = 0;
    for (std::int64_t i = lane * chunk; i < end_of(lane); ++i) {
      total += values[i];
    }
    partial[lane] = total;
  });
  team.once([&] {
    std::uint32_t total = 0;
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::uint32_t own = partial[lane];
      partial[lane] = total;
      total += own;
    }
  });
  team.for_each(kLanes, [&](std::int64_t lane) {
    std::uint32_t total = partial[lane];
    for (std::int64_t i = lane * chunk; i < end_of(lane); ++i) {
      total += values[i];
      values[i] = total;
    }
  });
}

}  // namespace pumice::test
