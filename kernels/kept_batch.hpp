/// The segments of a batch as they lie in the host's copy of its upload: what another backend computes when the device
/// has failed. Plain C++, tested without a GPU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "batch.hpp"
#include "pumice/prepare.hpp"

namespace pumice::cuda {

/// Holds descriptions alone: samples stay in the upload. Only the column as it was read, which no kernel sees, is
/// copied, where it decides about Welch's blocks.
class KeptBatch {
 public:
  void clear();
  /// `batch` has just laid `segment` out. Throws std::bad_alloc; then nothing was added.
  void add(const PreparedSegment& segment, const Batch& batch);
  /// Segments whose samples are in `upload`. Valid until the next call of any function.
  [[nodiscard]] std::vector<PreparedSegment> segments(const std::byte* upload);

 private:
  struct Channel {
    PreparedChannel described;  ///< its `raw` is in raw_
    Batch::ChannelUpload uploaded;
  };

  void add_channels(const PreparedSegment& segment, const Batch& batch);

  std::vector<Channel> channels_;  ///< [segments][width_]
  std::vector<std::int64_t> lengths_;
  std::vector<ColumnBuffer> raw_;
  std::size_t used_raw_ = 0;
  std::size_t width_ = 0;
  std::vector<PreparedChannel> resolved_;
};

}  // namespace pumice::cuda
