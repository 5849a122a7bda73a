/// The last pass of teams over a text (csv_team.hpp): what its columns hold.
#pragma once

#include <cstdint>

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
}

}  // namespace detail

/// Fills in facts of column `column`, fills its gaps, and for the first column fills in `text.outcome`.
template <class Team>
PUMICE_HD void finish_column(Team& team, const TeamText& text, std::int64_t column) {
  TextRows outcome = *text.rows;
  if (outcome.refusal.status == TextStatus::kTaken) {
    outcome.refusal = team.template reduce<TextRefusal>(
        tile_count(text), [&](TextRefusal& first, std::int64_t t) { first.merge(text.tiles[t].refusal); },
        [](TextRefusal& first, const TextRefusal& other) { first.merge(other); });
  }
  if (column == 0) {
    team.once([&] { *text.outcome = outcome; });
  }
  if (outcome.refusal.status != TextStatus::kTaken) {
    return;
  }
  std::int16_t* const x = text.values + column * text.stride;
  auto facts = team.template reduce<ColumnFacts>(
      outcome.rows,
      [&](ColumnFacts& found, std::int64_t i) {
        const std::int16_t value = x[i];
        if (is_missing(value)) {
          ++found.missing;
        } else {
          found.low = value < found.low ? value : found.low;
          found.high = value > found.high ? value : found.high;
        }
      },
      [](ColumnFacts& found, const ColumnFacts& other) { detail::merge_facts(found, other); });
  facts.longest_gap = facts.missing;
  if (facts.missing > 0 && facts.missing < outcome.rows) {
    facts.longest_gap =
        team.template reduce_ordered<detail::GapRuns>(
                outcome.rows, [&](detail::GapRuns& runs, std::int64_t i) { runs.add(is_missing(x[i])); },
                [](detail::GapRuns& runs, const detail::GapRuns& behind) { runs.merge(behind); })
            .longest;
  }
  team.once([&] { text.facts[column] = facts; });
  const bool fill =
      text.fill == GapFill::kZero || (text.fill == GapFill::kZeroIfNothing && facts.missing == outcome.rows);
  if (fill && facts.missing > 0) {
    team.for_each(outcome.rows, [&](std::int64_t i) {
      if (is_missing(x[i])) {
        x[i] = 0;
      }
    });
  }
}

}  // namespace pumice::io
