/// Texts through the passes of csv_team.hpp, and arrays through that of array_team.hpp, on the host.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/parsed_columns.hpp"
#include "io/array_team.hpp"
#include "io/csv_team.hpp"
#include "io/csv_team_columns.hpp"
#include "pumice/sample_array.hpp"
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
  io::TextWay way = io::TextWay::kIntegers;
};

struct TeamParsed {
  io::TextRefusal refusal;  ///< `at` counts from the body
  io::TextWay way = io::TextWay::kIntegers;
  std::int64_t rows = 0;
  std::vector<io::ColumnFacts> facts;  ///< of a text that was taken, as is what follows
  std::int64_t stride = 0;
  io::GapFill fill = io::GapFill::kNone;
  std::vector<std::byte> values;  ///< as TeamText has them
  std::vector<double> doubles;
  std::vector<std::uint32_t> gaps;
  std::vector<ColumnBuffer> raw;  ///< of each column, where its gaps were left out

  [[nodiscard]] ParsedColumn column(std::size_t c) const {
    const std::size_t first = c * static_cast<std::size_t>(stride);
    return {.values = values.data() + first * static_cast<std::size_t>(io::value_bytes(fill)),
            .doubles = doubles.data() + first,
            .n = rows,
            .raw = raw.at(c).view()};
  }
  /// The samples as they were read, but for gaps that were filled; not of columns through whose gaps there are lines.
  [[nodiscard]] ColumnView view(std::size_t c) const {
    const SampleType type = type_of(facts.at(c));
    return {type == SampleType::kFloat64 ? column(c).doubles : column(c).values, type, rows};
  }
  /// The same of a column of type T; none where it is another.
  template <class T>
  [[nodiscard]] std::vector<T> samples(std::size_t c) const {
    const ColumnView samples = view(c);
    return samples.type == kSampleTypeOf<T> ? std::vector<T>(samples.as<T>(), samples.as<T>() + rows)
                                            : std::vector<T>();
  }
};

/// Parses `body`, which ends with a line feed. target: [cells a row], as TeamText has it. Places behind the last row
/// are looked at: nothing may be written there.
template <class Run = Serially>
TeamParsed parse_by_teams(std::string_view body, std::span<const std::int32_t> target,
                          const TeamTextLayout& layout = {}, const Run& run = {}) {
  constexpr auto kPadding = static_cast<std::size_t>(io::kTeamPadding);
  constexpr std::byte kUntouched{0x5a};
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
  text.way = layout.way;
  text.fill = layout.fill;
  text.columns = static_cast<std::int32_t>(target.size());
  for (const std::int32_t column : target) {
    text.kept += column >= 0 ? 1 : 0;
  }
  const auto most_rows = static_cast<std::int64_t>(body.size() / target.size());
  text.room = layout.room < most_rows ? layout.room : most_rows;
  text.stride = text.room + 3;
  text.target = target.data();
  const auto places = static_cast<std::size_t>(text.kept * text.stride);
  TeamParsed parsed;
  parsed.stride = text.stride;
  parsed.fill = layout.fill;
  const auto words = static_cast<std::size_t>(io::gap_words(text.stride));
  const bool marks = layout.fill == io::GapFill::kLeftOut;
  parsed.values.assign(places * static_cast<std::size_t>(io::value_bytes(layout.fill)), kUntouched);
  parsed.gaps.resize(marks ? static_cast<std::size_t>(text.kept) * words : 0);
  parsed.doubles.resize(places);
  std::memset(parsed.doubles.data(), static_cast<int>(kUntouched), places * sizeof(double));
  std::vector<io::TextTile> tiles(static_cast<std::size_t>(io::tile_count(text)));
  parsed.facts.resize(static_cast<std::size_t>(text.kept));
  io::TextRows rows;
  io::TextRows outcome;
  text.values = parsed.values.data();
  text.doubles = parsed.doubles.data();
  text.gaps = parsed.gaps.data();
  text.tiles = tiles.data();
  text.rows = &rows;
  text.outcome = &outcome;
  text.facts = parsed.facts.data();

  const auto count = static_cast<std::int64_t>(tiles.size());
  for (std::int64_t t = 0; t < count; ++t) {
    run([&](auto& team) { io::count_cells(team, text, t); });
  }
  const auto place = std::make_unique<io::PlaceMemory>();
  run([&](auto& team) { io::place_cells(team, text, *place); });
  const auto memory = std::make_unique<io::TextTileMemory>();
  for (std::int64_t t = 0; t < count; ++t) {
    run([&](auto& team) { io::parse_cells<std::int16_t>(team, text, t, *memory); });
  }
  run([&](auto& team) { io::choose_way(team, text); });
  for (std::int64_t t = 0; t < count; ++t) {
    run([&](auto& team) { io::parse_cells<double>(team, text, t, *memory); });
  }
  const auto gaps = std::make_unique<io::GapMemory>();
  for (std::int64_t c = 0; c < text.kept; ++c) {
    run([&](auto& team) { io::finish_column(team, text, c, *gaps); });
  }

  parsed.refusal = outcome.refusal;
  parsed.rows = outcome.rows;
  parsed.way = outcome.way;
  if (outcome.refusal.status != io::TextStatus::kTaken) {
    parsed.refusal.at -= text.first;
    return parsed;
  }
  parsed.raw.resize(parsed.facts.size());
  for (std::size_t c = 0; c < parsed.facts.size(); ++c) {
    if (marks && parsed.facts[c].missing > 0 && parsed.facts[c].missing < parsed.rows) {
      store_gaps(parsed.gaps.data() + c * words, parsed.rows, parsed.raw[c]);
    }
    const auto behind = [&](const void* column, std::int64_t size) {
      const auto* const from = static_cast<const std::byte*>(column);
      return std::span(from + parsed.rows * size, static_cast<std::size_t>((parsed.stride - parsed.rows) * size));
    };
    for (const auto& rest : {behind(parsed.column(c).values, io::value_bytes(layout.fill)),
                             behind(parsed.column(c).doubles, sizeof(double))}) {
      if (std::any_of(rest.begin(), rest.end(), [](std::byte b) { return b != kUntouched; })) {
        parsed.refusal.status = static_cast<io::TextStatus>(-1);
      }
    }
  }
  return parsed;
}

/// Takes arrays, which are of the same length, by teams. Places behind the last sample stay as they were.
template <class Run = Serially>
TeamParsed take_arrays_by_teams(std::span<const SampleArray> arrays, io::GapFill fill, const Run& run = {}) {
  io::TeamText text;
  text.arrays = arrays.data();
  text.fill = fill;
  text.kept = static_cast<std::int32_t>(arrays.size());
  text.stride = arrays.front().n + 3;
  const auto places = arrays.size() * static_cast<std::size_t>(text.stride);
  const auto words = static_cast<std::size_t>(io::gap_words(text.stride));
  TeamParsed parsed;
  parsed.stride = text.stride;
  parsed.fill = fill;
  parsed.facts.resize(arrays.size());
  parsed.values.resize(places * static_cast<std::size_t>(io::value_bytes(fill)));
  parsed.doubles.resize(places);
  parsed.gaps.resize(fill == io::GapFill::kLeftOut ? arrays.size() * words : 0);
  io::TextRows outcome;
  text.values = parsed.values.data();
  text.doubles = parsed.doubles.data();
  text.gaps = parsed.gaps.data();
  text.outcome = &outcome;
  text.facts = parsed.facts.data();
  const auto memory = std::make_unique<io::GapMemory>();
  for (std::int64_t c = 0; c < text.kept; ++c) {
    run([&](auto& team) { io::take_array(team, text, c, *memory); });
  }
  parsed.refusal = outcome.refusal;
  parsed.rows = outcome.rows;
  parsed.way = outcome.way;
  parsed.raw.resize(arrays.size());
  for (std::size_t c = 0; c < arrays.size(); ++c) {
    if (fill == io::GapFill::kLeftOut && parsed.facts[c].missing > 0 && parsed.facts[c].missing < parsed.rows) {
      store_gaps(parsed.gaps.data() + c * words, parsed.rows, parsed.raw[c]);
    }
  }
  return parsed;
}

/// True for what a team's lane must read: `-?[0-9]*(\.[0-9]*)?([eE][+-]?[0-9]+)?` with a digit before the exponent, and
/// no more digits than it reads exactly.
[[nodiscard]] inline bool is_team_cell(std::string_view cell) {
  if (cell.empty()) {
    return true;
  }
  cell.remove_prefix(cell.front() == '-' ? 1 : 0);
  std::string digits(cell);
  long exponent = 0;
  const std::size_t e = digits.find_first_of("eE");
  if (e != std::string::npos) {
    std::string power = digits.substr(e + 1);
    const bool negative = !power.empty() && power.front() == '-';
    power.erase(0, negative || (!power.empty() && power.front() == '+') ? 1 : 0);
    if (power.empty() || power.size() > 4 || power.find_first_not_of("0123456789") != std::string::npos) {
      return false;  // of longer ones some are read
    }
    exponent = std::stol(power) * (negative ? -1 : 1);
    digits.erase(e);
  }
  const std::size_t point = digits.find('.');
  std::size_t fraction = 0;
  if (point != std::string::npos) {
    digits.erase(point, 1);
  }
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) {
    return false;
  }
  if (point != std::string::npos) {
    while (digits.size() > point && digits.back() == '0') {
      digits.pop_back();
    }
    fraction = digits.size() - point;
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  // The largest integer that any last digit leaves within 64 bits.
  const std::string most = "18446744073709551609";
  const long scale = static_cast<long>(fraction) - exponent;
  return fraction <= 27 && (digits.size() < most.size() || (digits.size() == most.size() && digits <= most)) &&
         (digits.empty() || (scale >= 0 && scale <= 27) || (scale < 0 && scale >= -22 && digits.size() <= 15));
}

/// The cell that begins at `at`, without the carriage return of its line's end.
[[nodiscard]] inline std::string_view cell_at(std::string_view body, std::size_t at, char delimiter) {
  std::string_view cell = body.substr(at, std::min(body.find(delimiter, at), body.find('\n', at)) - at);
  if (!cell.empty() && cell.back() == '\r' && body[at + cell.size()] == '\n') {
    cell.remove_suffix(1);
  }
  return cell;
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
