#include "cpu/cpu_slot.hpp"

#include <algorithm>
#include <limits>

#include "core/clock.hpp"
#include "stages/derive.hpp"

namespace pumice::cpu {

namespace {

bool is_counted(const OrderStatistics& order) { return order.cumulative != nullptr; }
bool exists(const OrderStatistics& order) { return is_counted(order) || order.sorted != nullptr; }

ColumnView absolute_of(const ColumnView& x, ColumnBuffer& out) {
  out.reset(x.type, x.n);
  visit_type(x.type, [&](auto zero) {
    using T = decltype(zero);
    std::transform(x.as<T>(), x.as<T>() + x.n, out.as<T>(), [](T value) { return stages::absolute(value); });
  });
  return out.view();
}

ColumnView difference_of(const ColumnView& x, ColumnBuffer& out) {
  const std::int64_t n = stages::derived_length(Derivation::kDiff, x.n);
  out.reset(stages::derived_type(Derivation::kDiff, x.type), n);
  visit_type(x.type, [&](auto zero) {
    using T = decltype(zero);
    auto* to = out.as<stages::DifferenceOf<T>>();
    for (std::int64_t i = 0; i < n; ++i) {
      to[i] = stages::difference(x.as<T>(), i);
    }
  });
  return out.view();
}

ColumnView widened(const ColumnView& x, ColumnBuffer& out) {
  out.reset(SampleType::kFloat64, x.n);
  visit_type(x.type, [&](auto zero) {
    using T = decltype(zero);
    std::copy(x.as<T>(), x.as<T>() + x.n, out.as<double>());
  });
  return out.view();
}

template <class T>
const T* samples_as(const ColumnView& x) {
  return x.type == kSampleTypeOf<T> ? x.as<T>() : nullptr;
}

}  // namespace

std::size_t channels_at_once(const Plan& plan, std::int64_t n) {
  std::size_t channels = 1;
  for (const WelchSettings& asked : plan.welch) {
    const WelchSettings settings = asked.for_length(n);
    channels = std::max(channels, welch_signals_at_once(settings.blocks(n), settings.nperseg));
  }
  return std::min(channels, plan.channels.size());
}

CpuSlot::CpuSlot(const Plan& plan, const Kernels& kernels, int segments)
    : plan_(plan),
      kernels_(kernels),
      capacity_(std::max(1, segments)),
      signals_of_channel_(plan.channels.size()),
      spectra_(plan.welch.size()) {
  std::size_t accumulators = 0;
  std::size_t calls = 0;
  for (int s = 0; s < static_cast<int>(plan.signals.size()); ++s) {
    const SignalPlan& signal = plan.signals[s];
    signals_of_channel_[signal.channel].push_back(s);
    accumulators = std::max(accumulators, accumulator_bytes(signal.calls));
    calls = std::max(calls, signal.calls.size());
  }
  for (auto& signals : signals_of_channel_) {
    std::stable_sort(signals.begin(), signals.end(),
                     [&](int a, int b) { return plan.signals[a].derivation < plan.signals[b].derivation; });
  }
  for (const WelchSettings& settings : plan.welch) {
    estimators_.emplace_back(settings, plan.precision, plan.sample_rate);
  }
  accumulators_.reset(SampleType::kFloat64, static_cast<std::int64_t>(accumulators / sizeof(double) + 1));
  for (auto& typed : calls_) {
    typed.reserve(calls);
  }
  channels_.reserve(static_cast<std::size_t>(capacity_) * plan.channels.size());
  values_.reserve(static_cast<std::size_t>(capacity_) * plan.n_values);
}

bool CpuSlot::add(const PreparedSegment& segment) {
  if (static_cast<int>(segments_) == capacity_) {
    return false;
  }
  if (segments_ == 0) {
    channels_.clear();
  }
  channels_.insert(channels_.end(), segment.channels.begin(), segment.channels.end());
  ++segments_;
  return true;
}

void CpuSlot::submit() {
  const std::size_t n_values = plan_.n_values;
  const std::size_t n_channels = plan_.channels.size();
  values_.assign(segments_ * n_values, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t segment = 0; segment < segments_; ++segment) {
    const std::span channels{channels_.data() + segment * n_channels, n_channels};
    const std::size_t at_once = n_channels == 0 ? 1 : channels_at_once(plan_, channels.front().intake.n);
    for (std::size_t c = 0; c < n_channels; c += at_once) {
      compute_channels(static_cast<int>(c), channels.subspan(c, std::min(at_once, n_channels - c)),
                       values_.data() + segment * n_values);
    }
  }
}

std::span<const double> CpuSlot::wait() {
  segments_ = 0;
  return values_;
}

void CpuSlot::compute_channels(int first, std::span<const PreparedChannel> channels, double* values) {
  if (members_.size() < channels.size()) {
    members_.resize(channels.size());
  }
  const std::span members{members_.data(), channels.size()};
  for (std::size_t c = 0; c < channels.size(); ++c) {
    members[c].channel = &channels[c];
    for (Derived& derived : members[c].derived) {
      derived.samples.reset();
    }
  }
  estimate_spectra(first, members);
  for (std::size_t c = 0; c < channels.size(); ++c) {
    compute_channel(signals_of_channel_[static_cast<std::size_t>(first) + c], members[c], values);
  }
}

void CpuSlot::estimate_spectra(int first, std::span<Member> members) {
  for (WelchEstimator& estimator : estimators_) {
    estimator.clear();
  }
  for (std::size_t c = 0; c < members.size(); ++c) {
    for (const int s : signals_of_channel_[static_cast<std::size_t>(first) + c]) {
      const SignalPlan& signal = plan_.signals[s];
      if (signal.welch.empty()) {
        continue;
      }
      const SignalSamples& samples = samples_of(signal.derivation, members[c]);
      const StageTimer timer(seconds_.welch);
      std::vector<int>& places = members[c].derived[static_cast<std::size_t>(signal.derivation)].spectra;
      places.resize(estimators_.size());
      for (const int w : signal.welch) {
        places[w] = estimators_[w].add(samples.time_axis, samples.raw);
      }
    }
  }
  const StageTimer timer(seconds_.welch);
  for (WelchEstimator& estimator : estimators_) {
    estimator.estimate(kernels_);
  }
}

void CpuSlot::compute_channel(std::span<const int> signals, Member& member, double* values) {
  OrderStatistics of_channel;
  for (const int s : signals) {
    compute_signal(plan_.signals[s], member, of_channel, values);
  }
}

void CpuSlot::compute_signal(const SignalPlan& signal, Member& member, OrderStatistics& of_channel, double* values) {
  const PreparedChannel& channel = *member.channel;
  // |x|'s order statistics, and with counts its moments, are read off those of x: it need not be made for them.
  const bool from_channel = signal.derivation == Derivation::kAbs && exists(of_channel);
  const bool needs_samples = (signal.needs & (kValid | kTimeAxis | kWelch)) != 0 ||
                             ((signal.needs & kMoments) != 0 && !(from_channel && is_counted(of_channel))) ||
                             ((signal.needs & kOrderStatistics) != 0 && !from_channel);
  SignalSamples samples{channel.intake, channel.valid, channel.time_axis, channel.raw, {channel.low, channel.high}};
  if (needs_samples) {
    samples = samples_of(signal.derivation, member);
  }

  OrderStatistics order;
  const bool integers = samples.valid.type != SampleType::kFloat64;
  if ((signal.needs & kOrderStatistics) != 0 || ((signal.needs & kMoments) != 0 && integers)) {
    const StageTimer timer(seconds_.order_statistics);
    using Otherwise = OrderStatisticsMaker::Otherwise;
    const Otherwise otherwise = (signal.needs & kOrderStatistics) != 0 ? Otherwise::kSort : Otherwise::kNothing;
    OrderStatisticsMaker& maker = orders_[static_cast<std::size_t>(signal.derivation)];
    order = from_channel ? maker.make_absolute(kernels_, of_channel)
                         : maker.make(kernels_, sorter_, samples.valid, samples.range, otherwise);
    if (signal.derivation == Derivation::kNone) {
      of_channel = order;
    }
  }
  Moments moments;
  if ((signal.needs & kMoments) != 0) {
    const StageTimer timer(seconds_.moments);
    moments = is_counted(order) ? kernels_.count.moments(order) : kernels_.reduce.moments(samples.valid);
  }
  for (const int w : signal.welch) {
    spectra_[w] = estimators_[w].psd(member.derived[static_cast<std::size_t>(signal.derivation)].spectra[w]);
  }
  const StageTimer timer(seconds_.features);
  evaluate(signal, samples, moments, order, values);
}

const SignalSamples& CpuSlot::samples_of(Derivation derivation, Member& member) {
  const PreparedChannel& channel = *member.channel;
  Derived& memory = member.derived[static_cast<std::size_t>(derivation)];
  if (memory.samples) {
    return *memory.samples;
  }
  SignalSamples& samples = memory.samples.emplace(
      SignalSamples{channel.intake, channel.valid, channel.time_axis, channel.raw, {channel.low, channel.high}});
  if (derivation == Derivation::kNone) {
    return samples;
  }
  const StageTimer timer(seconds_.prepare);
  samples.range = {};
  if (derivation == Derivation::kDiff) {
    samples.valid = samples.time_axis = difference_of(channel.time_axis, memory.time_axis);
    if (channel.raw.n > 0) {
      samples.raw = channel.raw.slice(1, channel.raw.n - 1);
    }
    return samples;
  }
  samples.valid = samples.time_axis = absolute_of(channel.valid, memory.valid);
  if (channel.valid.data != channel.time_axis.data) {
    samples.time_axis = absolute_of(channel.time_axis, memory.time_axis);
  }
  return samples;
}

void CpuSlot::evaluate(const SignalPlan& signal, const SignalSamples& samples, const Moments& moments,
                       const OrderStatistics& order, double* values) {
  for (auto& typed : calls_) {
    typed.clear();
  }
  ColumnView as_double = samples.valid;
  const auto type_of = [&](std::uint32_t needs) {
    switch (needs & (kValid | kTimeAxis)) {
      case kValid:
        return samples.valid.type;
      case kTimeAxis:
        return samples.time_axis.type;
      case kValid | kTimeAxis:
        return samples.valid.type == samples.time_axis.type ? samples.valid.type : SampleType::kFloat64;
      default:
        return SampleType::kFloat64;
    }
  };
  for (const FeatureCall& call : signal.calls) {
    const std::uint32_t needs = needs_of(call.feature);
    calls_[static_cast<std::size_t>(type_of(needs))].push_back(&call);
    if ((needs & kValid) != 0 && type_of(needs) != samples.valid.type) {
      as_double = widened(samples.valid, widened_);
    }
  }
  for (std::size_t type = 0; type < calls_.size(); ++type) {
    if (calls_[type].empty()) {
      continue;
    }
    visit_type(static_cast<SampleType>(type), [&](auto zero) {
      using T = decltype(zero);
      Signal<T> typed;
      typed.intake = samples.intake;
      typed.valid = {samples_as<T>(std::is_same_v<T, double> ? as_double : samples.valid), samples.valid.n};
      typed.time_axis = {samples_as<T>(samples.time_axis), samples.time_axis.n, plan_.sample_rate};
      typed.moments = moments;
      typed.order_statistics = order;
      kernels_.reduce.evaluate<T>()(typed, spectra_, calls_[type], accumulators_.as<std::byte>(), values);
    });
  }
}

}  // namespace pumice::cpu
