#include "synth/activity.hpp"

#include <algorithm>

namespace pumice::synth {

Activity draw_activity(Random& random, std::int64_t time_to_eruption) {
  const double unrest = 1.0 - static_cast<double>(time_to_eruption) / static_cast<double>(kLongestTime);
  const auto lognormal = [&](double centre, double growth, double scatter) {
    return centre * exponential(growth * (unrest - 0.5) + scatter * random.normal());
  };
  Activity activity;
  activity.tremor = lognormal(1.0, 1.8, 0.25);
  activity.tremor_hz = std::clamp(1.6 + 1.8 * unrest + 0.35 * random.normal(), 1.0, 4.8);
  activity.lp_per_minute = lognormal(1.5, 2.0, 0.4);
  activity.lp = lognormal(2.0, 0.8, 0.3);
  activity.vt_per_minute = lognormal(0.8, 1.8, 0.45);
  activity.vt = lognormal(3.0, 1.0, 0.4);
  activity.microseism = lognormal(1.0, 0.0, 0.5);
  activity.wind = lognormal(1.0, 0.0, 0.4);
  return activity;
}

}  // namespace pumice::synth
