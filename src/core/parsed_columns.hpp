/// The missing-value policy for columns that a device parsed and holds: it tells of each what its extremes, its type
/// and its gaps are, and that is all that is known here.
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

/// Where a column that was parsed lies, as TeamText has it.
struct ParsedColumn {
  const void* values = nullptr;
  const double* doubles = nullptr;
  std::int64_t n = 0;
};

/// The same as Preparer makes of it. Its gaps are filled as gap_fill says. Nothing where some samples, but not all, are
/// missing and the policy looks at their neighbours: then the host has to prepare it.
[[nodiscard]] inline std::optional<PreparedChannel> prepare_parsed(MissingPolicy policy, const ParsedColumn& column,
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
    const SampleType type = type_of(facts);
    const bool decimals = type == SampleType::kFloat64;
    channel.valid = channel.time_axis = {decimals ? column.doubles : column.values, type, column.n};
    if (!decimals && !nothing) {
      channel.low = static_cast<std::int64_t>(facts.low);
      channel.high = static_cast<std::int64_t>(facts.high);
    }
    if (!decimals && zeros) {
      channel.low = std::min<std::int64_t>(channel.low, 0);
      channel.high = std::max<std::int64_t>(channel.high, 0);
    }
  }
  return channel;
}

}  // namespace pumice
