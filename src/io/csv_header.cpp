#include "io/csv_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "core/printable_text.hpp"

namespace pumice::io {

std::vector<std::string> column_names(const std::vector<std::string>& first_row, bool header) {
  std::vector<std::string> names;
  names.reserve(first_row.size());
  for (std::size_t c = 0; c < first_row.size(); ++c) {
    if (header && !first_row[c].empty()) {
      names.push_back(printable_text(first_row[c]));
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

bool is_table_of_segments(const std::vector<std::string>& names) {
  return !names.empty() && names.front() == "segment_id";
}

bool is_other_table(const std::vector<std::string>& names, bool has_header, const FileShape& usual) {
  const std::unordered_set<std::string_view> channels(usual.channels.begin(), usual.channels.end());
  if (is_table_of_segments(names) && channels.count(names.front()) == 0) {
    return true;
  }
  const bool shares_a_channel =
      std::any_of(names.begin(), names.end(), [&](const std::string& name) { return channels.count(name) > 0; });
  if (!has_header || shares_a_channel) {
    return false;
  }
  // Among files without a header, one that has one may be a segment all the same.
  const std::size_t usual_columns = usual.channels.size() + (usual.time_column.empty() ? 0 : 1);
  return usual.has_header || names.size() != usual_columns;
}

}  // namespace pumice::io
