/// Texts through the passes of csv_team.hpp, on the host.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "io/csv_team.hpp"
#include "io/csv_team_columns.hpp"
#include "pumice/samples.hpp"
#include "pumice/team.hpp"
#include "support/emulated_team.hpp"

namespace pumice::test {

/// Runs a pass as one thread does that plays all lanes.
struct Serially {
  template <class Body>
  void operator()(Body body) const {
    SerialTeam team;
    body(team);
  }
};

/// Runs a pass on threads of its own.
struct OnThreads {
  int threads = 4;
  template <class Body>
  void operator()(Body body) const {
    emulate(threads, body);
  }
};

/// How a text is laid out for its teams.
struct TeamTextLayout {
  char delimiter = ',';
  std::int64_t room = INT64_C(1) << 40;  ///< rows that may be stored; memory is taken for those that can be
  std::size_t shift = 0;                 ///< the body's place, from a multiple of eight bytes
  char padding = ',';
  io::GapFill fill = io::GapFill::kNone;
};

struct TeamParsed {
  io::TextRefusal refusal;  ///< `at` counts from the body
  std::int64_t rows = 0;
  std::vector<std::vector<std::int16_t>> columns;  ///< of a text that was taken
  std::vector<io::ColumnFacts> facts;
};

/// Parses `body`, which ends with a line feed. target: [cells a row], as TeamText has it. Samples behind the last row
/// are looked at: nothing may be written there.
template <class Run = Serially>
TeamParsed parse_by_teams(std::string_view body, std::span<const std::int32_t> target,
                          const TeamTextLayout& layout = {}, const Run& run = {}) {
  constexpr auto kPadding = static_cast<std::size_t>(io::kTeamPadding);
  constexpr std::int16_t kUntouched = 12345;
  const std::size_t begin = kPadding + layout.shift;
  const std::size_t bytes = begin + body.size() + kPadding;
  const std::unique_ptr<char[]> block(new char[bytes]);  // exactly what may be read, so that a sanitizer sees the rest
  std::memset(block.get(), layout.padding, bytes);
  std::memcpy(block.get() + begin, body.data(), body.size());

  io::TeamText text;
  text.text = block.get();
  text.first = static_cast<std::int64_t>(begin);
  text.last = static_cast<std::int64_t>(begin + body.size());
  text.delimiter = layout.delimiter;
  text.fill = layout.fill;
  text.columns = static_cast<std::int32_t>(target.size());
  for (const std::int32_t column : target) {
    text.kept += column >= 0 ? 1 : 0;
  }
  const auto most_rows = static_cast<std::int64_t>(body.size() / target.size());
  text.room = layout.room < most_rows ? layout.room : most_rows;
  text.stride = text.room + 3;
  text.target = target.data();
  std::vector<std::int16_t> values(static_cast<std::size_t>(text.kept * text.stride), kUntouched);
  std::vector<io::TextTile> tiles(static_cast<std::size_t>(io::tile_count(text)));
  std::vector<io::ColumnFacts> facts(static_cast<std::size_t>(text.kept));
  io::TextRows rows;
  io::TextRows outcome;
  text.values = values.data();
  text.tiles = tiles.data();
  text.rows = &rows;
  text.outcome = &outcome;
  text.facts = facts.data();

  const auto count = static_cast<std::int64_t>(tiles.size());
  for (std::int64_t t = 0; t < count; ++t) {
    run([&](auto& team) { io::count_cells(team, text, t); });
  }
  const auto place = std::make_unique<io::PlaceMemory>();
  run([&](auto& team) { io::place_cells(team, text, *place); });
  const auto memory = std::make_unique<io::TextTileMemory>();
  for (std::int64_t t = 0; t < count; ++t) {
    run([&](auto& team) { io::parse_cells(team, text, t, *memory); });
  }
  for (std::int64_t c = 0; c < text.kept; ++c) {
    run([&](auto& team) { io::finish_column(team, text, c); });
  }

  TeamParsed parsed{.refusal = outcome.refusal, .rows = outcome.rows, .columns = {}, .facts = {}};
  if (outcome.refusal.status != io::TextStatus::kTaken) {
    parsed.refusal.at -= text.first;
    return parsed;
  }
  for (std::int64_t c = 0; c < text.kept; ++c) {
    const std::int16_t* const column = values.data() + c * text.stride;
    for (std::int64_t row = outcome.rows; row < text.stride; ++row) {
      if (column[row] != kUntouched) {
        parsed.refusal.status = static_cast<io::TextStatus>(-1);
      }
    }
    parsed.columns.emplace_back(column, column + outcome.rows);
  }
  parsed.facts = std::move(facts);
  return parsed;
}

/// Columns 0, 1, .., but those that are passed over.
[[nodiscard]] inline std::vector<std::int32_t> targets_of(std::size_t columns,
                                                          const std::vector<bool>& passed_over = {}) {
  std::vector<std::int32_t> targets(columns, -1);
  std::int32_t kept = 0;
  for (std::size_t c = 0; c < columns; ++c) {
    if (c >= passed_over.size() || !passed_over[c]) {
      targets[c] = kept++;
    }
  }
  return targets;
}

}  // namespace pumice::test
