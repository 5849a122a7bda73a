/// Fuzzing of the CSV decoder: what a fast way makes of a text must be what the general parser makes of it, to the bit,
/// and what the general parser makes of a number must be what strtod does. The teams that parse texts on a GPU, played
/// by one thread here, take the texts that the fast way takes but for numbers that it reads singly, and must make the
/// same of them, whichever way they try first.
///
/// An input is a body of rows and, in its last bytes, how to write and read it (tests/fuzz/csv_case.hpp).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/parsed_columns.hpp"
#include "fuzz/csv_case.hpp"
#include "io/csv_decimal_cell.hpp"
#include "io/csv_decode.hpp"
#include "io/csv_number.hpp"
#include "io/decompress.hpp"
#include "pumice/prepare.hpp"
#include "support/team_text.hpp"

namespace pumice::fuzz {
namespace {

[[noreturn]] void fail(const std::string& what, const CsvCase& test, const std::string& detail) {
  std::fprintf(stderr, "%s: %s\n%s\n", what.c_str(), detail.c_str(), test.describe().c_str());
  std::abort();
}

struct Outcome {
  std::string problem;
  DecodedRecording recording;
};

/// Decodes a copy of `text` in a block of exactly its size, between paddings full of `padding`, so that a sanitizer
/// sees each byte that is read too far, and a difference each one that is minded.
Outcome decode(io::CsvDecoder& decoder, std::string_view text, char padding, const CsvCase& test) {
  const std::size_t size = text.size() + 2 * io::kTextPadding;
  const std::unique_ptr<char[]> block(new char[size]);
  std::memset(block.get(), padding, size);
  char* const copy = block.get() + io::kTextPadding;
  std::memcpy(copy, text.data(), text.size());
  Outcome outcome;
  if (const auto problem = decoder.decode({copy, text.size()}, outcome.recording)) {
    outcome.problem = problem->message() + (problem->other_table ? " (another table)" : "");
  }
  if (std::string_view(copy, text.size()) != text) {
    fail("the text was changed", test, std::string(copy, text.size()));
  }
  return outcome;
}

void expect_same_column(const ColumnView& a, const ColumnView& b, std::size_t column, const std::string& who,
                        const CsvCase& test) {
  const std::string where = "column " + std::to_string(column);
  if (a.type != b.type || a.n != b.n) {
    fail(who + " disagrees in type or length", test, where);
  }
  const std::size_t size = sample_size(a.type);
  for (std::int64_t i = 0; i < a.n; ++i) {
    const std::size_t at = static_cast<std::size_t>(i) * size;
    if (std::memcmp(a.as<char>() + at, b.as<char>() + at, size) != 0) {
      fail(who + " disagrees in a value", test, where + ", row " + std::to_string(i));
    }
  }
}

void expect_same(const Outcome& general, const Outcome& other, const std::string& who, const CsvCase& test) {
  if (general.problem != other.problem) {
    fail(who + " disagrees in the problem", test, "`" + general.problem + "` against `" + other.problem + "`");
  }
  if (!general.problem.empty()) {
    return;
  }
  const DecodedRecording& a = general.recording;
  const DecodedRecording& b = other.recording;
  if (a.n != b.n || a.has_infinities != b.has_infinities || a.text_bytes != b.text_bytes ||
      a.channels.size() != b.channels.size()) {
    fail(who + " disagrees in rows, infinities, bytes or channels", test,
         std::to_string(a.n) + " rows against " + std::to_string(b.n));
  }
  for (std::size_t c = 0; c < a.channels.size(); ++c) {
    expect_same_column(a.channels[c].view(), b.channels[c].view(), c, who, test);
  }
}

io::CsvDecoder decoder_of(const CsvCase& test) {
  io::CsvDecoder decoder(test.shape(), test.wanted(), test.format(), test.others());
  decoder.require_rate(test.required_rate());
  return decoder;
}

/// True where the fast way takes the rows, whose every cell has to be a number or empty.
template <class T>
bool is_plain(const io::PlainText& rows, std::size_t channels) {
  std::vector<ColumnBuffer> columns(channels);
  io::PlainParser<T> parser;
  return parser.parse(io::csv_kernels(io::usable_csv_targets()), rows, columns).has_value();
}

/// Nothing but a cell that teams do not read may keep a text from them that the fast way takes.
void judge_refusal(const io::TextRefusal& refusal, const io::PlainText& rows, std::size_t channels,
                   const CsvCase& test) {
  const auto size = static_cast<std::int64_t>(rows.body.size());
  if (refusal.at < 0 || refusal.at > size || static_cast<int>(refusal.status) < 0) {
    fail("teams refused a text at no place of it, or wrote behind the columns", test, std::to_string(refusal.at));
  }
  const bool is_cell = refusal.status == io::TextStatus::kCell;
  const std::string_view cell =
      is_cell ? pumice::test::cell_at(rows.body, static_cast<std::size_t>(refusal.at), rows.delimiter) : "";
  const bool is_long = cell.size() > static_cast<std::size_t>(io::kLongestTeamCell);
  if (!is_long && ((is_cell && pumice::test::is_team_cell(cell)) || is_plain<std::int16_t>(rows, channels) ||
                   (!is_cell && is_plain<double>(rows, channels)))) {
    fail("teams refused what the fast way takes", test, std::to_string(refusal.at));
  }
}

/// A column as teams prepared it, and as the host prepares what the general parser made of it.
void expect_same_prepared(const PreparedChannel& a, const PreparedChannel& b, std::size_t column, const CsvCase& test) {
  expect_same_column(b.valid, a.valid, column, "a team, valid samples,", test);
  expect_same_column(b.time_axis, a.time_axis, column, "a team, time axis,", test);
  bool same = a.intake.n == b.intake.n && a.intake.n_valid == b.intake.n_valid &&
              a.intake.longest_gap == b.intake.longest_gap && a.intake.is_constant == b.intake.is_constant &&
              a.low == b.low && a.high == b.high && a.raw.n == b.raw.n;
  for (std::int64_t i = 0; same && i < a.raw.n; ++i) {
    same = leaves_out_block(a.raw, i, 1) == leaves_out_block(b.raw, i, 1);
  }
  if (!same) {
    fail("a team disagrees in what it knows of a column", test, std::to_string(column));
  }
}

/// What the teams take, and what the fast way takes, must be the same, as must its values, under one of the policies.
void compare_teams(const std::string& text, const Outcome& general, const CsvCase& test) {
  std::string padded = std::string(io::kTextPadding, test.padding()) + text + std::string(io::kTextPadding, ' ');
  io::CsvDecoder decoder = decoder_of(test);
  const auto rows = decoder.find_rows({padded.data() + io::kTextPadding, text.size()});
  if (!rows) {
    return;
  }
  const std::vector<std::int32_t> target(rows->target.begin(), rows->target.end());
  const std::size_t channels = test.wanted().size();
  constexpr std::array kPolicies{MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                 MissingPolicy::kInterpolate, MissingPolicy::kNan};
  Plan plan;
  plan.missing = kPolicies[text.size() % kPolicies.size()];
  for (const io::TextWay way : {io::TextWay::kIntegers, io::TextWay::kDecimals}) {
    const pumice::test::TeamParsed parsed = pumice::test::parse_by_teams(rows->body, target,
                                                                         {.delimiter = rows->delimiter,
                                                                          .shift = text.size() % 8,
                                                                          .padding = test.padding(),
                                                                          .fill = gap_fill(plan.missing),
                                                                          .way = way});
    if (parsed.refusal.status != io::TextStatus::kTaken) {
      judge_refusal(parsed.refusal, *rows, channels, test);
      continue;
    }
    if (!general.problem.empty() || general.recording.n != parsed.rows || general.recording.has_infinities) {
      fail("teams took what the general parser did not", test, general.problem);
    }
    if (way == io::TextWay::kIntegers && (parsed.way == way) != is_plain<std::int16_t>(*rows, channels)) {
      fail("teams took another way than the fast way", test, "");
    }
    std::vector<ColumnView> columns;
    for (const ColumnBuffer& column : general.recording.channels) {
      columns.push_back(column.view());
    }
    Preparer preparer;
    const PreparedSegment expected = preparer.prepare(plan, columns);
    for (std::size_t c = 0; c < channels; ++c) {
      expect_same_prepared(prepare_parsed(plan.missing, parsed.column(c), parsed.facts[c]), expected.channels[c], c,
                           test);
    }
  }
}

void compare_ways(const CsvCase& test) {
  const std::string text = test.text();
  io::CsvDecoder slow = decoder_of(test);
  slow.allow_fast_path(false);
  const Outcome general = decode(slow, text, '\0', test);
  if (slow.last_path() != io::CsvPath::kGeneral) {
    fail("the general parser was not taken", test, "");
  }
  for (std::int64_t targets = io::usable_csv_targets(); targets != 0; targets &= targets - 1) {
    const std::string who = "the fast way, target " + std::to_string(targets & -targets);
    io::CsvDecoder decoder = decoder_of(test);
    decoder.use_targets(targets & -targets);
    expect_same(general, decode(decoder, text, '\0', test), who, test);
    // What lies behind the text and what the decoder remembers of other texts must not matter.
    (void)decode(decoder, test.other_text(), ',', test);
    expect_same(general, decode(decoder, text, test.padding(), test), who + ", used before,", test);
  }
  compare_teams(text, general, test);
}

/// A number as strtod and the header's grammar know it: `[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?`.
bool is_plain_number(std::string_view cell) {
  std::size_t at = !cell.empty() && (cell[0] == '-' || cell[0] == '+') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < cell.size() && cell[at] >= '0' && cell[at] <= '9') {
      ++at;
    }
    return at > first;
  };
  if (!digits()) {
    return false;
  }
  if (at < cell.size() && cell[at] == '.') {
    ++at;
    (void)digits();
  }
  if (at < cell.size() && (cell[at] == 'e' || cell[at] == 'E')) {
    ++at;
    at += at < cell.size() && (cell[at] == '-' || cell[at] == '+') ? 1 : 0;
    return digits() && at == cell.size();
  }
  return at == cell.size();
}

/// The reader of single cells, which all targets share, takes what parse_number takes but infinities.
void compare_cell_reader(const std::string& cell, const CsvCase& test) {
  // Exactly the bytes that it may read.
  constexpr std::size_t kBefore = 24;
  constexpr std::size_t kBehind = 8;
  const std::unique_ptr<char[]> block(new char[kBefore + cell.size() + kBehind]);
  std::memset(block.get(), test.padding(), kBefore + cell.size() + kBehind);
  const char* const first = std::copy(cell.begin(), cell.end(), block.get() + kBefore) - cell.size();
  double value = 0;
  const bool taken = io::read_decimal_cell(first, first + cell.size(), value);
  const std::optional<double> parsed = cell.empty() ? kMissing<double> : io::parse_number(cell, '.');
  const bool expected = cell.empty() || (parsed && std::isfinite(*parsed));
  const double normal = parsed.value_or(0) + 0.0;
  if (taken != expected || (taken && std::memcmp(&value, &normal, sizeof value) != 0)) {
    fail("read_decimal_cell is not parse_number", test, cell);
  }
}

/// Every number among the body's cells is read as strtod reads it.
void compare_numbers(const CsvCase& test) {
  std::string_view rest = test.body();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(",;|\t \r\n"), rest.size());
    const std::string cell(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    compare_cell_reader(cell, test);
    if (!is_plain_number(cell)) {
      continue;
    }
    const double expected = std::strtod(cell.c_str(), nullptr);
    const auto parsed = io::parse_number(cell, '.');
    if (!parsed || *parsed != expected) {
      fail("parse_number is not strtod", test, cell);
    }
    io::CellScanner scanner(cell, ',');
    double plain = 0;
    io::CellEnd cell_end = io::CellEnd::kText;
    if (scanner.next_plain_number('.', plain, cell_end) && plain != expected) {
      fail("next_plain_number is not strtod", test, cell);
    }
  }
}

}  // namespace
}  // namespace pumice::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const pumice::fuzz::CsvCase test({reinterpret_cast<const char*>(data), size});
  pumice::fuzz::compare_ways(test);
  pumice::fuzz::compare_numbers(test);
  return 0;
}
