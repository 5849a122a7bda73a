/// Numbers and missing words in text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pumice/samples.hpp"

namespace pumice::io {

/// The number that the whole of `text` is, rounded as strtod does; a leading `+` may stand. Words for infinity give
/// +-inf, those for NaN NaN. No value: it is no number. Never allocates, never throws.
[[nodiscard]] std::optional<double> parse_number(std::string_view text, char decimal);

/// The words that mean "missing".
class MissingWords {
 public:
  explicit MissingWords(const std::vector<std::string>& more = {});
  /// Empty, NaN, NA, N/A, null, None or one of the words given, in any case.
  [[nodiscard]] bool is_missing_word(std::string_view text) const;
  /// True for values that a word given stands for: "-999" means -999.0 too.
  [[nodiscard]] bool is_missing_value(double value) const;
  [[nodiscard]] bool has_values() const { return !values_.empty(); }
  /// Makes samples of such values missing. `column`: int16 or doubles.
  void blank_values(ColumnBuffer& column) const;

 private:
  std::vector<std::string> words_;  ///< in lower case
  std::vector<double> values_;
};

[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace pumice::io
