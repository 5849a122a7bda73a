/// A plan: which stages and features to compute for which signals, and where each value goes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "pumice/column_name.hpp"
#include "pumice/feature.hpp"

namespace pumice {

/// What a missing sample becomes (docs/FEATURES.md).
enum class MissingPolicy : std::uint8_t { kSkip, kZero, kFfill, kInterpolate, kNan };
enum class Precision : std::uint8_t { kFloat, kDouble };
enum class Taper : std::uint8_t { kHann, kHamming, kBlackman, kBoxcar };

/// Settings of a Welch estimate; its key: two features with equal settings share one. A segment shorter than
/// `nperseg` is taken whole (SciPy's rule), its overlap in proportion.
struct WelchSettings {
  int nperseg = 1024;
  int overlap = 512;  ///< samples
  Taper taper = Taper::kHann;
  auto operator<=>(const WelchSettings&) const = default;
  /// Settings for a segment of n samples.
  [[nodiscard]] WelchSettings for_length(std::int64_t n) const {
    if (n >= nperseg) {
      return *this;
    }
    return {static_cast<int>(n), static_cast<int>(n * overlap / nperseg), taper};
  }
  [[nodiscard]] std::int64_t blocks(std::int64_t n) const {
    return n < nperseg || nperseg < 1 ? 0 : (n - nperseg) / (nperseg - overlap) + 1;
  }
  [[nodiscard]] int bins() const { return nperseg / 2 + 1; }
};

/// One feature with its parameters, applied to one signal.
struct FeatureCall {
  int feature = 0;  ///< place in the catalogue
  std::array<double, kMaxParams> params{};
  int welch = -1;       ///< index into Plan::welch, where the feature needs a spectrum
  int first_value = 0;  ///< its outputs are values [first_value, first_value + outputs)
};

/// What to compute for one signal: a channel, or what is derived from it.
struct SignalPlan {
  int channel = 0;  ///< index into Plan::channels
  Derivation derivation = Derivation::kNone;
  std::uint32_t needs = kNoStage;  ///< union over `calls`
  std::vector<int> welch;          ///< indices into Plan::welch
  std::vector<FeatureCall> calls;
};

/// One column of the wide table.
struct PlanColumn {
  std::string name;  ///< in the default naming
  int value = 0;     ///< which of the plan's values it holds
  int channel = 0;
  Derivation derivation = Derivation::kNone;
  int feature = 0;
  Unit unit;
};

/// Everything that a backend needs to know; immutable once made.
struct Plan {
  std::vector<std::string> channels;
  std::vector<SignalPlan> signals;
  std::vector<WelchSettings> welch;
  std::vector<PlanColumn> columns;
  int n_values = 0;  ///< a segment's results are n_values doubles, NaN where there is no value
  MissingPolicy missing = MissingPolicy::kSkip;
  Precision precision = Precision::kFloat;
  double sample_rate = 0;  ///< Hz; 0: not known, and no feature asks for it
};

/// What was asked for.
struct PlanRequest {
  std::vector<std::string> channels;          ///< in the order of the files
  std::vector<std::string> features{"core"};  ///< selections, see make_plan
  MissingPolicy missing = MissingPolicy::kSkip;
  Precision precision = Precision::kFloat;
  double sample_rate = 0;   ///< Hz; 0: not known
  std::vector<Band> bands;  ///< empty: the catalogue's eight
  WelchSettings welch;
};

/// Makes a plan. A selection is a set ("core"), a family ("statistics"), a feature ("quantile": all its defaults) or a
/// feature with its parameters ("quantile__q_0.37"), for every channel; after a channel, a derivation or both
/// ("sensor_1__core", "|abs__mean", "sensor_2|diff__quantile__q_0.5") for these only. One that names a single column is
/// an exact column name: stage settings that it does not write are the catalogue's, while all other selections take
/// the request's. Columns are unique: first those of selections of more than one, channel by channel in catalogue
/// order, then exact column names in the order asked. So a table's list of columns gives that table's columns.
/// `warnings`, where not null, gets a sentence where bands have no value at this rate, and one where a set is meant for
/// another policy. Throws UsageError: unknown feature or channel (with the nearest names), parameters missing or out of
/// range, a rate that is needed and not known, overlap >= nperseg, a band that is empty.
[[nodiscard]] Plan make_plan(const PlanRequest& request, std::vector<std::string>* warnings = nullptr);

/// True where some feature asked for needs the sampling rate. What `make_plan` will refuse needs none.
[[nodiscard]] bool needs_sample_rate(const std::vector<std::string>& features);

/// Splits a `--features` argument at commas outside brackets and quotes; `@file` reads one name a line. Throws
/// UsageError where a quote or bracket is left open, or the file cannot be read.
[[nodiscard]] std::vector<std::string> split_features(std::string_view text);
/// The files that a `--features` argument names with `@`.
[[nodiscard]] std::vector<std::string> files_of_features(std::string_view text);

/// "skip", "zero", "ffill", "interpolate", "nan", and back; the latter throw UsageError naming the choices.
[[nodiscard]] std::string_view to_text(MissingPolicy policy);
[[nodiscard]] std::string_view to_text(Precision precision);
[[nodiscard]] std::string_view to_text(Taper taper);
[[nodiscard]] MissingPolicy parse_missing_policy(std::string_view text);
[[nodiscard]] Precision parse_precision(std::string_view text);
[[nodiscard]] Taper parse_taper(std::string_view text);
/// "0.1-0.5,0.5-1" -> bands in Hz.
[[nodiscard]] std::vector<Band> parse_bands(std::string_view text);

}  // namespace pumice
