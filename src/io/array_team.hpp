/// How teams take columns that lie on their device as samples of any type: the same as parsing a text of them.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "io/csv_team_columns.hpp"
#include "io/csv_team_text.hpp"
#include "pumice/host_device.hpp"
#include "pumice/sample_array.hpp"
#include "pumice/samples.hpp"
#include "pumice/team.hpp"

namespace pumice::io {

namespace detail {

struct FoundInfinities {
  bool any = false;
};

template <class T>
[[nodiscard]] PUMICE_HD double sample_at(const SampleArray& array, std::int64_t i) {
  return static_cast<double>(*reinterpret_cast<const T*>(array.data + i * array.stride));
}

/// Stores samples as doubles, infinite ones as missing; true where there were any. to: [array.n].
template <class Team>
[[nodiscard]] PUMICE_HD bool gather(Team& team, const SampleArray& array, double* to) {
  return visit_type(array.type, [&](auto zero) {
    using T = decltype(zero);
    return team
        .template reduce<FoundInfinities>(
            array.n,
            [&](FoundInfinities& found, std::int64_t i) {
              const double sample = sample_at<T>(array, i);
              const bool infinite = ::fabs(sample) == HUGE_VAL;
              found.any = found.any || infinite;
              to[i] = infinite ? kMissing<double> : sample;
            },
            [](FoundInfinities& found, const FoundInfinities& other) { found.any = found.any || other.any; })
        .any;
  });
}

}  // namespace detail

/// True where a device can load the samples: each lies at a multiple of its size.
[[nodiscard]] inline bool is_aligned(const SampleArray& array) {
  return visit_type(array.type, [&](auto zero) {
    constexpr auto kSize = static_cast<std::int64_t>(sizeof(zero));
    return reinterpret_cast<std::uintptr_t>(array.data) % sizeof(zero) == 0 && array.stride % kSize == 0;
  });
}

/// finish_column of a column of TeamText::arrays.
template <class Team>
PUMICE_HD void take_array(Team& team, const TeamText& text, std::int64_t column, GapMemory& memory) {
  const SampleArray& array = text.arrays[column];
  const bool has_infinities = detail::gather(team, array, doubles_of(text, column));
  if (column == 0) {
    team.once([&] { *text.outcome = {array.n, {}, TextWay::kDecimals}; });
  }
  finish_decimals(team, text, column, array.n, memory);
  team.once([&] { text.facts[column].has_infinities = has_infinities; });
}

}  // namespace pumice::io
