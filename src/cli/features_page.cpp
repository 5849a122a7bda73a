/// docs/FEATURES.md: what holds for every feature, written here, and every feature, from the catalogue.
#include <fmt/format.h>

#include "cli/feature_text.hpp"
#include "pumice/column_name.hpp"

namespace pumice::cli {
namespace {

constexpr std::string_view kPrologue = R"(# Features

<!-- Written by `pumice features --format markdown`; a test compares the two. -->

What pumice computes, exactly. In what follows x is one channel of one segment after the missing-value policy, n its
number of samples, fs its sampling rate in Hz. `{x}` is the channel's unit. Every value is a float64; a value that does
not exist is null (empty in CSV, NaN in NumPy and pandas).

## Names of columns

    channel|derivation__feature__parameter_value__parameter_value

- `sensor_1__mean`, `sensor_1__quantile__q_0.05`, `sensor_1|abs__quantile__q_0.05`, `sensor_1__band_power__from_2__to_4.5`.
- The grammar is tsfresh's, and where tsfresh has the same definition the name is tsfresh's. Parameters stand in
  alphabetical order, numbers in their shortest form (`1`, `4.5`, `0.001`).
- One value differs from tsfresh's and pandas' on purpose: skewness and kurtosis of a constant channel are 0 here and
  NaN there. A dead sensor is told by `is_constant`, and NaN is left to what is missing.
- A derivation makes a signal from a channel: `channel|abs` is |x|, `channel|diff` is x[i] - x[i-1]. Every feature
  applies to it.
- A feature's own parameters are always written. Settings of the spectrum (`--nperseg`, `--overlap`, `--taper`) are
  written where they differ from the usual ones and left out otherwise, so that one name always means one number.
- Names are reversible: `|`, a second `_` in a row and a last `_` in a channel's name are written `%7C` and `%5F`, and
  a `%` that would read as one of these `%25`.
- `--names safe` writes letters, digits and `_` only (LightGBM refuses `",:[]{}`), `--names notebook` the names of the
  Dask notebook (`sensor_1_max`), `--names recipe` a recipe's own (of `basic`: the notebook's).
- Columns depend on the options and the channels' names only, never on what is in a file: what cannot be computed is
  null.

## Choosing features

`--features` takes a comma-separated list, or `@file` with one name a line:

| selection | means |
|---|---|
| `core`, `basic` | a set |
| `statistics` | a family, as listed below |
| `quantile` | a feature, with its default parameters |
| `quantile__q_0.37` | a feature with its parameters |
| `sensor_1__core`, `\|abs__mean`, `sensor_2\|diff__quantile__q_0.5` | any of these, of one channel or derivation only |

The column names of a table are a selection, so a model's list of columns can be given back as it is.

## Sets

- `core` (the default): 76 columns a channel.
- `basic`: the eight columns a channel of the Dask notebook's own pipeline; its policy is `--missing zero`.

## Missing values

One policy a run. A window is cut first, then the policy is applied. Empty cells, NaN and infinities are missing (the
latter with a warning).

| `--missing` | meaning |
|---|---|
| `skip` (default) | statistics over the valid samples, as pandas' `skipna`; features of the time axis see gaps interpolated linearly (ends held); Welch blocks with more than 10 % missing are left out, and without any block there is no value |
| `zero` | 0 before everything, as the Dask notebook and most recipes have it |
| `ffill` | the last valid value, before the first one 0 |
| `interpolate` | linear between valid samples, ends held |
| `nan` | any missing sample makes every feature of that channel null |

A derivation is made after the policy. `|diff` is taken of the time axis for every feature: it has one sample less than
the segment has ticks, and under `skip` a difference across a gap is one of the bridged signal. `|abs` is taken of what
each feature sees: under `skip`, statistics of it are over the valid samples.

A channel without a valid sample is a channel of zeros under `zero` and `ffill`, else null in every feature. `n_valid`,
`n_missing`, `longest_gap` and `is_constant` describe the channel as it was read, before the policy, and are never null.
A constant channel is not missing: its deviation, variance, skewness and kurtosis are 0, its spectrum is zero.

## Spectra

Welch's estimate of the power spectral density P at f_k: equal to `scipy.signal.welch(x, fs, nperseg=1024)`: Hann taper
(periodic), overlap 512, constant detrend, one-sided, density. A segment shorter than `nperseg` is taken whole. Shapes
are over k >= 1: zero frequency is left out. A zero spectrum has no shape: null.

## Tolerances

How far a value may lie from the independent tool's (its oracle, a NumPy, SciPy or pandas expression in float64), on
every device. Results on one device are the same to the last bit, whatever the number of threads.

| name | bound on the difference of a value a from its oracle b |
|---|---|
)";

constexpr std::string_view kFloor = R"(
Power has a floor of 1e-9 of the total in float precision, and what is made of powers inherits it. A share of power
(`relative_band_power`) may be off by 1e-5 |b| + 1e-9. A flatness takes the logarithm of every bin, of those below the
floor too: with e_k = 1e-5 P_k + 1e-9 sum P, it lies between b^2 / u and u, u = exp(mean ln (P_k + e_k)) / mean P, give
or take 1e-5 |b|. Other shapes have 1e-5 |b| alone.

Bounds of powers and shapes are for samples whose mean is not many times their deviation: taking off a mean of 1e8
deviations leaves 8 of 16 digits, to pumice as to its oracle, and in double precision 1e-9 is then too narrow.
)";

std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '|' ? "\\|" : std::string(1, c);
  }
  return escaped;
}

std::string code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", cell(text)); }

std::string tolerances() {
  std::string text;
  for (int k = 0; k <= static_cast<int>(Tolerance::kBin); ++k) {
    const auto tolerance = static_cast<Tolerance>(k);
    text += fmt::format("| {} | {} |\n", tolerance_name(tolerance), cell(tolerance_text(tolerance)));
  }
  text += kFloor;
  text += "\nCosts are what a feature adds a sample:\n\n| name | what it costs |\n|---|---|\n";
  for (int k = 0; k <= static_cast<int>(Cost::kFft); ++k) {
    const auto cost = static_cast<Cost>(k);
    text += fmt::format("| {} | {} |\n", cost_name(cost), cost_text(cost));
  }
  return text;
}

std::string definitions(const FeatureSelection& family) {
  std::string text = "| feature | unit | what it is | formula | sets | reference |\n|---|---|---|---|---|---|\n";
  for (const FeatureInfo* feature : family) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", code(feature->spec.name),
                        code(joined(units(*feature), ", ")), cell(feature->spec.summary), code(feature->spec.formula),
                        joined(set_names(feature->spec.sets), ", "), cell(feature->spec.reference));
  }
  return text;
}

std::string checks(const FeatureSelection& family) {
  std::string text =
      "| feature | oracle | tolerance | computed from | cost | fewest samples |\n|---|---|---|---|---|---|\n";
  for (const FeatureInfo* feature : family) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", code(feature->spec.name), code(feature->spec.oracle),
                        tolerance_name(feature->spec.tolerance), joined(stage_names(feature->needs), ", "),
                        cost_name(feature->spec.cost), feature->spec.min_n);
  }
  return text;
}

/// Columns of features that have parameters or several outputs.
std::string columns(const FeatureSelection& family) {
  std::string text;
  for (const FeatureInfo* feature : family) {
    const std::vector<std::string> endings = column_endings(*feature);
    if (endings.size() == 1 && feature->parameters.empty()) {
      continue;
    }
    text += fmt::format("- `{}`", feature->spec.name);
    if (!feature->parameters.empty()) {
      text += fmt::format(", parameters {}{}", joined(feature->parameters, ", "),
                          feature->parameter_rule.empty() ? "" : fmt::format(" ({})", feature->parameter_rule));
    }
    text += ", by default:";
    for (const std::string& ending : endings) {
      text += fmt::format(" `{}`", ending);
    }
    text += feature->takes_bands ? "; other bands with `--bands`\n" : "\n";
  }
  return text.empty() ? "" : "\nColumns, after the channel's name:\n\n" + text;
}

}  // namespace

std::string features_page(const FeatureSelection& features) {
  std::string text = std::string(kPrologue) + tolerances();
  for (std::size_t first = 0; first < features.size();) {
    FeatureSelection family;
    const std::string_view name = features[first]->family;
    for (; first < features.size() && features[first]->family == name; ++first) {
      family.push_back(features[first]);
    }
    text += fmt::format("\n## Family `{}`\n\n{}{}\nHow it is checked and what it costs:\n\n{}", name,
                        definitions(family), columns(family), checks(family));
  }
  return text;
}

}  // namespace pumice::cli
