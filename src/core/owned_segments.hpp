/// Segments in memory of their own: what a slot held, when that slot has to go.
#pragma once

#include <cstddef>
#include <vector>

#include "pumice/prepare.hpp"
#include "pumice/samples.hpp"

namespace pumice {

/// Deep copies of segments with the same number of channels each.
class OwnedSegments {
 public:
  void add(const PreparedSegment& segment);
  [[nodiscard]] std::size_t size() const { return lengths_.size(); }
  /// Valid until the next `add`.
  [[nodiscard]] PreparedSegment operator[](std::size_t i) const;

 private:
  [[nodiscard]] ColumnView copy(const ColumnView& column);

  std::vector<PreparedChannel> channels_;  ///< [segments][width_]
  std::vector<std::int64_t> lengths_;      ///< [segments]
  std::vector<ColumnBuffer> columns_;
  std::size_t width_ = 0;  ///< channels
};

}  // namespace pumice
