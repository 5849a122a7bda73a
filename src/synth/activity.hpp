/// What the volcano does in a segment, and how that follows from the time to the next eruption.
#pragma once

#include <cstdint>

#include "synth/random.hpp"

namespace pumice::synth {

/// Range of the INGV set's labels, in centiseconds.
inline constexpr std::int64_t kShortestTime = 6'250;
inline constexpr std::int64_t kLongestTime = 49'046'087;

/// Amplitudes are relative to a site's usual tremor.
struct Activity {
  double tremor = 1;         ///< amplitude of the tremor
  double tremor_hz = 2;      ///< where its energy is
  double lp_per_minute = 1;  ///< long-period events, 1-2 Hz
  double lp = 1;             ///< their amplitude
  double vt_per_minute = 1;  ///< volcano-tectonic events, 5-15 Hz
  double vt = 1;             ///< their amplitude
  double microseism = 1;     ///< ocean waves, below 0.5 Hz: the weather, whatever the volcano does
  double wind = 1;           ///< noise above 20 Hz, likewise
};

/// The nearer the eruption, the stronger and higher the tremor and the more frequent the events; each with a scatter
/// of its own, so that one feature alone says little and all of them together a good deal.
[[nodiscard]] Activity draw_activity(Random& random, std::int64_t time_to_eruption);

}  // namespace pumice::synth
