#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "core/selection.hpp"
#include "features/spectral_bands.hpp"
#include "pumice/catalogue.hpp"
#include "pumice/error.hpp"
#include "pumice/plan.hpp"

namespace pumice {
namespace {

/// One column to be: a single output of a feature of a signal.
struct ColumnRequest {
  int channel = 0;
  const FeatureInfo* feature = nullptr;
  Derivation derivation = Derivation::kNone;
  std::array<double, kMaxParams> params{};
  WelchSettings welch;
  int output = 0;
};

bool needs_spectrum(const FeatureInfo& feature) { return (feature.needs & kWelch) != 0; }

void check_welch(const WelchSettings& welch) {
  if (welch.nperseg < 2) {
    throw UsageError(fmt::format("nperseg is {}: it wants at least 2 samples", welch.nperseg));
  }
  if (welch.overlap < 0 || welch.overlap >= welch.nperseg) {
    throw UsageError(
        fmt::format("overlap is {}: it wants 0 <= overlap < nperseg = {} samples", welch.overlap, welch.nperseg));
  }
}

void check(const PlanRequest& request) {
  check_welch(request.welch);
  if (!(request.sample_rate >= 0) || std::isinf(request.sample_rate)) {
    throw UsageError(fmt::format("the sampling rate is {} Hz: it wants a positive number", request.sample_rate));
  }
  for (const Band& band : request.bands) {
    if (!band.valid()) {
      throw UsageError(fmt::format("the band {}-{} Hz is empty: it wants {}", band.from, band.to, Band::rule));
    }
  }
  std::set<std::string_view> names;
  for (const std::string& channel : request.channels) {
    if (!names.insert(channel).second) {
      throw UsageError(fmt::format("two channels are named `{}`", channel));
    }
  }
}

/// Settings of a selection: what it does not say comes from the request, or, in an exact column name, from the
/// catalogue; half of nperseg overlaps where only nperseg is said.
WelchSettings settings_of(const Selection& selection, const WelchSettings& of_request) {
  WelchSettings settings = selection.is_exact() ? WelchSettings{} : of_request;
  if (selection.nperseg) {
    settings.nperseg = *selection.nperseg;
    settings.overlap = *selection.nperseg / 2;
  }
  settings.overlap = selection.overlap.value_or(settings.overlap);
  settings.taper = selection.taper.value_or(settings.taper);
  check_welch(settings);
  return settings;
}

std::vector<std::array<double, kMaxParams>> params_of(const Selection& selection, const FeatureInfo& feature,
                                                      const PlanRequest& request) {
  if (selection.params) {
    return {*selection.params};
  }
  if (!feature.takes_bands || request.bands.empty()) {
    return feature.defaults;
  }
  std::vector<std::array<double, kMaxParams>> bands;
  for (const Band& band : request.bands) {
    bands.push_back({band.from, band.to});
  }
  return bands;
}

/// The derivations that a selection means: the one it says; none where it gives parameters; else the feature's own.
std::vector<Derivation> derivations_of(const Selection& selection, const FeatureInfo& feature) {
  if (selection.derivation) {
    return {*selection.derivation};
  }
  const bool gives_parameters = selection.params && !feature.parameters.empty();
  return gives_parameters ? std::vector{Derivation::kNone} : feature.derivations;
}

/// Appends the columns of one channel that a selection means.
void expand(const Selection& selection, int channel, const PlanRequest& request, std::vector<ColumnRequest>& columns) {
  const WelchSettings welch = settings_of(selection, request.welch);
  for (const FeatureInfo* feature : selection.features) {
    const auto derivations = selection.is_exact() ? std::vector{selection.derivation.value_or(Derivation::kNone)}
                                                  : derivations_of(selection, *feature);
    const auto all_params = params_of(selection, *feature, request);
    for (const Derivation derivation : derivations) {
      for (const auto& params : all_params) {
        for (int output = 0; output < feature->output_count(); ++output) {
          if (selection.output.value_or(output) == output) {
            columns.push_back({channel, feature, derivation, params, welch, output});
          }
        }
      }
    }
  }
}

std::string column_name(const ColumnRequest& column, const std::string& channel) {
  const FeatureInfo& feature = *column.feature;
  ColumnName name{
      .channel = channel, .derivation = column.derivation, .feature = std::string(feature.spec.name), .parameters = {}};
  for (std::size_t k = 0; k < feature.parameters.size(); ++k) {
    name.parameters.emplace_back(feature.parameters[k], shortest_number(column.params[k]));
  }
  if (!feature.outputs.empty()) {
    name.parameters.emplace_back("attr",
                                 fmt::format("\"{}\"", feature.outputs[static_cast<std::size_t>(column.output)]));
  }
  if (needs_spectrum(feature)) {
    const WelchSettings usual;
    if (column.welch.nperseg != usual.nperseg) {
      name.parameters.emplace_back("nperseg", std::to_string(column.welch.nperseg));
    }
    if (column.welch.overlap != column.welch.nperseg / 2) {
      name.parameters.emplace_back("overlap", std::to_string(column.welch.overlap));
    }
    if (column.welch.taper != usual.taper) {
      name.parameters.emplace_back("taper", fmt::format("\"{}\"", to_text(column.welch.taper)));
    }
  }
  std::sort(name.parameters.begin(), name.parameters.end());
  return format_column_name(name);
}

/// Collects columns into a plan in which no signal, spectrum, call or column stands twice.
class PlanBuilder {
 public:
  explicit PlanBuilder(const PlanRequest& request) {
    plan_.channels = request.channels;
    plan_.missing = request.missing;
    plan_.precision = request.precision;
    plan_.sample_rate = request.sample_rate;
  }

  void add(const ColumnRequest& column) {
    std::string name = column_name(column, plan_.channels[static_cast<std::size_t>(column.channel)]);
    if (!names_.insert(name).second) {
      return;
    }
    const FeatureInfo& feature = *column.feature;
    if (needs_spectrum(feature) && !(plan_.sample_rate > 0)) {
      throw UsageError(
          fmt::format("{} needs the sampling rate, which is not known: give `--sample-rate HZ`", feature.spec.name));
    }
    places_.push_back({call_of(column), column.output});
    plan_.columns.push_back({.name = std::move(name),
                             .value = 0,
                             .channel = column.channel,
                             .derivation = column.derivation,
                             .feature = feature.id,
                             .unit = feature.output_units[static_cast<std::size_t>(column.output)]});
  }

  /// Numbers the values: signal by signal, in each by feature, in the order in which backends compute them.
  [[nodiscard]] Plan finish() {
    for (std::size_t s = 0; s < plan_.signals.size(); ++s) {
      auto& calls = plan_.signals[s].calls;
      std::vector<std::size_t> order(calls.size());
      for (std::size_t k = 0; k < order.size(); ++k) {
        order[k] = k;
      }
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return calls[a].feature < calls[b].feature; });
      std::vector<FeatureCall> sorted;
      for (const std::size_t k : order) {
        calls[k].first_value = plan_.n_values;
        first_value_[{static_cast<int>(s), static_cast<int>(k)}] = plan_.n_values;
        plan_.n_values += catalogue()[static_cast<std::size_t>(calls[k].feature)].output_count();
        sorted.push_back(calls[k]);
      }
      calls = std::move(sorted);
    }
    for (std::size_t c = 0; c < plan_.columns.size(); ++c) {
      plan_.columns[c].value = first_value_.at(places_[c].call) + places_[c].output;
    }
    return std::move(plan_);
  }

 private:
  using CallPlace = std::pair<int, int>;  ///< signal, call in it
  struct ValuePlace {
    CallPlace call;
    int output;
  };

  int signal_of(const ColumnRequest& column) {
    const auto [found, is_new] = signals_.try_emplace({column.channel, column.derivation}, plan_.signals.size());
    if (is_new) {
      plan_.signals.push_back(
          {.channel = column.channel, .derivation = column.derivation, .needs = kNoStage, .welch = {}, .calls = {}});
    }
    return static_cast<int>(found->second);
  }

  int welch_of(const WelchSettings& settings) {
    const auto found = std::find(plan_.welch.begin(), plan_.welch.end(), settings);
    const auto index = static_cast<int>(found - plan_.welch.begin());
    if (found == plan_.welch.end()) {
      plan_.welch.push_back(settings);
    }
    return index;
  }

  CallPlace call_of(const ColumnRequest& column) {
    const FeatureInfo& feature = *column.feature;
    const int s = signal_of(column);
    SignalPlan& signal = plan_.signals[static_cast<std::size_t>(s)];
    const int welch = needs_spectrum(feature) ? welch_of(column.welch) : -1;
    const auto [found, is_new] =
        calls_.try_emplace({s, feature.id, welch, column.params}, static_cast<int>(signal.calls.size()));
    if (is_new) {
      signal.calls.push_back({.feature = feature.id, .params = column.params, .welch = welch, .first_value = 0});
      signal.needs |= feature.needs;
      if (welch >= 0 && std::find(signal.welch.begin(), signal.welch.end(), welch) == signal.welch.end()) {
        signal.welch.push_back(welch);
      }
    }
    return {s, found->second};
  }

  Plan plan_;
  std::unordered_set<std::string> names_;
  std::vector<ValuePlace> places_;  ///< one a column
  std::map<std::pair<int, Derivation>, std::size_t> signals_;
  std::map<std::tuple<int, int, int, std::array<double, kMaxParams>>, int> calls_;
  std::map<CallPlace, int> first_value_;
};

/// Warns once of all bands that have no value at this rate.
void warn_of_bands(const std::vector<ColumnRequest>& columns, double sample_rate, std::vector<std::string>& warnings) {
  std::vector<std::string> too_high;
  std::vector<std::string> too_narrow;
  for (const ColumnRequest& column : columns) {
    if (!column.feature->takes_bands) {
      continue;
    }
    WelchPsd psd;
    psd.bins = column.welch.bins();
    psd.df = sample_rate / column.welch.nperseg;
    psd.sample_rate = sample_rate;
    if (features::bins_in_band(psd, {column.params[0], column.params[1]}).is_empty()) {
      std::string band = fmt::format("{}-{}", shortest_number(column.params[0]), shortest_number(column.params[1]));
      std::vector<std::string>& bands = column.params[1] > sample_rate / 2 ? too_high : too_narrow;
      if (std::find(bands.begin(), bands.end(), band) == bands.end()) {
        bands.push_back(std::move(band));
      }
    }
  }
  const auto warn = [&](const std::vector<std::string>& bands, const std::string& why) {
    if (!bands.empty()) {
      warnings.push_back(fmt::format("at {} Hz band{} {} Hz ha{} no value: {}", shortest_number(sample_rate),
                                     bands.size() == 1 ? "" : "s", fmt::join(bands, ", "),
                                     bands.size() == 1 ? "s" : "ve", why));
    }
  };
  warn(too_high, fmt::format("above {} Hz there is no spectrum", shortest_number(sample_rate / 2)));
  warn(too_narrow, "no bin lies inside");
}

void warn_of_policy(const std::vector<Selection>& selections, MissingPolicy policy,
                    std::vector<std::string>& warnings) {
  for (const Selection& selection : selections) {
    if (selection.set != nullptr && selection.set->policy.value_or(policy) != policy) {
      warnings.push_back(fmt::format("`{}` is meant for `--missing {}`; this run has {}", selection.set->name,
                                     to_text(*selection.set->policy), to_text(policy)));
      return;
    }
  }
}

}  // namespace

Plan make_plan(const PlanRequest& request, std::vector<std::string>* warnings) {
  check(request);
  std::vector<Selection> selections;
  for (const std::string& text : request.features) {
    selections.push_back(parse_selection(text, request.channels));
  }

  std::vector<ColumnRequest> columns;
  const auto n_channels = static_cast<int>(request.channels.size());
  for (const Selection& selection : selections) {
    for (int channel = 0; channel < n_channels; ++channel) {
      if (!selection.is_exact() && selection.channel.value_or(channel) == channel) {
        expand(selection, channel, request, columns);
      }
    }
  }
  std::stable_sort(columns.begin(), columns.end(), [](const ColumnRequest& a, const ColumnRequest& b) {
    return std::tuple(a.channel, a.feature->id, a.derivation) < std::tuple(b.channel, b.feature->id, b.derivation);
  });
  for (const Selection& selection : selections) {
    if (selection.is_exact()) {
      expand(selection, *selection.channel, request, columns);
    }
  }

  PlanBuilder builder(request);
  for (const ColumnRequest& column : columns) {
    builder.add(column);
  }
  if (warnings != nullptr) {
    warn_of_bands(columns, request.sample_rate, *warnings);
    warn_of_policy(selections, request.missing, *warnings);
  }
  return builder.finish();
}

bool needs_sample_rate(const std::vector<std::string>& features) {
  return std::any_of(features.begin(), features.end(), [](const std::string& text) {
    const auto named = features_named_by(text);
    return std::any_of(named.begin(), named.end(), [](const FeatureInfo* f) { return needs_spectrum(*f); });
  });
}

}  // namespace pumice
