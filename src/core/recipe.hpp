/// How a table was made, as its metadata says: what `--like` takes over, and where `compare` looks for a cause.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pumice/extract.hpp"
#include "pumice/plan.hpp"
#include "pumice/table.hpp"

namespace pumice {

struct Recipe {
  std::string version;                ///< pumice's
  std::vector<std::string> features;  ///< exact column names in the default naming, in the order of the columns
  std::vector<std::string> channels;
  MissingPolicy missing = MissingPolicy::kSkip;
  Precision precision = Precision::kFloat;
  double sample_rate = 0;   ///< Hz; 0: was not known
  std::vector<Band> bands;  ///< empty: the catalogue's
  WelchSettings welch;
  Naming names = Naming::kDefault;
  Layout layout = Layout::kWide;
  std::optional<WindowLength> window;
  std::optional<WindowLength> hop;
  std::string device;  ///< "cpu", "cuda:0"
};

/// `pumice.version`, `pumice.features`, `pumice.missing` ..: JSON values. Nothing that differs between two runs with
/// the same options.
[[nodiscard]] std::map<std::string, std::string> to_metadata(const Recipe& recipe);
/// The recipe of a table, or none where pumice did not make it. Throws UsageError where it cannot be understood.
[[nodiscard]] std::optional<Recipe> recipe_of(const TableSchema& schema);

/// "default", "safe", "notebook"; "wide", "long"; "100s", "10000n"; and back, throwing UsageError.
[[nodiscard]] std::string_view to_text(Naming naming);
[[nodiscard]] std::string_view to_text(Layout layout);
[[nodiscard]] std::string to_text(const WindowLength& length);
[[nodiscard]] Naming parse_naming(std::string_view text);
[[nodiscard]] Layout parse_layout(std::string_view text);

}  // namespace pumice
