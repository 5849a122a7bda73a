#include "synth/signals.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace pumice::synth {
namespace {

constexpr std::int64_t kLongestDelay = 64;  // samples, from the volcano to the farthest station

/// What a station is like. Shares are amplitudes relative to its usual tremor.
struct Site {
  double gain;        ///< counts
  double microseism;  ///< share
  double wind;        ///< share
  double noise;       ///< share, of its own and in every band
  std::int64_t delay;
};

constexpr std::array<Site, 10> kSites{{{95, 0.70, 0.10, 0.20, 12},
                                       {400, 0.15, 0.12, 0.15, 3},
                                       {260, 0.35, 0.10, 0.20, 7},
                                       {210, 0.40, 0.08, 0.15, 0},
                                       {110, 0.12, 0.06, 0.12, 21},
                                       {170, 2.60, 0.20, 0.20, 33},
                                       {230, 0.90, 0.25, 0.25, 17},
                                       {270, 0.90, 0.15, 0.30, 26},
                                       {75, 0.35, 3.40, 0.20, 41},
                                       {230, 0.60, 0.05, 0.10, 9}}};

/// White noise through two poles at `hz`, `width_hz` wide, standard deviation 1, in its steady state from the start.
class Resonator {
 public:
  Resonator(Random& random, double hz, double width_hz) {
    const double radius = 1 - 3.141592653589793 * width_hz / kSampleRate;
    const double square = radius * radius;
    first_ = 2 * radius * cosine(hz / kSampleRate);
    second_ = -square;
    const double correlation = first_ / (1 + square);
    gain_ = std::sqrt((1 - square) / (1 + square) * ((1 + square) * (1 + square) - first_ * first_));
    y1_ = random.normal();
    y2_ = correlation * y1_ + std::sqrt(1 - correlation * correlation) * random.normal();
  }
  double operator()(double white) {
    const double y = gain_ * white + (first_ * y1_ + second_ * y2_);
    y2_ = y1_;
    y1_ = y;
    return y;
  }

 private:
  double first_;
  double second_;
  double gain_;
  double y1_;
  double y2_;
};

std::int16_t to_counts(double value) {
  const double clipped = std::clamp(value, -static_cast<double>(kFullScale), static_cast<double>(kFullScale));
  // Truncation of a positive number rounds to nearest, without a call.
  return static_cast<std::int16_t>(static_cast<std::int32_t>(clipped + 65536.5) - 65536);
}

}  // namespace

SegmentMaker::SegmentMaker(int sensors, std::int64_t samples)
    : sensors_(sensors),
      samples_(samples),
      tremor_(static_cast<std::size_t>(samples + kLongestDelay)),
      events_(tremor_.size()),
      values_(static_cast<std::size_t>(sensors * samples)),
      counts_(2 * kFullScale + 1),
      in_gap_(static_cast<std::size_t>(samples)) {}

void SegmentMaker::make(Random& random, std::int64_t time_to_eruption) {
  const Activity activity = draw_activity(random, time_to_eruption);
  const Absence absence = draw_absence(random, sensors_, samples_);
  make_sources(random, activity);
  for (int sensor = 0; sensor < sensors_; ++sensor) {
    const Presence presence = absence.sensors[static_cast<std::size_t>(sensor)];
    if (presence == Presence::kPresent) {
      make_sensor(random, activity, sensor);
      centre(absence.gaps, sensor);
    } else {
      std::fill_n(values_.begin() + sensor * samples_, samples_, presence == Presence::kMissing ? kAbsent : 0);
    }
  }
}

/// Tremor and events at the volcano, which every station hears a little later.
void SegmentMaker::make_sources(Random& random, const Activity& activity) {
  Resonator low(random, activity.tremor_hz, 0.8);
  Resonator high(random, 2.1 * activity.tremor_hz, 2.0);
  for (double& x : tremor_) {
    const double white = random.normal();
    x = activity.tremor * (0.85 * low(white) + 0.5 * high(white));
  }
  std::fill(events_.begin(), events_.end(), 0.0);
  // Ten chances a second: events as they come, without the logarithm of a waiting time.
  constexpr std::int64_t kStep = 10;
  const double minutes = kStep / kSampleRate / 60;
  const auto n = static_cast<std::int64_t>(events_.size());
  for (std::int64_t i = 0; i < n; i += kStep) {
    if (random.happens(activity.lp_per_minute * minutes)) {
      add_lp_event(random, i, activity.lp);
    }
    if (random.happens(activity.vt_per_minute * minutes)) {
      add_vt_event(random, i, activity.vt);
    }
  }
}

/// Long-period event: a decaying oscillation of 1-2 Hz with an emergent onset.
void SegmentMaker::add_lp_event(Random& random, std::int64_t first, double amplitude) {
  const double decay_s = random.uniform(1.5, 5.0);
  const double turn = random.uniform(1.0, 2.0) / kSampleRate;
  const double radius = 1 - 1 / (decay_s * kSampleRate);
  const double feedback = 2 * radius * cosine(turn);
  double y2 = 0;
  double y1 = amplitude * exponential(0.5 * random.normal()) * sine(turn);
  double onset = 1;
  const auto last =
      std::min(static_cast<std::int64_t>(events_.size()), first + static_cast<std::int64_t>(decay_s * 600));
  for (std::int64_t i = first; i < last; ++i) {
    const double y = feedback * y1 - radius * radius * y2;
    y2 = y1;
    y1 = y;
    onset *= 0.97;
    events_[static_cast<std::size_t>(i)] += (1 - onset) * y;
  }
}

/// Volcano-tectonic event: a sharp P onset and a stronger S some seconds later, each a decaying burst of 5-15 Hz.
void SegmentMaker::add_vt_event(Random& random, std::int64_t first, double amplitude) {
  const double hz = random.uniform(6.5, 14.0);
  const double size = amplitude * exponential(0.8 * random.normal());
  const std::int64_t s_delay = random.integer(60, 350);
  for (const bool is_s : {false, true}) {
    const double decay_s = is_s ? random.uniform(1.0, 3.0) : random.uniform(0.5, 1.2);
    const double decay = 1 - 1 / (decay_s * kSampleRate);
    Resonator burst(random, is_s ? 0.8 * hz : hz, 2.5);
    double envelope = is_s ? 1.6 * size : size;
    const std::int64_t start = is_s ? first + s_delay : first;
    const auto last =
        std::min(static_cast<std::int64_t>(events_.size()), start + static_cast<std::int64_t>(decay_s * 600));
    for (std::int64_t i = start; i < last; ++i) {
      events_[static_cast<std::size_t>(i)] += envelope * burst(random.normal());
      envelope *= decay;
    }
  }
}

/// One station: the volcano, later and scaled, and its own noise. One white noise feeds its three bands, which hardly
/// overlap.
void SegmentMaker::make_sensor(Random& random, const Activity& activity, int sensor) {
  const Site& site = kSites[static_cast<std::size_t>(sensor) % kSites.size()];
  const double gain = site.gain * exponential(0.08 * random.normal());
  const double event_share = exponential(0.15 * random.normal());
  const double microseism_share = site.microseism * activity.microseism;
  const double wind_share = site.wind * activity.wind;
  Resonator microseism(random, random.uniform(0.12, 0.25), 0.08);
  Resonator wind(random, random.uniform(28.0, 38.0), 7.0);
  Resonator ground(random, random.uniform(1.5, 6.0), 5.0);
  const double* tremor = tremor_.data() + (kLongestDelay - site.delay);
  const double* events = events_.data() + (kLongestDelay - site.delay);
  std::int16_t* values = values_.data() + sensor * samples_;
  for (std::int64_t i = 0; i < samples_; ++i) {
    const double white = random.normal();
    const double own =
        microseism_share * microseism(white) + wind_share * wind(white) + site.noise * (ground(white) + 0.1 * white);
    values[i] = to_counts(gain * (tremor[i] + event_share * events[i] + own));
  }
}

/// Takes the median away, as the INGV set's present sensors all have median 0, and leaves the gaps out.
void SegmentMaker::centre(const std::vector<Gap>& gaps, int sensor) {
  std::int16_t* values = values_.data() + sensor * samples_;
  std::fill(counts_.begin(), counts_.end(), 0u);
  for (std::int64_t i = 0; i < samples_; ++i) {
    ++counts_[static_cast<std::size_t>(values[i] + kFullScale)];
  }
  std::int64_t valid = samples_;
  std::fill(in_gap_.begin(), in_gap_.end(), std::uint8_t{0});
  for (const Gap& gap : gaps) {
    for (std::int64_t i = gap.first; gap.sensor == sensor && i < gap.first + gap.count; ++i) {
      if (std::exchange(in_gap_[static_cast<std::size_t>(i)], std::uint8_t{1}) == 0) {
        --counts_[static_cast<std::size_t>(values[i] + kFullScale)];
        --valid;
      }
    }
  }
  std::int64_t below = 0;
  std::int32_t median = -kFullScale;
  for (; median < kFullScale; ++median) {
    below += counts_[static_cast<std::size_t>(median + kFullScale)];
    if (2 * below >= valid) {
      break;
    }
  }
  for (std::int64_t i = 0; i < samples_; ++i) {
    const std::int32_t centred = std::clamp(values[i] - median, -kFullScale, kFullScale);
    values[i] = in_gap_[static_cast<std::size_t>(i)] != 0 ? kAbsent : static_cast<std::int16_t>(centred);
  }
}

}  // namespace pumice::synth
