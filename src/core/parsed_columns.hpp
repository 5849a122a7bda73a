/// The missing-value policy for columns that a device parsed and holds: it tells of each what its extremes and gaps
/// are, and that is all that is known here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "io/csv_team_text.hpp"
#include "pumice/plan.hpp"
#include "pumice/prepare.hpp"

namespace pumice {

/// What the gaps of a column have to be filled with before prepare_parsed is asked.
[[nodiscard]] constexpr io::GapFill gap_fill(MissingPolicy policy) {
  return policy == MissingPolicy::kZero    ? io::GapFill::kZero
         : policy == MissingPolicy::kFfill ? io::GapFill::kZeroIfNothing
                                           : io::GapFill::kNone;
}

/// The same as Preparer makes of it. `column`: int16, its gaps filled as gap_fill says. Nothing where some samples, but
/// not all, are missing and the policy looks at their neighbours: then the host has to prepare it.
[[nodiscard]] inline std::optional<PreparedChannel> prepare_parsed(MissingPolicy policy, const ColumnView& column,
                                                                   const io::ColumnFacts& facts) {
  PreparedChannel channel;
  channel.intake = {.n = column.n,
                    .n_valid = column.n - facts.missing,
                    .longest_gap = facts.longest_gap,
                    .is_constant = facts.low == facts.high};
  const bool zero = policy == MissingPolicy::kZero;
  const bool nothing = facts.missing == column.n;
  if (facts.missing > 0 && !nothing && !zero && policy != MissingPolicy::kNan) {
    return {};
  }
  const bool zeros = facts.missing > 0 && (zero || (nothing && policy == MissingPolicy::kFfill));
  if (facts.missing == 0 || zeros) {
    channel.valid = channel.time_axis = column;
    channel.low = zeros ? std::min(facts.low, 0) : facts.low;
    channel.high = zeros ? std::max(facts.high, 0) : facts.high;
  }
  return channel;
}

}  // namespace pumice
