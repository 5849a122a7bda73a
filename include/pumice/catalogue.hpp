/// The catalogue: every feature's description at run time, read off the structs in src/features.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pumice/feature.hpp"

namespace pumice {

/// One closed-form example, with the parameters as doubles.
struct ExampleInfo {
  std::string_view signal;
  std::array<double, kMaxParams> params{};
  double expected = 0;
};

struct FeatureInfo {
  int id = 0;  ///< place in the catalogue
  std::string_view family;
  Spec spec;
  std::uint32_t needs = kNoStage;                        ///< Stage bits, from the signature
  std::vector<std::string_view> parameters;              ///< alphabetical
  std::vector<std::array<double, kMaxParams>> defaults;  ///< at least one entry
  std::vector<Derivation> derivations;                   ///< of the defaults; {kNone} unless the feature says more
  std::vector<std::string_view> outputs;                 ///< empty where there is one, unnamed
  std::vector<Unit> output_units;                        ///< one an output
  std::vector<ExampleInfo> examples;
  std::string_view parameter_rule;                  ///< "q from 0 to 1"; empty: any parameters will do
  bool (*accepts)(const double* params) = nullptr;  ///< whether the parameters obey the rule
  bool takes_bands = false;                         ///< its defaults are the run's bands
  bool ordered = false;
  [[nodiscard]] int output_count() const { return outputs.empty() ? 1 : static_cast<int>(outputs.size()); }
};

/// All features, in catalogue order, which is the order of columns.
[[nodiscard]] std::span<const FeatureInfo> catalogue();
/// The feature of this name, or null.
[[nodiscard]] const FeatureInfo* find_feature(std::string_view name);
/// Names of sets, then of families ("statistics"), that `--features` takes.
[[nodiscard]] std::vector<std::string> feature_set_names();
/// Up to `count` names of `known` nearest to `name`, nearest first: those that it begins, then by edit distance.
[[nodiscard]] std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> known,
                                                     int count = 3);

/// "{x}^2/Hz", "Hz", "1", "log10({x}^2)". The unit of time differences is the sample, so {1, 0} of slope reads "{x}".
[[nodiscard]] std::string unit_text(Unit unit);
[[nodiscard]] std::string_view tolerance_text(Tolerance tolerance);
/// "", "abs", "diff".
[[nodiscard]] std::string_view derivation_name(Derivation derivation);

}  // namespace pumice
