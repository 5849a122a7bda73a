#include "io/csv_number.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>

#include "pumice/samples.hpp"

namespace pumice::io {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_any_case(std::string_view text, std::string_view lower_word) {
  return text.size() == lower_word.size() &&
         std::equal(text.begin(), text.end(), lower_word.begin(), [](char a, char b) { return lower(a) == b; });
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::optional<double> parse_number(std::string_view text, char decimal) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') {
      return {};
    }
  }
  if (text.empty()) {
    return {};
  }
  double value = 0;
  const fast_float::parse_options options(fast_float::chars_format::general, decimal);
  const auto result = fast_float::from_chars_advanced(text.data(), text.data() + text.size(), value, options);
  // Out of range is still a number: strtod gives infinity or zero, and so does fast_float.
  if (result.ptr != text.data() + text.size() ||
      (result.ec != std::errc() && result.ec != std::errc::result_out_of_range)) {
    return {};
  }
  return value;
}

MissingWords::MissingWords(const std::vector<std::string>& more) {
  for (const std::string& word : more) {
    words_.push_back(lower_case(word));
    if (const auto value = parse_number(word, '.')) {
      values_.push_back(*value);
    }
  }
}

bool MissingWords::is_missing_word(std::string_view text) const {
  if (text.empty()) {
    return true;
  }
  for (const std::string_view word : {"nan", "na", "null", "none", "n/a"}) {
    if (equals_any_case(text, word)) {
      return true;
    }
  }
  return std::any_of(words_.begin(), words_.end(),
                     [&](const std::string& word) { return equals_any_case(text, word); });
}

bool MissingWords::is_missing_value(double value) const {
  return std::find(values_.begin(), values_.end(), value) != values_.end();
}

void MissingWords::blank_values(ColumnBuffer& column) const {
  const ColumnView view = column.view();
  visit_type(view.type, [&](auto zero) {
    using T = decltype(zero);
    T* const x = column.as<T>();
    for (const double value : values_) {
      // Compared as doubles, for not every value is one of T.
      std::transform(x, x + view.n, x,
                     [value](T sample) { return static_cast<double>(sample) == value ? kMissing<T> : sample; });
    }
  });
}

}  // namespace pumice::io
