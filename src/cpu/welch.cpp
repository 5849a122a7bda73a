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

const FourierPlan& WelchEstimator::plan_for(const WelchSettings& settings) {
  std::optional<FourierPlan>& plan = settings.nperseg == settings_.nperseg ? plan_ : short_plan_;
  if (!plan || plan->n != settings.nperseg) {
    plan = make_fourier_plan(settings, precision_);
  }
  return *plan;
}

WelchPsd WelchEstimator::estimate(const Kernels& kernels, const ColumnView& time_axis, const ColumnView& raw) {
  const WelchSettings settings = settings_.for_length(time_axis.n);
  WelchPsd psd;
  psd.sample_rate = sample_rate_;
  starts_.clear();
  for (std::int64_t block = 0; block < settings.blocks(time_axis.n); ++block) {
    const std::int64_t start = block * (settings.nperseg - settings.overlap);
    if (raw.n == 0 || !leaves_out_block(raw, start, settings.nperseg)) {
      starts_.push_back(start);
    }
  }
  if (starts_.empty()) {
    return psd;
  }
  const FourierPlan& plan = plan_for(settings);
  const auto memory_bytes = welch_memory_bytes(plan);
  memory_.reset(SampleType::kInt16, static_cast<std::int64_t>(memory_bytes / sizeof(std::int16_t) + 1));
  density_.resize(std::max(density_.size(), static_cast<std::size_t>(plan.n)));
  kernels.welch.sum_power({&plan, time_axis, starts_, plan.is_double ? 1.0 : scale_of(time_axis)}, density_.data(),
                          memory_.as<std::byte>());
  const double scale = stages::density_scale(plan.taper, sample_rate_) / static_cast<double>(starts_.size());
  for (int k = 0; k < plan.bins(); ++k) {
    density_[static_cast<std::size_t>(k)] *= scale * stages::one_sided_factor(k, plan.n);
  }
  psd.p = density_.data();
  psd.bins = plan.bins();
  psd.df = sample_rate_ / plan.n;
  psd.blocks = static_cast<std::int64_t>(starts_.size());
  kernels.reduce.summarise(psd);
  return psd;
}

}  // namespace pumice::cpu
