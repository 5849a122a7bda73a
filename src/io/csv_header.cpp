#include "io/csv_header.hpp"

#include <fmt/format.h>

#include <unordered_set>

namespace pumice::io {

std::vector<std::string> column_names(const std::vector<std::string>& first_row, bool header) {
  std::vector<std::string> names;
  names.reserve(first_row.size());
  for (std::size_t c = 0; c < first_row.size(); ++c) {
    if (header && !first_row[c].empty()) {
      names.push_back(first_row[c]);
    } else {
      // pandas writes its index under an empty name, and reads it back under this one.
      names.push_back(header && c == 0 && first_row.size() > 1 ? "Unnamed: 0" : fmt::format("column_{}", c + 1));
    }
  }
  return names;
}

std::optional<std::string> repeated_name(const std::vector<std::string>& names) {
  std::unordered_set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      return name;
    }
  }
  return {};
}

std::string list_names(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 8;
  if (names.size() <= kMost) {
    return fmt::format("{}", fmt::join(names, ", "));
  }
  return fmt::format("{}, .. ({} in all)", fmt::join(names.begin(), names.begin() + kMost, ", "), names.size());
}

}  // namespace pumice::io
