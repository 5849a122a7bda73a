/// The missing-value policy for columns that a device parsed and holds: it tells of each what its extremes, its type
/// and its gaps are, and that is all that is known here.
#pragma once

#include <algorithm>
#include <cstdint>

#include "io/csv_team_text.hpp"
#include "pumice/plan.hpp"
#include "pumice/prepare.hpp"
#include "pumice/samples.hpp"

namespace pumice {

/// What becomes of gaps on the device before prepare_parsed is asked.
[[nodiscard]] constexpr io::GapFill gap_fill(MissingPolicy policy) {
  switch (policy) {
    case MissingPolicy::kSkip:
      return io::GapFill::kLeftOut;
    case MissingPolicy::kZero:
      return io::GapFill::kZero;
    case MissingPolicy::kFfill:
      return io::GapFill::kForward;
    case MissingPolicy::kInterpolate:
      return io::GapFill::kLine;
    case MissingPolicy::kNan:
      break;
  }
  return io::GapFill::kNone;
}

/// True where a column has gaps of which the host is told each.
[[nodiscard]] inline bool has_marked_gaps(MissingPolicy policy, const io::ColumnFacts& facts, std::int64_t n) {
  return policy == MissingPolicy::kSkip && facts.missing > 0 && facts.missing < n;
}

/// Makes a column of n samples that has those gaps, as TeamText marks them, and nothing else that matters.
inline void store_gaps(const std::uint32_t* gaps, std::int64_t n, ColumnBuffer& raw) {
  raw.reset(SampleType::kInt16, n);
  auto* const x = raw.as<std::int16_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t gap = gaps[i / io::kGapBits] >> (i % io::kGapBits) & 1;
    x[i] = gap != 0 ? kMissing<std::int16_t> : std::int16_t{0};
  }
}

/// Where a column that was parsed lies, as TeamText has it.
struct ParsedColumn {
  const void* values = nullptr;
  const double* doubles = nullptr;
  std::int64_t n = 0;
  ColumnView raw;  ///< of store_gaps, where Welch's blocks need it
};

/// The same as Preparer makes of it, once the device has done what gap_fill says.
[[nodiscard]] inline PreparedChannel prepare_parsed(MissingPolicy policy, const ParsedColumn& column,
                                                    const io::ColumnFacts& facts) {
  PreparedChannel channel;
  channel.intake = {.n = column.n,
                    .n_valid = column.n - facts.missing,
                    .longest_gap = facts.longest_gap,
                    .is_constant = facts.low == facts.high};
  const bool has_samples = facts.missing < column.n;
  const SampleType type = type_of(facts);
  const ColumnView lines{column.doubles, SampleType::kFloat64, column.n};
  if (facts.missing == 0 || policy == MissingPolicy::kZero || policy == MissingPolicy::kFfill) {
    channel.valid = channel.time_axis =
        type == SampleType::kFloat64 ? lines : ColumnView{column.values, type, column.n};
  } else if (has_samples && policy == MissingPolicy::kInterpolate) {
    channel.valid = channel.time_axis = lines;
  } else if (has_samples && policy == MissingPolicy::kSkip) {
    channel.valid = {column.values, type, channel.intake.n_valid};
    channel.time_axis = lines;
    channel.raw = column.raw;
  }
  if (channel.valid.n > 0 && channel.valid.type != SampleType::kFloat64) {
    const bool has_zeros = facts.missing > 0 && policy != MissingPolicy::kSkip;
    channel.low = has_samples ? static_cast<std::int64_t>(facts.low) : 0;
    channel.high = has_samples ? static_cast<std::int64_t>(facts.high) : 0;
    channel.low = has_zeros ? std::min<std::int64_t>(channel.low, 0) : channel.low;
    channel.high = has_zeros ? std::max<std::int64_t>(channel.high, 0) : channel.high;
  }
  return channel;
}

}  // namespace pumice
