/// What one entry of `--features` means.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pumice/catalogue.hpp"
#include "pumice/plan.hpp"

namespace pumice {

/// A set of features by name, and the policy that it is meant for.
struct NamedSet {
  std::string_view name;
  FeatureSet bit;
  std::optional<MissingPolicy> policy;
};

inline constexpr std::array kNamedSets{NamedSet{"basic", kBasic, MissingPolicy::kZero},
                                       NamedSet{"core", kCore, std::nullopt}};

/// Features of some signals. What is not set is left to the request.
struct Selection {
  std::optional<int> channel;  ///< unset: every channel
  std::optional<Derivation> derivation;
  const NamedSet* set = nullptr;  ///< where a set was named
  std::vector<const FeatureInfo*> features;
  std::optional<std::array<double, kMaxParams>> params;  ///< of the one feature; unset: its defaults
  std::optional<int> output;                             ///< unset: all of them
  std::optional<int> nperseg;
  std::optional<int> overlap;
  std::optional<Taper> taper;

  /// One column, named in full.
  [[nodiscard]] bool is_exact() const;
};

/// Reads one entry. Throws UsageError as make_plan says.
[[nodiscard]] Selection parse_selection(std::string_view text, std::span<const std::string> channels);

/// The features that an entry selects, of whatever channels; none where it is not understood.
[[nodiscard]] std::vector<const FeatureInfo*> features_named_by(std::string_view text);

}  // namespace pumice
