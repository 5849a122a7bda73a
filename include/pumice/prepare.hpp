/// A segment made ready for the stages: the missing-value policy applied, once, in one place.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pumice/plan.hpp"
#include "pumice/samples.hpp"
#include "pumice/views.hpp"

namespace pumice {

/// One channel after the policy. `valid` and `time_axis` may be the same memory, or the column as it was read.
/// Under `skip` with gaps, `valid` is shorter than the segment and `time_axis` is interpolated (float64).
/// Without a valid sample, or with a gap under `nan`, both have n = 0 (under `zero` and `ffill`: zeros).
struct PreparedChannel {
  Intake intake;
  ColumnView valid;
  ColumnView time_axis;
  /// The column as read, where Welch blocks with more than 10 % missing must be left out (`skip`); else n = 0.
  ColumnView raw;
  /// No sample of `valid` lies outside of [low, high] where it holds integers; low > high where nothing is known.
  std::int64_t low = INT64_MAX;
  std::int64_t high = INT64_MIN;
};

struct PreparedSegment {
  std::span<const PreparedChannel> channels;  ///< one a channel of the plan
  std::int64_t n = 0;                         ///< samples
};

/// Reusable memory of prepared segments: one a worker. Nothing is allocated once it has grown.
class Preparer {
 public:
  /// Applies the plan's policy to `columns` (one a channel of the plan, all of one length).
  /// The result borrows `columns` and this object, until the next call.
  [[nodiscard]] PreparedSegment prepare(const Plan& plan, std::span<const ColumnView> columns);

 private:
  struct Buffers {
    ColumnBuffer valid;
    ColumnBuffer time_axis;
  };
  std::vector<Buffers> buffers_;
  std::vector<PreparedChannel> channels_;
};

/// True where a Welch block [first, first + count) of `raw` has more than 10 % missing and is left out.
[[nodiscard]] bool leaves_out_block(const ColumnView& raw, std::int64_t first, std::int64_t count);

}  // namespace pumice
