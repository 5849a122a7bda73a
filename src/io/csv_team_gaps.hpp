/// What becomes of the gaps of a column that teams parsed (csv_team_columns.hpp): what Preparer makes of them.
///
/// A lane takes a chunk of neighbouring samples and writes there alone; of other chunks it reads valid samples, which
/// nobody writes.
#pragma once

#include <cstdint>
#include <type_traits>

#include "io/csv_team.hpp"
#include "io/csv_team_text.hpp"
#include "pumice/host_device.hpp"
#include "pumice/samples.hpp"
#include "pumice/team.hpp"
#include "stages/interpolate.hpp"

namespace pumice::io {

/// Memory that the lanes of a team share while they deal with gaps, of each lane's chunk.
struct GapMemory {
  std::int64_t before[kLanes];  ///< place of the last valid sample before it; -1: there is none
  std::int64_t behind[kLanes];  ///< place of the first valid sample behind it; n: there is none
};

namespace detail {

struct Chunk {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

[[nodiscard]] PUMICE_HD inline Chunk chunk_of(std::int64_t lane, std::int64_t n) {
  const std::int64_t first = lane * chunk_size(n);
  const std::int64_t last = first + chunk_size(n);
  return {first < n ? first : n, last < n ? last : n};
}

/// Fills in `memory` for x: [n].
template <class T, class Team>
PUMICE_HD void find_neighbours(Team& team, const T* x, std::int64_t n, GapMemory& memory) {
  team.for_each(kLanes, [&](std::int64_t lane) {
    std::int64_t first = n;
    std::int64_t last = -1;
    const Chunk chunk = chunk_of(lane, n);
    for (std::int64_t i = chunk.first; i < chunk.last; ++i) {
      if (!is_missing(x[i])) {
        first = first < n ? first : i;
        last = i;
      }
    }
    memory.behind[lane] = first;
    memory.before[lane] = last;
  });
  team.once([&] {
    std::int64_t before = -1;
    std::int64_t behind = n;
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::int64_t last = memory.before[lane];
      memory.before[lane] = before;
      before = last >= 0 ? last : before;
    }
    for (int lane = kLanes - 1; lane >= 0; --lane) {
      const std::int64_t first = memory.behind[lane];
      memory.behind[lane] = behind;
      behind = first < n ? first : behind;
    }
  });
}

/// Each gap becomes the last valid sample, 0 where there is none before it. x: [n].
template <class T, class Team>
PUMICE_HD void fill_forward(Team& team, T* x, std::int64_t n, GapMemory& memory) {
  find_neighbours(team, x, n, memory);
  team.for_each(kLanes, [&](std::int64_t lane) {
    const Chunk chunk = chunk_of(lane, n);
    T last = memory.before[lane] < 0 ? T{} : x[memory.before[lane]];
    for (std::int64_t i = chunk.first; i < chunk.last; ++i) {
      if (is_missing(x[i])) {
        x[i] = last;
      } else {
        last = x[i];
      }
    }
  });
}

/// The same as stages::fill_gaps. x: [n] with at least one valid sample -> out: [n], which is x itself where x holds
/// doubles.
template <class T, class Team>
PUMICE_HD void draw_lines(Team& team, const T* x, std::int64_t n, double* out, GapMemory& memory) {
  find_neighbours(team, x, n, memory);
  team.for_each(kLanes, [&](std::int64_t lane) {
    const Chunk chunk = chunk_of(lane, n);
    std::int64_t last = memory.before[lane];
    std::int64_t next = -1;  // valid sample behind i, where it is known
    for (std::int64_t i = chunk.first; i < chunk.last; ++i) {
      if (!is_missing(x[i])) {
        if constexpr (!std::is_floating_point_v<T>) {
          out[i] = static_cast<double>(x[i]);
        }
        last = i;
        continue;
      }
      if (next < i) {
        next = i + 1;
        while (next < chunk.last && is_missing(x[next])) {
          ++next;
        }
        next = next < chunk.last ? next : memory.behind[lane];
      }
      out[i] = last < 0    ? static_cast<double>(x[next])
               : next == n ? static_cast<double>(x[last])
                           : stages::on_line(last, static_cast<double>(x[last]), next, static_cast<double>(x[next]), i);
    }
  });
}

/// Sets a bit for each gap of x: [n], and those behind it. gaps: [gap_words(n)].
template <class T, class Team>
PUMICE_HD void mark_gaps(Team& team, const T* x, std::int64_t n, std::uint32_t* gaps) {
  team.for_each(gap_words(n), [&](std::int64_t word) {
    std::uint32_t bits = 0;
    for (int bit = 0; bit < kGapBits; ++bit) {
      const std::int64_t i = kGapBits * word + bit;
      bits |= static_cast<std::uint32_t>(i >= n || is_missing(x[i])) << bit;
    }
    gaps[word] = bits;
  });
}

/// Stores the samples that were no gaps, in order, as T, which holds them. x: [n], gaps: [gap_words(n)].
template <class T, class Team>
PUMICE_HD void leave_out_gaps(Team& team, const double* x, std::int64_t n, const std::uint32_t* gaps, T* out,
                              GapMemory& memory) {
  const std::int64_t words = gap_words(n);
  team.for_each(kLanes, [&](std::int64_t lane) {
    const Chunk chunk = chunk_of(lane, words);
    std::int64_t valid = 0;
    for (std::int64_t word = chunk.first; word < chunk.last; ++word) {
      valid += bit_count(~gaps[word]);
    }
    memory.before[lane] = valid;
  });
  team.once([&] {
    std::int64_t before = 0;
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::int64_t valid = memory.before[lane];
      memory.before[lane] = before;
      before += valid;
    }
  });
  team.for_each(kLanes, [&](std::int64_t lane) {
    const Chunk chunk = chunk_of(lane, words);
    T* to = out + memory.before[lane];
    for (std::int64_t word = chunk.first; word < chunk.last; ++word) {
      for (std::uint32_t valid = ~gaps[word]; valid != 0; valid &= valid - 1) {
        *to++ = static_cast<T>(x[kGapBits * word + lowest_bit(valid)]);
      }
    }
  });
}

}  // namespace detail

}  // namespace pumice::io
