/// The catalogue in words: what `pumice features` prints in each of its formats.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pumice/catalogue.hpp"

namespace pumice::cli {

/// "statistics", "Welch spectrum" ..: the stages that a feature is computed from.
[[nodiscard]] std::vector<std::string_view> stage_names(std::uint32_t needs);
/// "free", "pass", "sort", "fft".
[[nodiscard]] std::string_view cost_name(Cost cost);
/// "one pass over the samples" ..
[[nodiscard]] std::string_view cost_text(Cost cost);
/// "exact", "sample", ..
[[nodiscard]] std::string_view tolerance_name(Tolerance tolerance);
/// Sets that its default columns belong to: "basic", "core".
[[nodiscard]] std::vector<std::string_view> set_names(std::uint32_t sets);
/// Default columns without the channel: "__quantile__q_0.01", "|abs__quantile__q_0.01".
[[nodiscard]] std::vector<std::string> column_endings(const FeatureInfo& feature);
/// "q=0.5, ..": parameters of one default or example; empty where there are none.
[[nodiscard]] std::string parameters_text(const FeatureInfo& feature, const std::array<double, kMaxParams>& values);
/// Units of its outputs: one, or one an output.
[[nodiscard]] std::vector<std::string> units(const FeatureInfo& feature);
[[nodiscard]] std::string joined(const std::vector<std::string>& parts, std::string_view separator);
[[nodiscard]] std::string joined(const std::vector<std::string_view>& parts, std::string_view separator);

/// `text` in lines of at most `width` characters, broken at spaces.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);

using FeatureSelection = std::vector<const FeatureInfo*>;

[[nodiscard]] std::string features_table(const FeatureSelection& features);
/// One feature in full.
[[nodiscard]] std::string feature_card(const FeatureInfo& feature);
[[nodiscard]] std::string features_json(const FeatureSelection& features);
/// docs/FEATURES.md: the names' grammar, policies, tolerances and every feature of `features`.
[[nodiscard]] std::string features_page(const FeatureSelection& features);

}  // namespace pumice::cli
