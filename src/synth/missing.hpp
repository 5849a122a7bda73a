/// What is absent from a segment, as often as in the INGV set.
#pragma once

#include <cstdint>
#include <vector>

#include "synth/random.hpp"

namespace pumice::synth {

enum class Presence : std::uint8_t { kPresent, kMissing, kDead };

/// Missing samples [first, first + count) of one sensor.
struct Gap {
  int sensor = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

struct Absence {
  std::vector<Presence> sensors;
  std::vector<Gap> gaps;  ///< of sensors that are present; may overlap
};

/// Share of segments in which sensor number `sensor` (from 0) is wholly missing: the INGV set's ten, repeated.
[[nodiscard]] double missing_rate(int sensor);
/// Share of present sensors that are dead: the same value in every row.
inline constexpr double kDeadRate = 0.005;
/// Share of segments with gaps. With the sensors that are wholly missing, 77 % of ten-sensor files then have a blank.
inline constexpr double kGapRate = 0.576;

[[nodiscard]] Absence draw_absence(Random& random, int sensors, std::int64_t samples);

}  // namespace pumice::synth
