/// The samples of a synthetic segment: tremor, long-period and volcano-tectonic events, microseism and wind, as ten
/// stations of one volcano record them.
#pragma once

#include <cstdint>
#include <vector>

#include "synth/activity.hpp"
#include "synth/missing.hpp"

namespace pumice::synth {

inline constexpr double kSampleRate = 100;          // Hz
inline constexpr std::int32_t kFullScale = 32767;   // digitisers clip there
inline constexpr std::int16_t kAbsent = INT16_MIN;  // a missing sample

/// Makes segments; keeps its memory from one to the next.
class SegmentMaker {
 public:
  SegmentMaker(int sensors, std::int64_t samples);

  /// Draws a segment from `random` for a label in centiseconds.
  void make(Random& random, std::int64_t time_to_eruption);
  /// Samples of sensor number `sensor`, [samples] counts at 100 Hz, kAbsent where missing.
  [[nodiscard]] const std::int16_t* sensor(int sensor) const {
    return values_.data() + static_cast<std::int64_t>(sensor) * samples_;
  }
  [[nodiscard]] int sensors() const { return sensors_; }
  [[nodiscard]] std::int64_t samples() const { return samples_; }

 private:
  void make_sources(Random& random, const Activity& activity);
  void add_lp_event(Random& random, std::int64_t first, double amplitude);
  void add_vt_event(Random& random, std::int64_t first, double amplitude);
  void make_sensor(Random& random, const Activity& activity, int sensor);
  void centre(const std::vector<Gap>& gaps, int sensor);

  int sensors_;
  std::int64_t samples_;
  std::vector<double> tremor_;  ///< [samples + the longest delay]: what every station hears, at the volcano
  std::vector<double> events_;
  std::vector<std::int16_t> values_;   ///< [sensors][samples]
  std::vector<std::uint32_t> counts_;  ///< of each value, to find the median
  std::vector<std::uint8_t> in_gap_;
};

}  // namespace pumice::synth
