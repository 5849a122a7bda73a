#include "io/csv_decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/narrow.hpp"
#include "io/csv_detect.hpp"
#include "io/csv_header.hpp"
#include "io/decompress.hpp"

namespace pumice::io {
namespace {

InputProblem problem_of(std::string reason) {
  return {.path = {}, .reason = std::move(reason), .row = {}, .column = {}, .byte = {}};
}

/// The text without lines at its end that are empty or hold only spaces. Tabs may be cells.
std::string_view without_blank_end(std::string_view text) {
  std::size_t size = text.size();
  while (true) {
    std::size_t start = size;
    while (start > 0 && (text[start - 1] == ' ' || text[start - 1] == '\r')) {
      --start;
    }
    // text[start, size) is blank: drop it where it is a line of its own.
    if (start > 0 && text[start - 1] != '\n') {
      return text.substr(0, size);
    }
    if (start == 0) {
      return text.substr(0, 0);
    }
    const std::string_view before = text.substr(0, start - 1);
    const std::size_t line = before.find_last_of('\n') + 1;
    if (before.find_first_not_of(" \r", line) != std::string_view::npos) {
      return text.substr(0, start);
    }
    size = start - 1;
  }
}

std::vector<std::string> header_names(CellScanner& scanner, CellEnd& end) {
  std::vector<std::string> cells;
  end = CellEnd::kDelimiter;
  while (end == CellEnd::kDelimiter) {
    const Cell cell = scanner.next();
    cells.emplace_back(cell.text);
    end = cell.end;
  }
  return cells;
}

constexpr std::size_t kDetectionBytes = std::size_t{1} << 16;

}  // namespace

CsvDecoder::CsvDecoder(FileShape shape, std::vector<std::string> wanted, const TextFormat& format, OtherColumns others)
    : shape_(std::move(shape)),
      wanted_(std::move(wanted)),
      format_(format),
      dialect_{shape_.delimiter, shape_.decimal, shape_.has_header},
      missing_(format.missing_words) {
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    wanted_index_.emplace(wanted_[i], static_cast<int>(i));
  }
  if (others == OtherColumns::kRefuse && wanted_.size() == shape_.channels.size()) {
    known_.insert(wanted_.begin(), wanted_.end());
    if (!shape_.time_column.empty()) {
      known_.insert(shape_.time_column);
    }
  }
}

std::optional<InputProblem> CsvDecoder::decode(std::span<char> text, DecodedRecording& out) {
  std::string_view content = without_bom({text.data(), text.size()});
  out.text_bytes = static_cast<std::int64_t>(text.size());
  out.has_infinities = false;
  out.n = 0;
  content = without_blank_end(content);
  if (content.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return problem_of("is empty");
  }
  const char first = content.front();
  if (content.size() >= 2 && (content.substr(0, 2) == "\xff\xfe" || content.substr(0, 2) == "\xfe\xff" || first == 0)) {
    return problem_of("is UTF-16 or binary: pumice reads UTF-8 text");
  }
  auto problem = decode_as(content, dialect_, out);
  if (!problem) {
    return {};
  }
  // Perhaps this file is written in another way than the first ones.
  const bool whole = content.size() <= kDetectionBytes;
  const CsvDialect own = detect_dialect(whole_lines(content.substr(0, kDetectionBytes), whole), format_);
  if (own == dialect_) {
    return problem;
  }
  auto own_problem = decode_as(content, own, out);
  if (!own_problem) {
    return {};
  }
  if (dialect_.header && !own.header && problem->other_table) {
    return problem_of("has no row of column names, which the other files have");
  }
  return own.header && !dialect_.header && own_problem->other_table ? own_problem : problem;
}

std::optional<PlainText> CsvDecoder::find_rows(std::span<char> text) {
  const std::string_view content = without_blank_end(without_bom({text.data(), text.size()}));
  std::string_view body;
  std::int64_t body_line = 1;
  if (!is_fast(dialect_) || missing_.has_values() || content.find_first_not_of(" \t\r\n") == std::string_view::npos ||
      read_header(content, dialect_, body, body_line) || body.empty() || (required_rate_ > 0 && time_index_ >= 0)) {
    return {};
  }
  if (body.back() != '\n') {
    // Nothing was cut off behind it: this is the padding.
    text.data()[text.size()] = '\n';
    body = {body.data(), body.size() + 1};
  }
  return PlainText{.body = body, .delimiter = dialect_.delimiter, .target = target_, .first_line = body_line};
}

bool CsvDecoder::is_fast(const CsvDialect& dialect) const {
  return fast_allowed_ && is_plain_delimiter(dialect.delimiter) && dialect.decimal == '.' && !wanted_.empty();
}

std::optional<InputProblem> CsvDecoder::decode_as(std::string_view text, const CsvDialect& dialect,
                                                  DecodedRecording& out) {
  std::string_view body;
  std::int64_t body_line = 1;
  if (auto problem = read_header(text, dialect, body, body_line)) {
    return problem;
  }
  if (body.empty()) {
    return problem_of("has a header but no rows");
  }
  out.channels.resize(wanted_.size());
  std::optional<TimeCheck> times;
  const auto start_times = [&] {
    if (required_rate_ > 0 && time_index_ >= 0) {
      times.emplace(shape_.time_column, required_rate_, dialect.decimal);
    }
    return times ? &*times : nullptr;
  };
  if (is_fast(dialect)) {
    PlainText plain{.body = body,
                    .delimiter = dialect.delimiter,
                    .target = target_,
                    .missing = &missing_,
                    .times = nullptr,
                    .time_column = time_index_,
                    .first_line = body_line};
    const auto taken = [&](FastWay way) {
      plain.times = start_times();
      return decode_fast(plain, way, out);
    };
    // What is plain to the integers is plain to the decimals, which leave the same columns.
    if ((fast_way_ == FastWay::kIntegers && taken(FastWay::kIntegers)) || taken(FastWay::kDecimals)) {
      last_path_ = CsvPath::kFast;
      return times ? times->problem() : std::nullopt;
    }
  }
  last_path_ = CsvPath::kGeneral;
  const GeneralLayout layout{
      .dialect = dialect,
      .target = target_,
      .names = dialect.header ? std::span<const std::string>(names_) : std::span<const std::string>(),
      .first_line = body_line,
      .missing = &missing_,
      .times = start_times(),
      .time_column = time_index_};
  if (auto problem = parse_general(body, layout, static_cast<int>(wanted_.size()), table_)) {
    return problem;
  }
  if (times) {
    if (auto problem = times->problem()) {
      return problem;
    }
  }
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    store_narrowest(table_.columns[i], out.channels[i]);
  }
  out.n = table_.rows;
  out.has_infinities = table_.has_infinities;
  return {};
}

std::optional<InputProblem> CsvDecoder::read_header(std::string_view text, const CsvDialect& dialect,
                                                    std::string_view& body, std::int64_t& body_line) {
  // The CR that ended the last header may be half of this one's CRLF.
  const auto half_a_line_end = [&] {
    return header_bytes_.back() == '\r' && text.size() > header_bytes_.size() && text[header_bytes_.size()] == '\n';
  };
  if (dialect.header && header_dialect_ == dialect && text.substr(0, header_bytes_.size()) == header_bytes_ &&
      !half_a_line_end()) {
    body = text.substr(header_bytes_.size());
    body_line = 1 + header_lines_;
    return {};
  }
  header_dialect_.reset();
  CellScanner scanner(text, dialect.delimiter);
  if (dialect.header) {
    scanner.skip_blank_lines();
  }
  const std::int64_t line = scanner.line();
  CellEnd end = CellEnd::kText;
  names_ = column_names(header_names(scanner, end), dialect.header);
  if (end == CellEnd::kOpenQuote || end == CellEnd::kStray) {
    InputProblem problem =
        problem_of(end == CellEnd::kStray ? "has text after a closing quote" : "has a quote that is never closed");
    problem.row = line;
    return problem;
  }
  if (auto problem = map_columns(names_, dialect.header)) {
    return problem;
  }
  const auto header_size = static_cast<std::size_t>(scanner.position() - text.data());
  body = dialect.header ? text.substr(header_size) : text;
  body_line = dialect.header ? scanner.line() : 1;
  if (dialect.header && end == CellEnd::kLine) {
    header_bytes_.assign(text.substr(0, header_size));
    header_lines_ = scanner.line() - 1;
    header_dialect_ = dialect;
  }
  return {};
}

std::optional<InputProblem> CsvDecoder::map_columns(const std::vector<std::string>& names, bool has_header) {
  if (const auto twice = repeated_name(names)) {
    return problem_of(fmt::format("has two columns named `{}`", *twice));
  }
  target_.assign(names.size(), -1);
  time_index_ = -1;
  std::vector<bool> found(wanted_.size(), false);
  std::vector<std::string> unknown;
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto wanted = wanted_index_.find(names[c]);
    if (wanted != wanted_index_.end()) {
      target_[c] = wanted->second;
      found[static_cast<std::size_t>(wanted->second)] = true;
    } else if (!known_.empty() && known_.count(names[c]) == 0) {
      unknown.push_back(names[c]);
    }
    if (target_[c] < 0 && names[c] == shape_.time_column) {
      time_index_ = static_cast<int>(c);
    }
  }
  std::vector<std::string> absent;
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    if (!found[i]) {
      absent.push_back(wanted_[i]);
    }
  }
  if (!absent.empty() && is_other_table(names, has_header, shape_)) {
    InputProblem problem = problem_of(fmt::format("has none of the channels: its columns are {}", list_names(names)));
    problem.other_table = true;
    return problem;
  }
  if (!absent.empty()) {
    return problem_of(fmt::format("has no column{} {}", absent.size() == 1 ? "" : "s", list_names(absent)));
  }
  if (!unknown.empty()) {
    return problem_of(fmt::format("has column{} {}, which the other files do not have", unknown.size() == 1 ? "" : "s",
                                  list_names(unknown)));
  }
  return {};
}

bool CsvDecoder::decode_fast(PlainText text, FastWay way, DecodedRecording& out) {
  // The last row is given its line feed in the padding, or in the blank end that was cut off, for as long as it takes.
  char* const last = const_cast<char*>(text.body.data() + text.body.size());
  const bool lacks_line_feed = text.body.back() != '\n';
  const char behind = *last;
  if (lacks_line_feed) {
    *last = '\n';
    text.body = {text.body.data(), text.body.size() + 1};
  }
  const std::optional<std::int64_t> rows = way == FastWay::kIntegers ? integers_.parse(kernels_, text, out.channels)
                                                                     : decimals_.parse(kernels_, text, out.channels);
  *last = behind;
  out.n = rows.value_or(0);
  if (!rows) {
    return false;
  }
  for (ColumnBuffer& column : out.channels) {
    missing_.blank_values(column);
  }
  if (way == FastWay::kDecimals) {
    // A word such as -99999 keeps a text from being integers, and is gone from the columns.
    fast_way_ = narrow(out) && !missing_.has_values() ? FastWay::kIntegers : FastWay::kDecimals;
  }
  return true;
}

bool CsvDecoder::narrow(DecodedRecording& out) {
  bool all_int16 = true;
  for (ColumnBuffer& column : out.channels) {
    const SampleType type = narrowest_type(column.view());
    all_int16 = all_int16 && type == SampleType::kInt16;
    if (type != SampleType::kFloat64) {
      // Room for doubles, so that whichever column gets this memory next need not ask for more.
      spare_.reset(SampleType::kFloat64, out.n);
      store_as(column.view(), type, spare_);
      std::swap(column, spare_);
    }
  }
  return all_int16;
}

}  // namespace pumice::io
