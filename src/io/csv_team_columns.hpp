/// The last pass of teams over a text (csv_team.hpp): what its columns hold.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "io/csv_team.hpp"
#include "io/csv_team_gaps.hpp"
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

/// What becomes of a column of type T, which has gaps and valid samples; x: [n], as it was read.
template <class T, class Raw, class Team>
PUMICE_HD void leave_gaps_to_lines(Team& team, const TeamText& text, std::int64_t column, const Raw* x, std::int64_t n,
                                   GapMemory& memory) {
  double* const lines = doubles_of(text, column);
  if (text.fill != GapFill::kLeftOut) {
    draw_lines(team, x, n, lines, memory);
    return;
  }
  std::uint32_t* const gaps = text.gaps + column * gap_words(text.stride);
  mark_gaps(team, x, n, gaps);
  draw_lines(team, x, n, lines, memory);
  leave_out_gaps(team, lines, n, gaps, values_of<T>(text, column), memory);  // the lines go through the samples
}

/// Stores a column in its type, T, and fills its gaps. x: [n], as it was read.
template <class T, class Raw, class Team>
PUMICE_HD void finish_as(Team& team, const TeamText& text, std::int64_t column, const Raw* x, std::int64_t n,
                         std::int64_t missing, GapMemory& memory) {
  const bool has_samples = missing < n;
  if (missing > 0 && has_samples && (text.fill == GapFill::kLine || text.fill == GapFill::kLeftOut)) {
    leave_gaps_to_lines<T>(team, text, column, x, n, memory);
    return;
  }
  if constexpr (!std::is_same_v<T, Raw>) {
    narrow_column<T>(team, text, column, n);
  }
  if (missing == 0) {
    return;
  }
  if (text.fill == GapFill::kZero || (text.fill == GapFill::kForward && !has_samples)) {
    fill_with_zeros(team, column_of<T>(text, column), n);
  } else if (text.fill == GapFill::kForward) {
    fill_forward(team, column_of<T>(text, column), n, memory);
  }
}

}  // namespace detail

/// Fills in facts of column `column` of n doubles, stores it in its type, and fills its gaps.
template <class Team>
PUMICE_HD void finish_decimals(Team& team, const TeamText& text, std::int64_t column, std::int64_t n,
                               GapMemory& memory) {
  const double* const doubles = doubles_of(text, column);
  const ColumnFacts facts = detail::facts_of(team, doubles, n);
  team.once([&] { text.facts[column] = facts; });
  switch (type_of(facts)) {
    case SampleType::kInt16:
      detail::finish_as<std::int16_t>(team, text, column, doubles, n, facts.missing, memory);
      break;
    case SampleType::kInt32:
      detail::finish_as<std::int32_t>(team, text, column, doubles, n, facts.missing, memory);
      break;
    case SampleType::kFloat64:
      detail::finish_as<double>(team, text, column, doubles, n, facts.missing, memory);
      break;
  }
}

/// Fills in facts of column `column`, stores it in its type, fills its gaps, and for the first column fills in
/// `text.outcome`.
template <class Team>
PUMICE_HD void finish_column(Team& team, const TeamText& text, std::int64_t column, GapMemory& memory) {
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
  if (decimals) {
    finish_decimals(team, text, column, outcome.rows, memory);
    return;
  }
  const auto* const integers = column_of<std::int16_t>(text, column);
  const ColumnFacts facts = detail::facts_of(team, integers, outcome.rows);
  team.once([&] { text.facts[column] = facts; });
  detail::finish_as<std::int16_t>(team, text, column, integers, outcome.rows, facts.missing, memory);
}

}  // namespace pumice::io
