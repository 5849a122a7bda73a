#include "core/owned_segments.hpp"

#include <cstring>

namespace pumice {
namespace {

bool same_samples(const ColumnView& a, const ColumnView& b) {
  return a.data == b.data && a.type == b.type && a.n == b.n;
}

}  // namespace

void OwnedSegments::add(const PreparedSegment& segment) {
  width_ = segment.channels.size();
  lengths_.push_back(segment.n);
  for (const PreparedChannel& channel : segment.channels) {
    PreparedChannel kept = channel;
    kept.valid = copy(channel.valid);
    kept.time_axis = same_samples(channel.time_axis, channel.valid) ? kept.valid : copy(channel.time_axis);
    kept.raw = copy(channel.raw);
    channels_.push_back(kept);
  }
}

ColumnView OwnedSegments::copy(const ColumnView& column) {
  if (column.n == 0) {
    return {nullptr, column.type, 0};
  }
  ColumnBuffer& buffer = columns_.emplace_back();
  buffer.reset(column.type, column.n);
  std::memcpy(buffer.as<std::byte>(), column.data, static_cast<std::size_t>(column.n) * sample_size(column.type));
  return buffer.view();
}

PreparedSegment OwnedSegments::operator[](std::size_t i) const {
  return {std::span(channels_).subspan(i * width_, width_), lengths_[i]};
}

}  // namespace pumice
