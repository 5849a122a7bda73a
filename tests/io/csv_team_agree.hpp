/// Texts for teams, and whether these make of them what PlainParser makes of them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/narrow.hpp"
#include "io/csv_plain_text.hpp"
#include "support/team_text.hpp"

namespace pumice::io {

/// The columns that PlainParser makes of a text, each in the narrowest type; none where it refuses it.
struct Plain {
  bool taken = false;
  bool integers = false;  ///< as PlainParser<std::int16_t>
  std::int64_t rows = 0;
  std::vector<ColumnBuffer> columns;
};

inline Plain parse_as_the_cpu(std::string_view body, std::size_t columns, const test::TeamTextLayout& layout,
                              const std::vector<bool>& passed_over) {
  const std::int64_t target = single_targets().back();
  PlainParser<std::int16_t> integers;
  PlainParser<double> decimals;
  const auto as_integers = parse_plain(integers, body, columns, target, layout.delimiter, passed_over, layout.padding);
  const auto as_decimals = parse_plain(decimals, body, columns, target, layout.delimiter, passed_over, layout.padding);
  Plain plain{.taken = as_decimals.taken, .integers = as_integers.taken, .rows = as_decimals.rows, .columns = {}};
  for (const std::vector<double>& column : as_decimals.columns) {
    const ColumnView view{column.data(), SampleType::kFloat64, plain.rows};
    store_as(view, narrowest_type(view), plain.columns.emplace_back());
  }
  return plain;
}

inline bool same_column(const ColumnView& a, const ColumnView& b) {
  return a.type == b.type && a.n == b.n &&
         std::memcmp(a.data, b.data, static_cast<std::size_t>(a.n) * sample_size(a.type)) == 0;
}

/// Teams and PlainParser take the same texts and store the same values, whichever way is tried first; true where they
/// do so. What teams refuse alone has to be a cell that they do not read.
template <class Run = test::Serially>
[[nodiscard]] testing::AssertionResult agree(std::string_view body, std::size_t columns,
                                             const test::TeamTextLayout& layout = {},
                                             const std::vector<bool>& passed_over = {}, const Run& run = {}) {
  const Plain expected = parse_as_the_cpu(body, columns, layout, passed_over);
  for (const TextWay way : {TextWay::kIntegers, TextWay::kDecimals}) {
    test::TeamTextLayout own = layout;
    own.way = way;
    const test::TeamParsed parsed = test::parse_by_teams(body, test::targets_of(columns, passed_over), own, run);
    if (parsed.refusal.status != TextStatus::kTaken) {
      const auto size = static_cast<std::int64_t>(body.size());
      if (parsed.refusal.at < 0 || parsed.refusal.at > size || static_cast<int>(parsed.refusal.status) < 0) {
        return testing::AssertionFailure() << "refused at " << parsed.refusal.at << " of " << size;
      }
      const bool is_cell = parsed.refusal.status == TextStatus::kCell;
      const std::string_view cell =
          is_cell ? test::cell_at(body, static_cast<std::size_t>(parsed.refusal.at), layout.delimiter) : "";
      if (expected.integers ||
          (expected.taken && (!is_cell || (test::is_team_cell(cell) && cell.size() <= kLongestTeamCell)))) {
        return testing::AssertionFailure() << "taken by PlainParser alone; refusal "
                                           << static_cast<int>(parsed.refusal.status) << " at " << parsed.refusal.at;
      }
      continue;
    }
    if (!expected.taken || parsed.rows != expected.rows) {
      return testing::AssertionFailure() << parsed.rows << " rows, " << expected.rows << " by PlainParser";
    }
    if (way == TextWay::kIntegers && (parsed.way == TextWay::kIntegers) != expected.integers) {
      return testing::AssertionFailure() << "the way is another than PlainParser's";
    }
    for (std::size_t c = 0; c < expected.columns.size(); ++c) {
      if (!same_column(parsed.view(c), expected.columns[c].view())) {
        return testing::AssertionFailure() << "column " << c << " is another";
      }
    }
  }
  return testing::AssertionSuccess();
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  /// Of 16 cells, so many are decimals or large.
  int decimals = 0;

  std::string cell() {
    if (below(5) == 0) {
      return {};
    }
    if (below(16) < decimals) {
      return decimal();
    }
    const std::string point = below(2) == 0 ? ".0" : below(4) == 0 ? ".000" : below(8) == 0 ? "." : "";
    const std::string zeros(below(16) == 0 ? static_cast<std::size_t>(below(12)) : 0, '0');
    return (below(2) == 0 ? "-" : "") + zeros + std::to_string(below(below(2) == 0 ? 32768 : 100)) + point;
  }
  std::string decimal() {
    std::string digits;
    const bool is_read = below(3000) != 0;
    for (int rest = is_read ? 1 + below(below(3) == 0 ? 19 : 9) : 21; rest > 0; --rest) {
      digits += static_cast<char>('0' + (below(9) == 0 ? 0 : below(10)));
    }
    if (below(8) != 0) {
      digits.insert(static_cast<std::size_t>(below(static_cast<int>(digits.size()) + 1)), ".");
    }
    if (below(64) == 0 && digits.front() != '.') {
      digits += (below(2) == 0 ? "e-0" : "E") + std::to_string(below(9));
    }
    return (below(2) == 0 ? "-" : "") + digits;
  }
  std::string rows(int count, int columns, const std::string& line_end, char delimiter) {
    std::string text;
    for (int r = 0; r < count; ++r) {
      for (int c = 0; c < columns; ++c) {
        text += (c == 0 ? "" : std::string(1, delimiter)) + cell();
      }
      text += line_end;
    }
    return text;
  }

 private:
  std::mt19937 engine_;
};

}  // namespace pumice::io
