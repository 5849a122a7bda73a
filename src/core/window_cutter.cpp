#include "core/window_cutter.hpp"

#include "core/narrow.hpp"

namespace pumice {

PreparedSegment WindowCutter::cut(const Plan& plan, const DecodedRecording& recording, std::int64_t first,
                                  std::int64_t count) {
  columns_.clear();
  narrowed_.resize(recording.channels.size());
  for (std::size_t c = 0; c < recording.channels.size(); ++c) {
    const ColumnView column = recording.channels[c].view().slice(first, count);
    columns_.push_back(count < recording.n ? narrowed(column, c) : column);
  }
  return preparer_.prepare(plan, columns_);
}

/// A window as a file of its own samples would hold it: the other samples of its recording may have asked for a wider
/// type.
ColumnView WindowCutter::narrowed(const ColumnView& window, std::size_t channel) {
  const SampleType type = narrowest_type(window);
  if (type == window.type) {
    return window;
  }
  store_as(window, type, narrowed_[channel]);
  return narrowed_[channel].view();
}

}  // namespace pumice
