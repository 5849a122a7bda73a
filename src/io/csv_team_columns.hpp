/// The last pass of teams over a text (csv_team.hpp): what its columns hold.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "io/csv_team.hpp"
#include "io/csv_team_text.hpp"
#include "pumice/host_device.hpp"
#include "pumice/samples.hpp"
#include "pumice/team.hpp"

namespace pumice::io {

namespace detail {

/// Neighbouring samples: how many are missing in a row, at the beginning, at the end and anywhere.
struct GapRuns {
  std::int64_t n = 0;
  std::int64_t head = 0;
  std::int64_t tail = 0;
  std::int64_t longest = 0;
  PUMICE_HD void add(bool gap) {
    ++n;
    tail = gap ? tail + 1 : 0;
    head = tail == n ? n : head;
    longest = tail > longest ? tail : longest;
  }
  PUMICE_HD void merge(const GapRuns& behind) {
    const std::int64_t joined = tail + behind.head;
    longest = behind.longest > longest ? behind.longest : longest;
    longest = joined > longest ? joined : longest;
    head = head == n ? n + behind.head : head;
    tail = behind.tail == behind.n ? tail + behind.n : behind.tail;
    n += behind.n;
  }
};

PUMICE_HD inline void merge_facts(ColumnFacts& facts, const ColumnFacts& other) {
  facts.missing += other.missing;
  facts.low = other.low < facts.low ? other.low : facts.low;
  facts.high = other.high > facts.high ? other.high : facts.high;
  facts.has_fractions = facts.has_fractions || other.has_fractions;
}

template <class T>
PUMICE_HD void add_sample(ColumnFacts& facts, T sample) {
  if (is_missing(sample)) {
    ++facts.missing;
    return;
  }
  const auto value = static_cast<double>(sample);
  facts.low = value < facts.low ? value : facts.low;
  facts.high = value > facts.high ? value : facts.high;
  if constexpr (std::is_floating_point_v<T>) {
    facts.has_fractions = facts.has_fractions || value != ::floor(value);
  }
}

/// x: [n].
template <class T, class Team>
[[nodiscard]] PUMICE_HD ColumnFacts facts_of(Team& team, const T* x, std::int64_t n) {
  auto facts = team.template reduce<ColumnFacts>(
      n, [&](ColumnFacts& found, std::int64_t i) { add_sample(found, x[i]); },
      [](ColumnFacts& found, const ColumnFacts& other) { merge_facts(found, other); });
  facts.longest_gap = facts.missing;
  if (facts.missing > 0 && facts.missing < n) {
    facts.longest_gap = team.template reduce_ordered<GapRuns>(
                                n, [&](GapRuns& runs, std::int64_t i) { runs.add(is_missing(x[i])); },
                                [](GapRuns& runs, const GapRuns& behind) { runs.merge(behind); })
                            .longest;
  }
  return facts;
}

/// Stores a column of doubles as T, which holds it.
template <class T, class Team>
PUMICE_HD void narrow_column(Team& team, const TeamText& text, std::int64_t column, std::int64_t n) {
  const double* const from = column_of<double>(text, column);
  T* const to = column_of<T>(text, column);
  team.for_each(n, [&](std::int64_t i) { to[i] = is_missing(from[i]) ? kMissing<T> : static_cast<T>(from[i]); });
}

/// x: [n].
template <class T, class Team>
PUMICE_HD void fill_with_zeros(Team& team, T* x, std::int64_t n) {
  team.for_each(n, [&](std::int64_t i) { x[i] = is_missing(x[i]) ? T{} : x[i]; });
}

/// Fills the gaps of a column of type T.
template <class T, class Team>
PUMICE_HD void fill_column(Team& team, const TeamText& text, std::int64_t column, std::int64_t n,
                           const ColumnFacts& facts) {
  const bool fill = text.fill == GapFill::kZero || (text.fill == GapFill::kZeroIfNothing && facts.missing == n);
  if (fill && facts.missing > 0) {
    fill_with_zeros(team, column_of<T>(text, column), n);
  }
}

}  // namespace detail

/// Fills in facts of column `column`, stores it in its type, fills its gaps, and for the first column fills in
/// `text.outcome`.
template <class Team>
PUMICE_HD void finish_column(Team& team, const TeamText& text, std::int64_t column) {
  TextRows outcome = *text.rows;
  const bool decimals = outcome.way == TextWay::kDecimals;
  if (decimals && outcome.refusal.status == TextStatus::kTaken) {
    outcome.refusal = merge_refusals(team, text);
  }
  if (column == 0) {
    team.once([&] { *text.outcome = outcome; });
  }
  if (outcome.refusal.status != TextStatus::kTaken) {
    return;
  }
  const std::int64_t n = outcome.rows;
  const ColumnFacts facts = decimals ? detail::facts_of(team, column_of<double>(text, column), n)
                                     : detail::facts_of(team, column_of<std::int16_t>(text, column), n);
  team.once([&] { text.facts[column] = facts; });
  switch (type_of(facts)) {
    case SampleType::kInt16:
      if (decimals) {
        detail::narrow_column<std::int16_t>(team, text, column, n);
      }
      detail::fill_column<std::int16_t>(team, text, column, n, facts);
      break;
    case SampleType::kInt32:
      detail::narrow_column<std::int32_t>(team, text, column, n);
      detail::fill_column<std::int32_t>(team, text, column, n, facts);
      break;
    case SampleType::kFloat64:
      detail::fill_column<double>(team, text, column, n, facts);
      break;
  }
}

}  // namespace pumice::io
