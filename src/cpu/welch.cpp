#include "cpu/welch.hpp"

#include <algorithm>
#include <cmath>

#include "pumice/prepare.hpp"
#include "stages/welch.hpp"

namespace pumice::cpu {

namespace {

double scale_of(const ColumnView& x) {
  if (x.type != SampleType::kFloat64) {
    return 1.0;
  }
  // Side by side, so that no sample waits for the one before it.
  constexpr std::int64_t kSide = 16;
  double largest[kSide] = {};
  const auto* values = x.as<double>();
  const auto add = [&](std::int64_t i, std::int64_t side) {
    const double magnitude = std::fabs(values[i]);
    largest[side] = magnitude > largest[side] ? magnitude : largest[side];
  };
  std::int64_t i = 0;
  for (; i + kSide <= x.n; i += kSide) {
    for (std::int64_t side = 0; side < kSide; ++side) {
      add(i + side, side);
    }
  }
  for (; i < x.n; ++i) {
    add(i, 0);
  }
  return stages::transform_scale(*std::max_element(largest, largest + kSide));
}

}  // namespace

WelchEstimator::WelchEstimator(const WelchSettings& settings, Precision precision, double sample_rate)
    : settings_(settings), precision_(precision), sample_rate_(sample_rate) {}

const WelchEstimator::Planned& WelchEstimator::plan_for(const WelchSettings& settings) {
  const auto make = [&](std::optional<Planned>& planned) -> const Planned& {
    planned = {.plan = make_fourier_plan(settings, precision_)};
    planned->density_scale = stages::density_scale(planned->plan.taper, sample_rate_);
    return *planned;
  };
  if (settings.nperseg == settings_.nperseg) {
    return plan_ ? *plan_ : make(plan_);
  }
  for (const auto& planned : short_plans_) {
    if (planned && planned->plan.n == settings.nperseg) {
      return *planned;
    }
  }
  const std::size_t oldest = oldest_short_;
  oldest_short_ = (oldest + 1) % short_plans_.size();
  return make(short_plans_[oldest]);
}

void WelchEstimator::clear() {
  signals_.clear();
  starts_.clear();
}

int WelchEstimator::add(const ColumnView& time_axis, const ColumnView& raw) {
  AddedSignal signal{
      .time_axis = time_axis, .settings = settings_.for_length(time_axis.n), .first_start = starts_.size()};
  signal.psd.sample_rate = sample_rate_;
  const WelchSettings& settings = signal.settings;
  for (std::int64_t block = 0; block < settings.blocks(time_axis.n); ++block) {
    const std::int64_t start = block * (settings.nperseg - settings.overlap);
    if (raw.n == 0 || !leaves_out_block(raw, start, settings.nperseg)) {
      starts_.push_back(start);
    }
  }
  signal.blocks = starts_.size() - signal.first_start;
  signals_.push_back(signal);
  return static_cast<int>(signals_.size()) - 1;
}

void WelchEstimator::estimate(const Kernels& kernels) {
  std::size_t samples = 0;
  for (const AddedSignal& signal : signals_) {
    samples += signal.blocks == 0 ? 0 : static_cast<std::size_t>(signal.settings.nperseg);
  }
  density_.resize(std::max(density_.size(), samples));
  double* density = density_.data();
  for (const AddedSignal& signal : signals_) {
    if (signal.blocks > 0 && signal.psd.p == nullptr) {
      density = estimate_alike(kernels, signal.settings, density);
    }
  }
}

double* WelchEstimator::estimate_alike(const Kernels& kernels, const WelchSettings& settings, double* density) {
  const auto is_alike = [&](const AddedSignal& signal) {
    return signal.blocks > 0 && signal.settings.nperseg == settings.nperseg;
  };
  const auto& [plan, density_scale] = plan_for(settings);
  const auto memory_bytes = welch_memory_bytes(plan);
  memory_.reset(SampleType::kInt16, static_cast<std::int64_t>(memory_bytes / sizeof(std::int16_t) + 1));
  blocks_.clear();
  for (const AddedSignal& signal : signals_) {
    if (is_alike(signal)) {
      blocks_.push_back({.x = signal.time_axis,
                         .starts = {starts_.data() + signal.first_start, signal.blocks},
                         .scale = plan.is_double ? 1.0 : scale_of(signal.time_axis)});
    }
  }
  kernels.welch.sum_power(plan, blocks_, density, memory_.as<std::byte>());
  for (AddedSignal& signal : signals_) {
    if (!is_alike(signal)) {
      continue;
    }
    const double scale = density_scale / static_cast<double>(signal.blocks);
    for (int k = 0; k < plan.bins(); ++k) {
      density[k] *= scale * stages::one_sided_factor(k, plan.n);
    }
    signal.psd.p = density;
    signal.psd.bins = plan.bins();
    signal.psd.df = sample_rate_ / plan.n;
    signal.psd.blocks = static_cast<std::int64_t>(signal.blocks);
    kernels.reduce.summarise(signal.psd);
    density += plan.n;
  }
  return density;
}

WelchPsd WelchEstimator::estimate(const Kernels& kernels, const ColumnView& time_axis, const ColumnView& raw) {
  clear();
  const int place = add(time_axis, raw);
  estimate(kernels);
  return psd(place);
}

}  // namespace pumice::cpu
