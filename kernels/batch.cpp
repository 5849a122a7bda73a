#include "batch.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <type_traits>

#include "stages/derive.hpp"
#include "stages/order_statistics.hpp"
#include "stages/welch.hpp"

namespace pumice::cuda {

namespace {

constexpr std::uint32_t kOfValid = kValid | kMoments | kOrderStatistics;
constexpr std::uint32_t kOfTimeAxis = kTimeAxis | kWelch;

[[nodiscard]] std::size_t bytes_of(const ColumnView& column) {
  return static_cast<std::size_t>(column.n) * sample_size(column.type);
}

[[nodiscard]] stages::ValueRange range_of(const ColumnView& column) {
  stages::ValueRange range;
  visit_type(column.type, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>) {
      const T* x = column.as<T>();
      T low = std::numeric_limits<T>::max();
      T high = std::numeric_limits<T>::min();
      for (std::int64_t i = 0; i < column.n; ++i) {
        low = std::min(low, x[i]);
        high = std::max(high, x[i]);
      }
      if (column.n > 0) {
        range = {low, high};
      }
    }
  });
  return range;
}

}  // namespace

bool BatchRoom::holds(const BatchRoom& other) const {
  return other.segments <= segments && other.upload_bytes <= upload_bytes && other.derived_bytes <= derived_bytes &&
         other.counters <= counters && other.sorted_samples <= sorted_samples &&
         other.spectrum_values <= spectrum_values;
}

void BatchRoom::grow_to(const BatchRoom& other) {
  segments = std::max(segments, other.segments);
  upload_bytes = std::max(upload_bytes, other.upload_bytes);
  derived_bytes = std::max(derived_bytes, other.derived_bytes);
  counters = std::max(counters, other.counters);
  sorted_samples = std::max(sorted_samples, other.sorted_samples);
  spectrum_values = std::max(spectrum_values, other.spectrum_values);
}

BatchRoom room_for(const Plan& plan, std::int64_t n, int segments) {
  // Twice int16's bytes hold the gaps of a few channels under `skip`, or half the segments where they are decimals.
  constexpr std::size_t kBytesPerSample = 4;
  // Recorded integers seldom spread over more values; a batch of those that do is smaller.
  constexpr std::size_t kUsualRange = 16384;
  const auto samples = static_cast<std::size_t>(std::max<std::int64_t>(n, 1));
  const std::size_t column = align_up(samples * kBytesPerSample);
  BatchRoom one;
  std::size_t spectra = 0;
  std::size_t blocks = 0;
  std::size_t ordered = 0;
  for (const SignalPlan& signal : plan.signals) {
    one.derived_bytes += column;
    ordered += (signal.needs & kOrderStatistics) != 0 ? 1 : 0;
    for (const int w : signal.welch) {
      const WelchSettings settings = plan.welch[static_cast<std::size_t>(w)].for_length(n);
      ++spectra;
      blocks += static_cast<std::size_t>(n > 0 ? settings.blocks(n) : 0);
      one.spectrum_values += static_cast<std::size_t>(settings.bins());
    }
  }
  one.counters = ordered * kUsualRange;
  one.upload_bytes =
      plan.channels.size() * column + list_bytes(plan.signals.size(), spectra, blocks, 3 * plan.signals.size());
  const auto count = static_cast<std::size_t>(std::max(segments, 1));
  BatchRoom room;
  room.segments = count;
  room.upload_bytes = one.upload_bytes * count;
  room.derived_bytes = one.derived_bytes * count;
  room.counters = one.counters * count;
  room.spectrum_values = one.spectrum_values * count;
  room.sorted_samples = ordered * samples * std::max<std::size_t>(count / 4, 1);
  return room;
}

BatchRoom most_room_for(const Plan& plan, std::int64_t n, int segments) {
  const auto samples = static_cast<std::size_t>(std::max<std::int64_t>(n, 1));
  const auto count = static_cast<std::size_t>(std::max(segments, 1));
  BatchRoom decimals;
  for (const SignalPlan& signal : plan.signals) {
    std::size_t derived = signal.derivation == Derivation::kNone ? 0 : 1;
    if (signal.derivation == Derivation::kAbs && plan.missing == MissingPolicy::kSkip &&
        (signal.needs & kOfValid) != 0 && (signal.needs & kOfTimeAxis) != 0) {
      ++derived;  // gaps make two columns of one
    }
    decimals.derived_bytes += count * derived * align_up(samples * sizeof(double));
    decimals.sorted_samples += (signal.needs & kOrderStatistics) != 0 ? count * samples : 0;
  }
  BatchRoom room = room_for(plan, n, segments);
  room.grow_to(decimals);
  return room;
}

Batch::Batch(const Plan& plan) : plan_(&plan) {
  channel_needs_.resize(plan.channels.size(), kNoStage);
  counts_differences_.resize(plan.channels.size(), false);
  for (const SignalPlan& signal : plan.signals) {
    const auto channel = static_cast<std::size_t>(signal.channel);
    const bool difference = signal.derivation == Derivation::kDiff;
    channel_needs_[channel] |= difference && (signal.needs & (kOfValid | kOfTimeAxis)) != 0
                                   ? static_cast<std::uint32_t>(kTimeAxis)
                                   : signal.needs;
    if (difference && (signal.needs & kOrderStatistics) != 0) {
      counts_differences_[channel] = true;
    }
  }
}

void Batch::clear() {
  tasks_.clear();
  spectra_.clear();
  blocks_.clear();
  derived_.clear();
  copies_.clear();
  room_ = {};
  mark_ = {};
  size_ = 0;
}

std::vector<Batch::ChannelExtremes> Batch::extremes_of(const PreparedSegment& segment) const {
  std::vector<ChannelExtremes> extremes(segment.channels.size());
  for (std::size_t c = 0; c < extremes.size(); ++c) {
    if (needs_extremes(c)) {
      const auto range = range_of(segment.channels[c].valid);
      extremes[c].valid = {range.low, range.high};
    }
    if (counts_differences_[c]) {
      const auto range = range_of(segment.channels[c].time_axis);
      extremes[c].time_axis = {range.low, range.high};
    }
  }
  return extremes;
}

BatchRoom Batch::append(const PreparedSegment& segment, std::span<const ChannelExtremes> extremes) {
  mark_ = {tasks_.size(), spectra_.size(), blocks_.size(), derived_.size(), room_};
  copies_.clear();
  room_.segments = static_cast<std::size_t>(++size_);
  return lay_out(segment, Columns::kOnHost, extremes, size_ - 1);
}

void Batch::append_later() { room_.segments = static_cast<std::size_t>(++size_); }

BatchRoom Batch::append_parsed(const PreparedSegment& segment, int place) {
  std::vector<ChannelExtremes> extremes;
  for (const PreparedChannel& channel : segment.channels) {
    extremes.push_back({{channel.low, channel.high}, {channel.low, channel.high}});
  }
  return lay_out(segment, Columns::kOnDevice, extremes, place);
}

BatchRoom Batch::lay_out(const PreparedSegment& segment, Columns columns, std::span<const ChannelExtremes> extremes,
                         int place) {
  channels_.resize(segment.channels.size());
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    channels_[c] = place_channel(segment.channels[c], columns, static_cast<int>(c));
    channels_[c].extremes = extremes[c];
  }
  for (std::size_t s = 0; s < plan_->signals.size(); ++s) {
    const auto channel = static_cast<std::size_t>(plan_->signals[s].channel);
    place_signal(segment.channels[channel], channels_[channel], static_cast<int>(s), place);
  }
  BatchRoom total = room_;
  total.upload_bytes += list_bytes(tasks_.size(), spectra_.size(), blocks_.size(), derived_.size());
  return total;
}

void Batch::undo_append() {
  tasks_.resize(mark_.tasks);
  spectra_.resize(mark_.spectra);
  blocks_.resize(mark_.blocks);
  derived_.resize(mark_.derived);
  copies_.clear();
  room_ = mark_.room;
  --size_;
}

std::size_t Batch::sorted_samples() const {
  constexpr std::size_t kMost = std::numeric_limits<int>::max();  // CUB counts them in int
  if (room_.sorted_samples > kMost) {
    throw std::bad_alloc();
  }
  return room_.sorted_samples;
}

void Batch::list_copies(std::byte* upload, std::vector<SlotPlace::Copy>& copies) const {
  copies.clear();
  for (const Copy& copy : copies_) {
    copies.push_back({copy.from, upload + copy.to, copy.bytes});
  }
}

Batch::ChannelUpload Batch::uploaded(std::size_t channel) const {
  const auto offset_of = [](const Place& place) {
    return place.area == Place::Area::kUpload ? std::optional(place.offset) : std::nullopt;
  };
  return {offset_of(channels_[channel].valid), offset_of(channels_[channel].time_axis)};
}

Batch::Place Batch::upload(const ColumnView& column) {
  const std::size_t offset = room_.upload_bytes;
  copies_.push_back({column.data, bytes_of(column), offset});
  room_.upload_bytes += align_up(bytes_of(column));
  return {Place::Area::kUpload, offset, nullptr, column.type, column.n};
}

Batch::Channel Batch::place_channel(const PreparedChannel& channel, Columns columns, int index) {
  const std::uint32_t needs = channel_needs_[static_cast<std::size_t>(index)];
  const bool on_host = columns == Columns::kOnHost;
  const auto place = [&](const ColumnView& column) {
    return on_host ? upload(column) : Place{Place::Area::kGiven, 0, column.data, column.type, column.n};
  };
  Channel placed;
  const bool same = channel.valid.data == channel.time_axis.data && channel.valid.n == channel.time_axis.n &&
                    channel.valid.type == channel.time_axis.type;
  if ((needs & kOfValid) != 0 && channel.valid.n > 0) {
    placed.valid = place(channel.valid);
  }
  if ((needs & kOfTimeAxis) != 0 && channel.time_axis.n > 0) {
    placed.time_axis = same && placed.valid.n > 0 ? placed.valid : place(channel.time_axis);
  }
  return placed;
}

Batch::Place Batch::derive(const Place& from, SampleType type, Derivation derivation) {
  if (from.n == 0) {
    return {};
  }
  Place to{Place::Area::kDerived, room_.derived_bytes, nullptr, type, stages::derived_length(derivation, from.n)};
  room_.derived_bytes += align_up(static_cast<std::size_t>(to.n) * sample_size(type));
  if (to.n == 0) {
    return {};
  }
  derived_.push_back({from, to, derivation});
  return to;
}

void Batch::place_signal(const PreparedChannel& prepared, const Channel& channel, int signal, int segment) {
  const SignalPlan& plan = plan_->signals[static_cast<std::size_t>(signal)];
  const bool wants_valid = (plan.needs & kOfValid) != 0;
  const bool wants_time_axis = (plan.needs & kOfTimeAxis) != 0;
  Task task;
  task.intake = prepared.intake;
  task.segment = segment;
  task.signal = signal;
  switch (plan.derivation) {
    case Derivation::kNone:
      task.valid = wants_valid ? channel.valid : Place{};
      task.time_axis = wants_time_axis ? channel.time_axis : Place{};
      break;
    case Derivation::kAbs:
      task.valid = wants_valid ? derive(channel.valid, channel.valid.type, Derivation::kAbs) : Place{};
      if (wants_time_axis) {
        task.time_axis = wants_valid && channel.time_axis == channel.valid
                             ? task.valid
                             : derive(channel.time_axis, channel.time_axis.type, Derivation::kAbs);
      }
      break;
    case Derivation::kDiff:
      if (wants_valid || wants_time_axis) {
        const SampleType type = stages::derived_type(Derivation::kDiff, channel.time_axis.type);
        task.time_axis = derive(channel.time_axis, type, Derivation::kDiff);
        task.valid = task.time_axis;
      }
      break;
  }
  place_for_features(task, channel, plan);
  if ((plan.needs & kOrderStatistics) != 0) {
    place_order_statistics(task, channel, plan.derivation);
  }
  task.first_spectrum = static_cast<int>(spectra_.size());
  place_spectra(task, plan, prepared.raw);
  tasks_.push_back(task);
}

void Batch::place_for_features(Task& task, const Channel& channel, const SignalPlan& plan) {
  // Only what features read themselves: samples that are there for a stage alone must not decide the type.
  if ((plan.needs & kValid) != 0) {
    task.feature_valid = task.valid;
  }
  if ((plan.needs & kTimeAxis) != 0) {
    task.feature_time_axis = task.time_axis;
  }
  if (task.feature_valid.n == 0 || task.feature_time_axis.n == 0 || task.valid.type == task.time_axis.type) {
    return;
  }
  // From the channel itself, not from its derivation, so that no derivation waits for another.
  if (task.valid.type != SampleType::kFloat64) {
    task.feature_valid = derive(channel.valid, SampleType::kFloat64, plan.derivation);
  }
  if (task.time_axis.type != SampleType::kFloat64) {
    task.feature_time_axis = derive(channel.time_axis, SampleType::kFloat64, plan.derivation);
  }
}

void Batch::place_order_statistics(Task& task, const Channel& channel, Derivation derivation) {
  if (task.valid.n == 0) {
    return;
  }
  if (task.valid.type != SampleType::kFloat64) {
    stages::ValueRange range{channel.extremes.valid.low, channel.extremes.valid.high};
    if (derivation == Derivation::kAbs) {
      range = stages::absolute_range(range);
    } else if (derivation == Derivation::kDiff) {
      const std::int64_t spread = channel.extremes.time_axis.high - channel.extremes.time_axis.low;
      range = {-spread, spread};
    }
    if (stages::are_counted(range.size(), task.valid.n)) {
      task.base = range.low;
      task.range = range.size();
      task.counters = room_.counters;
      room_.counters += static_cast<std::size_t>(task.range);
      return;
    }
  }
  task.is_sorted = true;
  task.sorted_samples = room_.sorted_samples;
  room_.sorted_samples += static_cast<std::size_t>(task.valid.n);
}

void Batch::place_spectra(const Task& task, const SignalPlan& signal, const ColumnView& raw) {
  const std::int64_t n = task.time_axis.n;
  const std::int64_t shift = signal.derivation == Derivation::kDiff ? 1 : 0;
  for (const int w : signal.welch) {
    Spectrum spectrum;
    spectrum.task = static_cast<int>(tasks_.size());
    spectrum.first_block = blocks_.size();
    if (n > 0) {
      const WelchSettings settings = plan_->welch[static_cast<std::size_t>(w)].for_length(n);
      spectrum.length = settings.nperseg;
      spectrum.step = settings.nperseg - settings.overlap;
      spectrum.taper = settings.taper;
      for (std::int64_t block = 0; block < settings.blocks(n); ++block) {
        if (raw.n == 0 || !leaves_out_block(raw, block * spectrum.step + shift, settings.nperseg)) {
          blocks_.push_back(static_cast<std::int32_t>(block));
        }
      }
      spectrum.blocks = blocks_.size() - spectrum.first_block;
      spectrum.values = room_.spectrum_values;
      room_.spectrum_values += spectrum.blocks > 0 ? static_cast<std::size_t>(settings.bins()) : 0;
    }
    spectra_.push_back(spectrum);
  }
}

}  // namespace pumice::cuda
