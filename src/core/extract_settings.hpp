/// The settings of a run: what was asked for, completed by the table of `--like` and by defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/recipe.hpp"
#include "pumice/engine.hpp"
#include "pumice/extract.hpp"
#include "pumice/source.hpp"

namespace pumice {

struct ExtractSettings {
  PlanRequest request;  ///< channels and rate are still open
  Naming names = Naming::kDefault;
  Layout layout = Layout::kWide;
  std::optional<WindowLength> window;
  std::optional<WindowLength> hop;
  std::optional<Recipe> like;
};

/// Reads the table of `--like`, where there is one. Throws UsageError where an option contradicts it or itself.
[[nodiscard]] ExtractSettings resolve_settings(const ExtractOptions& options);

struct SampleRate {
  double hz = 0;  ///< 0: not known
  std::string reason;
};

/// The rate that was given, else that of `--like`, else that of a time column, else 100 Hz where the files have INGV's
/// shape. `n`: samples of one recording. Throws UsageError where two of them contradict each other.
[[nodiscard]] SampleRate resolve_sample_rate(const ExtractOptions& options, const ExtractSettings& settings,
                                             const FileShape& shape, std::int64_t n);

/// Windows in samples; length 0: none. Throws UsageError where seconds are given and the rate is not known.
[[nodiscard]] WindowRule resolve_window(const ExtractSettings& settings, double sample_rate);

}  // namespace pumice
