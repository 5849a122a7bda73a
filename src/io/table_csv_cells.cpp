#include "io/table_csv_cells.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "pumice/error.hpp"

namespace pumice {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

std::string TextCell::text() const {
  std::string result(raw);
  if (doubled) {
    for (std::size_t i = result.find("\"\""); i != std::string::npos; i = result.find("\"\"", i + 1)) {
      result.erase(i, 1);
    }
  }
  return result;
}

TextRows::TextRows(std::string path, std::string_view text, char delimiter)
    : path_(std::move(path)), text_(text), delimiter_(delimiter) {}

void TextRows::skip_line_end() {
  if (place_ < text_.size() && text_[place_] == '\r') {
    ++place_;
  }
  if (place_ < text_.size() && text_[place_] == '\n') {
    ++place_;
  }
  ++line_;
}

TextCell TextRows::quoted_cell() {
  const std::size_t start = ++place_;
  bool doubled = false;
  for (;; place_ += 2) {
    const std::size_t quote = text_.find('"', place_);
    if (quote == std::string_view::npos) {
      throw InputError(
          {.path = path_, .reason = "a quoted cell does not end", .row = row_line_, .column = {}, .byte = {}});
    }
    place_ = quote;
    if (quote + 1 >= text_.size() || text_[quote + 1] != '"') {
      break;
    }
    doubled = true;
  }
  const std::string_view raw = text_.substr(start, place_ - start);
  line_ += std::count(raw.begin(), raw.end(), '\n');
  ++place_;
  while (place_ < text_.size() && is_space(text_[place_]) && text_[place_] != delimiter_) {
    ++place_;
  }
  if (place_ < text_.size() && text_[place_] != delimiter_ && text_[place_] != '\r' && text_[place_] != '\n') {
    throw InputError({.path = path_,
                      .reason = "text stands after the closing quote of a cell",
                      .row = row_line_,
                      .column = {},
                      .byte = {}});
  }
  return {raw, true, doubled};
}

TextCell TextRows::plain_cell() {
  const char ends[] = {delimiter_, '\r', '\n'};
  const std::size_t end = std::min(text_.find_first_of(std::string_view(ends, sizeof ends), place_), text_.size());
  const std::string_view raw = trimmed(text_.substr(place_, end - place_));
  place_ = end;
  return {raw, false, false};
}

bool TextRows::next(std::vector<TextCell>& cells) {
  cells.clear();
  while (place_ < text_.size() && (text_[place_] == '\n' || text_[place_] == '\r')) {
    skip_line_end();
  }
  if (place_ >= text_.size()) {
    return false;
  }
  row_line_ = line_;
  for (;;) {
    std::size_t first = place_;
    while (first < text_.size() && is_space(text_[first]) && text_[first] != delimiter_) {
      ++first;
    }
    const bool quoted = first < text_.size() && text_[first] == '"';
    place_ = quoted ? first : place_;
    cells.push_back(quoted ? quoted_cell() : plain_cell());
    if (place_ >= text_.size() || text_[place_] != delimiter_) {
      break;
    }
    ++place_;
  }
  if (place_ < text_.size()) {
    skip_line_end();
  }
  return true;
}

char detect_delimiter(std::string_view text) {
  constexpr std::array kDelimiters{',', ';', '\t'};
  std::array<int, kDelimiters.size()> counts{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    }
    if (!quoted && c == '\n') {
      break;
    }
    const auto* found = std::find(kDelimiters.begin(), kDelimiters.end(), c);
    if (!quoted && found != kDelimiters.end()) {
      ++counts[static_cast<std::size_t>(found - kDelimiters.begin())];
    }
  }
  const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
  return kDelimiters[static_cast<std::size_t>(most)];
}

}  // namespace pumice
