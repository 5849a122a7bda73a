#include "synth/missing.hpp"

#include <algorithm>
#include <array>

namespace pumice::synth {
namespace {

constexpr std::array kMissingRates{0.0054, 0.1884, 0.0982, 0.0, 0.1343, 0.0, 0.0095, 0.0993, 0.0280, 0.0054};

/// Mostly a few rows, sometimes seconds, rarely a minute.
std::int64_t draw_gap_length(Random& random) {
  const double kind = random.uniform();
  if (kind < 0.5) {
    return random.integer(1, 20);
  }
  return kind < 0.85 ? random.integer(21, 500) : random.integer(501, 6000);
}

}  // namespace

double missing_rate(int sensor) { return kMissingRates[static_cast<std::size_t>(sensor) % kMissingRates.size()]; }

Absence draw_absence(Random& random, int sensors, std::int64_t samples) {
  Absence absence;
  std::vector<int> alive;
  for (int sensor = 0; sensor < sensors; ++sensor) {
    const bool missing = random.happens(missing_rate(sensor));
    const bool dead = random.happens(kDeadRate);
    absence.sensors.push_back(missing ? Presence::kMissing : dead ? Presence::kDead : Presence::kPresent);
    if (absence.sensors.back() == Presence::kPresent) {
      alive.push_back(sensor);
    }
  }
  if (!random.happens(kGapRate) || alive.empty() || samples < 2) {
    return absence;
  }
  const std::int64_t runs = random.happens(0.7) ? 1 : random.integer(2, 6);
  for (std::int64_t run = 0; run < runs; ++run) {
    const auto place = static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(alive.size()) - 1));
    const std::int64_t count = std::min(draw_gap_length(random), std::max<std::int64_t>(1, samples / 8));
    absence.gaps.push_back({alive[place], random.integer(0, samples - count), count});
  }
  return absence;
}

}  // namespace pumice::synth
