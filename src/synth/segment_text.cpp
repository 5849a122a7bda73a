#include "synth/segment_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace pumice::synth {

SegmentText::SegmentText() : cells_(kFullScale + 1), length_(kFullScale + 1) {
  for (std::int32_t magnitude = 0; magnitude <= kFullScale; ++magnitude) {
    char* first = cells_[static_cast<std::size_t>(magnitude)].text;
    char* end = std::to_chars(first, first + 5, magnitude).ptr;
    *end++ = '.';
    *end++ = '0';
    length_[static_cast<std::size_t>(magnitude)] = static_cast<std::uint8_t>(end - first);
  }
}

void SegmentText::write(const SegmentMaker& segment, std::string& text) const {
  const int sensors = segment.sensors();
  constexpr std::size_t kLongestCell = 9;  // "-32767.0" and what ends it
  std::string header;
  for (int sensor = 1; sensor <= sensors; ++sensor) {
    header += "sensor_" + std::to_string(sensor) + (sensor < sensors ? ',' : '\n');
  }
  // Eight bytes are copied at a time, whatever the cell's length.
  text.resize(header.size() + static_cast<std::size_t>(segment.samples() * sensors) * kLongestCell + 8);
  char* to = std::copy(header.begin(), header.end(), text.data());
  std::vector<const std::int16_t*> columns;
  for (int sensor = 0; sensor < sensors; ++sensor) {
    columns.push_back(segment.sensor(sensor));
  }
  for (std::int64_t i = 0; i < segment.samples(); ++i) {
    for (const std::int16_t* column : columns) {
      const std::int32_t value = column[i];
      if (value != kAbsent) {
        const auto magnitude = static_cast<std::size_t>(value < 0 ? -value : value);
        *to = '-';
        to += value < 0 ? 1 : 0;
        std::memcpy(to, cells_[magnitude].text, sizeof(Cell));
        to += length_[magnitude];
      }
      *to++ = ',';
    }
    to[-1] = '\n';
  }
  text.resize(static_cast<std::size_t>(to - text.data()));
}

}  // namespace pumice::synth
