#include "kept_batch.hpp"

#include <cstring>
#include <optional>

namespace pumice::cuda {
namespace {

/// Samples that were not uploaded are samples that the plan does not ask for.
ColumnView view_of(const ColumnView& column, const std::byte* upload, std::optional<std::size_t> offset) {
  return offset ? ColumnView{upload + *offset, column.type, column.n} : ColumnView{nullptr, column.type, 0};
}

}  // namespace

void KeptBatch::clear() {
  channels_.clear();
  lengths_.clear();
  used_raw_ = 0;
}

void KeptBatch::add(const PreparedSegment& segment, const Batch& batch) {
  const std::size_t channels_before = channels_.size();
  const std::size_t raw_before = used_raw_;
  try {
    add_channels(segment, batch);
    lengths_.push_back(segment.n);
  } catch (...) {
    channels_.erase(channels_.begin() + static_cast<std::ptrdiff_t>(channels_before), channels_.end());
    used_raw_ = raw_before;
    throw;
  }
}

void KeptBatch::add_channels(const PreparedSegment& segment, const Batch& batch) {
  width_ = segment.channels.size();
  for (std::size_t c = 0; c < width_; ++c) {
    Channel kept{.described = segment.channels[c], .uploaded = batch.uploaded(c)};
    if (const ColumnView& raw = segment.channels[c].raw; raw.n > 0) {
      if (used_raw_ == raw_.size()) {
        raw_.emplace_back();
      }
      ColumnBuffer& buffer = raw_[used_raw_++];
      buffer.reset(raw.type, raw.n);
      std::memcpy(buffer.as<std::byte>(), raw.data, static_cast<std::size_t>(raw.n) * sample_size(raw.type));
      kept.described.raw = buffer.view();
    }
    channels_.push_back(kept);
  }
}

std::vector<PreparedSegment> KeptBatch::segments(const std::byte* upload) {
  resolved_.clear();
  for (const Channel& kept : channels_) {
    PreparedChannel channel = kept.described;
    channel.valid = view_of(channel.valid, upload, kept.uploaded.valid);
    channel.time_axis = view_of(channel.time_axis, upload, kept.uploaded.time_axis);
    resolved_.push_back(channel);
  }
  std::vector<PreparedSegment> segments;
  for (std::size_t i = 0; i < lengths_.size(); ++i) {
    segments.push_back({std::span(resolved_).subspan(i * width_, width_), lengths_[i]});
  }
  return segments;
}

}  // namespace pumice::cuda
