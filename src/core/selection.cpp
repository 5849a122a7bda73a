#include "core/selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "pumice/column_name.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

std::string_view first_part(std::string_view text) { return text.substr(0, text.find("__")); }

std::vector<std::string> selectable_names() {
  std::vector<std::string> names = feature_set_names();
  for (const FeatureInfo& feature : catalogue()) {
    names.emplace_back(feature.spec.name);
  }
  return names;
}

/// Features of a set, a family or a feature's name; none where there is none of this name.
std::vector<const FeatureInfo*> features_of(std::string_view name) {
  const auto set =
      std::find_if(kNamedSets.begin(), kNamedSets.end(), [&](const NamedSet& s) { return s.name == name; });
  std::vector<const FeatureInfo*> features;
  for (const FeatureInfo& feature : catalogue()) {
    const bool in_set = set != kNamedSets.end() && (feature.spec.sets & set->bit) != 0;
    if (in_set || feature.family == name || feature.spec.name == name) {
      features.push_back(&feature);
    }
  }
  return features;
}

[[noreturn]] void refuse_unknown(std::string_view text, std::string_view what, std::string_view name,
                                 std::span<const std::string> known) {
  const std::string where = text == name ? "" : fmt::format("`{}`: ", text);
  const std::vector<std::string> nearest = nearest_names(name, known);
  const std::string hint = nearest.empty() ? "" : fmt::format("; the nearest: {}", fmt::join(nearest, ", "));
  throw UsageError(fmt::format("{}there is no {} `{}`{}", where, what, name, hint));
}

double parse_number(std::string_view text, std::string_view parameter, std::string_view value) {
  double number = 0;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
  if (result.ec != std::errc{} || result.ptr != value.data() + value.size()) {
    throw UsageError(fmt::format("`{}`: `{}` of {} is not a number", text, value, parameter));
  }
  return number == 0 ? 0 : number;  // -0 and 0 are one parameter
}

int parse_count(std::string_view text, std::string_view parameter, std::string_view value) {
  int number = 0;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
  if (result.ec != std::errc{} || result.ptr != value.data() + value.size()) {
    throw UsageError(fmt::format("`{}`: `{}` of {} is not a number of samples", text, value, parameter));
  }
  return number;
}

std::string_view unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

/// Reads the parameters of one feature into `selection`.
class ParameterReader {
 public:
  ParameterReader(std::string_view text, const FeatureInfo& feature, Selection& selection)
      : text_(text), feature_(feature), selection_(selection) {}

  void read(const std::vector<std::pair<std::string, std::string>>& parameters) {
    std::vector<std::string> seen;
    for (const auto& [name, value] : parameters) {
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
        throw UsageError(fmt::format("`{}`: {} is given twice", text_, name));
      }
      seen.push_back(name);
      read_one(name, value);
    }
    finish();
  }

 private:
  void read_one(const std::string& name, const std::string& value) {
    const auto own = std::find(feature_.parameters.begin(), feature_.parameters.end(), name);
    const bool has_spectrum = (feature_.needs & kWelch) != 0;
    if (own != feature_.parameters.end()) {
      values_[static_cast<std::size_t>(own - feature_.parameters.begin())] = parse_number(text_, name, value);
      ++n_values_;
    } else if (name == "attr" && !feature_.outputs.empty()) {
      read_output(unquoted(value));
    } else if (name == "nperseg" && has_spectrum) {
      selection_.nperseg = parse_count(text_, name, value);
    } else if (name == "overlap" && has_spectrum) {
      selection_.overlap = parse_count(text_, name, value);
    } else if (name == "taper" && has_spectrum) {
      selection_.taper = parse_taper(unquoted(value));
    } else {
      throw UsageError(fmt::format("`{}`: {} has no parameter `{}`", text_, feature_.spec.name, name));
    }
  }

  void read_output(std::string_view output) {
    const auto found = std::find(feature_.outputs.begin(), feature_.outputs.end(), output);
    if (found == feature_.outputs.end()) {
      throw UsageError(fmt::format("`{}`: {} has no output `{}`; it has {}", text_, feature_.spec.name, output,
                                   fmt::join(feature_.outputs, ", ")));
    }
    selection_.output = static_cast<int>(found - feature_.outputs.begin());
  }

  void finish() {
    if (n_values_ == 0 && !feature_.parameters.empty()) {
      return;
    }
    if (n_values_ < feature_.parameters.size()) {
      throw UsageError(fmt::format("`{}`: {} needs all of its parameters: {}", text_, feature_.spec.name,
                                   fmt::join(feature_.parameters, ", ")));
    }
    if (!feature_.accepts(values_.data())) {
      throw UsageError(fmt::format("`{}`: {} wants {}", text_, feature_.spec.name, feature_.parameter_rule));
    }
    selection_.params = values_;
  }

  std::string_view text_;
  const FeatureInfo& feature_;
  Selection& selection_;
  std::array<double, kMaxParams> values_{};
  std::size_t n_values_ = 0;
};

/// Channel and derivation of the text before the first `__`.
ColumnName signal_named(std::string_view head) { return parse_column_name(fmt::format("{}__feature", head)); }

/// Reads `channel`, `channel|derivation` or, of every channel, `|derivation`.
void read_signal(std::string_view text, std::string_view head, std::span<const std::string> channels,
                 Selection& selection) {
  const ColumnName signal = signal_named(head);
  const bool every_channel = head.starts_with('|');
  if (!every_channel) {
    const auto found = std::find(channels.begin(), channels.end(), signal.channel);
    if (found == channels.end()) {
      refuse_unknown(text, "channel", signal.channel, channels);
    }
    selection.channel = static_cast<int>(found - channels.begin());
  }
  if (signal.derivation != Derivation::kNone) {
    selection.derivation = signal.derivation;
  }
}

/// Reads what stands after the signal: `name` or `feature__param_value..`.
void read_features(std::string_view text, std::string_view what, Selection& selection) {
  const std::string_view name = first_part(what);
  selection.features = features_of(name);
  const auto set =
      std::find_if(kNamedSets.begin(), kNamedSets.end(), [&](const NamedSet& s) { return s.name == name; });
  selection.set = set == kNamedSets.end() ? nullptr : &*set;
  const bool is_one_feature = selection.features.size() == 1 && selection.features[0]->spec.name == name;
  if (is_one_feature) {
    const ColumnName column = parse_column_name(fmt::format("__{}", what));
    ParameterReader(text, *selection.features[0], selection).read(column.parameters);
  } else if (what != name) {
    throw UsageError(fmt::format("`{}`: `{}` is not a feature, and takes no parameters", text, name));
  }
}

}  // namespace

bool Selection::is_exact() const {
  return channel.has_value() && features.size() == 1 && set == nullptr && params.has_value() &&
         (output.has_value() || features[0]->outputs.empty());
}

Selection parse_selection(std::string_view text, std::span<const std::string> channels) {
  const std::string_view head = first_part(text);
  const std::string_view rest = head.size() == text.size() ? "" : text.substr(head.size() + 2);
  Selection selection;
  if (!features_of(first_part(rest)).empty()) {
    read_signal(text, head, channels, selection);
    read_features(text, rest, selection);
  } else if (!features_of(head).empty()) {
    read_features(text, text, selection);
  } else {
    const bool is_channel = std::find(channels.begin(), channels.end(), signal_named(head).channel) != channels.end();
    refuse_unknown(text, "feature, family or set", is_channel ? first_part(rest) : head, selectable_names());
  }
  return selection;
}

std::vector<const FeatureInfo*> features_named_by(std::string_view text) {
  const std::string_view head = first_part(text);
  const std::string_view rest = head.size() == text.size() ? "" : text.substr(head.size() + 2);
  std::vector<const FeatureInfo*> features = features_of(first_part(rest));
  return features.empty() ? features_of(head) : features;
}

}  // namespace pumice
