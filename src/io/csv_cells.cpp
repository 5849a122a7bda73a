#include "io/csv_cells.hpp"

namespace pumice::io {

Cell CellScanner::next() {
  skip_blanks();
  if (p_ != last_ && *p_ == '"') {
    return next_quoted();
  }
  const char* const first = p_;
  while (p_ != last_ && *p_ != delimiter_ && *p_ != '\n' && *p_ != '\r' && !(delimiter_ == ' ' && is_blank(*p_))) {
    ++p_;
  }
  const char* behind = p_;
  while (behind != first && is_blank(behind[-1])) {
    --behind;
  }
  const std::string_view text(first, static_cast<std::size_t>(behind - first));
  return {text, finish_cell(), false};
}

Cell CellScanner::next_quoted() {
  const char* const first = ++p_;
  bool escaped = false;
  while (true) {
    while (p_ != last_ && *p_ != '"') {
      line_ += *p_ == '\n' ? 1 : 0;
      ++p_;
    }
    if (p_ == last_) {
      return {{first, static_cast<std::size_t>(p_ - first)}, CellEnd::kOpenQuote, true};
    }
    if (p_ + 1 == last_ || p_[1] != '"') {
      break;
    }
    escaped = true;
    p_ += 2;
  }
  std::string_view text(first, static_cast<std::size_t>(p_ - first));
  ++p_;
  if (escaped) {
    unescaped_.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
      unescaped_ += text[i];
      i += text[i] == '"' ? 1 : 0;
    }
    text = unescaped_;
  }
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  if (delimiter_ != ' ') {
    skip_blanks();
  }
  return {text, finish_cell(), true};
}

std::int64_t CellScanner::skip_row() {
  std::int64_t cells = 0;
  while (true) {
    const CellEnd end = next().end;
    ++cells;
    if (end != CellEnd::kDelimiter) {
      return cells;
    }
  }
}

void CellScanner::skip_blank_lines() {
  while (p_ != last_) {
    const char* const before = p_;
    skip_blanks();
    if (p_ != last_ && *p_ != '\n' && *p_ != '\r') {
      p_ = before;
      return;
    }
    static_cast<void>(finish_cell());
  }
}

std::vector<std::vector<std::string>> split_rows(std::string_view text, char delimiter, int limit) {
  std::vector<std::vector<std::string>> rows;
  CellScanner scanner(text, delimiter);
  scanner.skip_blank_lines();
  while (!scanner.at_end() && static_cast<int>(rows.size()) < limit) {
    std::vector<std::string> row;
    CellEnd end = CellEnd::kDelimiter;
    while (end == CellEnd::kDelimiter) {
      const Cell cell = scanner.next();
      row.emplace_back(cell.text);
      end = cell.end;
    }
    if (end == CellEnd::kStray || end == CellEnd::kOpenQuote) {
      break;
    }
    rows.push_back(std::move(row));
    scanner.skip_blank_lines();
  }
  return rows;
}

}  // namespace pumice::io
