#include "cli/feature_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pumice/column_name.hpp"
#include "pumice/plan.hpp"

namespace pumice::cli {
namespace {

constexpr std::size_t kWidth = 100;  // of a terminal

template <class Text>
std::string join(const std::vector<Text>& parts, std::string_view separator) {
  std::string text;
  for (const Text& part : parts) {
    text += text.empty() ? "" : separator;
    text += part;
  }
  return text;
}

/// A name, and what it says in lines beneath each other.
std::string entry(std::string_view name, std::string_view text) {
  constexpr std::size_t kIndent = 14;
  std::string lines;
  for (const std::string& line : wrapped(text, kWidth - kIndent)) {
    lines += fmt::format("  {:<12}{}\n", lines.empty() ? name : "", line);
  }
  return lines;
}

std::string signals_text(const FeatureInfo& feature) {
  std::vector<std::string> signals;
  for (const Derivation derivation : feature.derivations) {
    const std::string_view name = derivation_name(derivation);
    signals.push_back(name.empty() ? "channel" : fmt::format("channel|{}", name));
  }
  return join(signals, ", ");
}

nlohmann::ordered_json parameters_json(const FeatureInfo& feature, const std::array<double, kMaxParams>& values) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (std::size_t k = 0; k < feature.parameters.size(); ++k) {
    json[std::string(feature.parameters[k])] = values[k];
  }
  return json;
}

nlohmann::ordered_json feature_json(const FeatureInfo& feature) {
  using Json = nlohmann::ordered_json;
  Json json{{"name", feature.spec.name},
            {"family", feature.family},
            {"summary", feature.spec.summary},
            {"sets", set_names(feature.spec.sets)},
            {"parameters", feature.parameters},
            {"parameter_rule", feature.parameter_rule},
            {"takes_bands", feature.takes_bands},
            {"defaults", Json::array()},
            {"derivations", Json::array()},
            {"outputs", feature.outputs},
            {"units", units(feature)},
            {"columns", column_endings(feature)},
            {"formula", feature.spec.formula},
            {"reference", feature.spec.reference},
            {"oracle", feature.spec.oracle},
            {"tolerance", tolerance_name(feature.spec.tolerance)},
            {"tolerance_text", tolerance_text(feature.spec.tolerance)},
            {"cost", cost_name(feature.spec.cost)},
            {"needs", stage_names(feature.needs)},
            {"min_n", feature.spec.min_n},
            {"ordered", feature.ordered},
            {"notebook_name", feature.spec.notebook_name},
            {"examples", Json::array()}};
  if (!feature.parameters.empty()) {
    for (const auto& values : feature.defaults) {
      json["defaults"].push_back(parameters_json(feature, values));
    }
  }
  for (const Derivation derivation : feature.derivations) {
    json["derivations"].push_back(derivation_name(derivation));
  }
  for (const ExampleInfo& example : feature.examples) {
    json["examples"].push_back(Json{{"signal", example.signal},
                                    {"parameters", parameters_json(feature, example.params)},
                                    {"expected", example.expected}});
  }
  return json;
}

}  // namespace

std::string joined(const std::vector<std::string>& parts, std::string_view separator) { return join(parts, separator); }
std::string joined(const std::vector<std::string_view>& parts, std::string_view separator) {
  return join(parts, separator);
}

std::vector<std::string_view> stage_names(std::uint32_t needs) {
  std::vector<std::string_view> names;
  const std::pair<Stage, std::string_view> stages[] = {{kIntake, "intake"},
                                                       {kValid, "valid samples"},
                                                       {kTimeAxis, "time axis"},
                                                       {kMoments, "moments"},
                                                       {kOrderStatistics, "order statistics"},
                                                       {kWelch, "Welch spectrum"}};
  for (const auto& [stage, name] : stages) {
    if ((needs & stage) != 0) {
      names.push_back(name);
    }
  }
  return names;
}

std::string_view cost_name(Cost cost) {
  constexpr std::string_view kNames[] = {"free", "pass", "sort", "fft"};
  return kNames[static_cast<std::size_t>(cost)];
}

std::string_view cost_text(Cost cost) {
  constexpr std::string_view kTexts[] = {"nothing that is not counted anyway", "a pass over the samples, shared",
                                         "ordering the samples, once for all that need it",
                                         "Fourier transforms, once for all that need them"};
  return kTexts[static_cast<std::size_t>(cost)];
}

std::string_view tolerance_name(Tolerance tolerance) {
  constexpr std::string_view kNames[] = {"exact", "sample", "standardised", "power", "log_power", "shape", "bin"};
  return kNames[static_cast<std::size_t>(tolerance)];
}

std::vector<std::string_view> set_names(std::uint32_t sets) {
  std::vector<std::string_view> names;
  if ((sets & kBasic) != 0) {
    names.push_back("basic");
  }
  if ((sets & kCore) != 0) {
    names.push_back("core");
  }
  return names;
}

std::vector<std::string> column_endings(const FeatureInfo& feature) {
  const std::string channel = "x";
  const Plan plan = make_plan({.channels = {channel},
                               .features = {std::string(feature.spec.name)},
                               .sample_rate = 100,
                               .bands = {},
                               .welch = {}});
  std::vector<std::string> endings;
  for (const PlanColumn& column : plan.columns) {
    endings.push_back(column.name.substr(channel.size()));
  }
  return endings;
}

std::string parameters_text(const FeatureInfo& feature, const std::array<double, kMaxParams>& values) {
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < feature.parameters.size(); ++k) {
    parts.push_back(fmt::format("{}={}", feature.parameters[k], shortest_number(values[k])));
  }
  return join(parts, ", ");
}

std::vector<std::string> units(const FeatureInfo& feature) {
  std::vector<std::string> texts;
  for (const Unit unit : feature.output_units) {
    texts.push_back(unit_text(unit));
  }
  return texts;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    std::size_t end = text.rfind(' ', width);
    if (end == std::string_view::npos || end == 0) {
      end = text.find(' ', width);
    }
    if (end == std::string_view::npos) {
      break;
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  lines.emplace_back(text);
  return lines;
}

std::string features_table(const FeatureSelection& features) {
  constexpr std::size_t kName = 29;
  constexpr std::size_t kUnit = 13;
  constexpr std::size_t kColumns = 8;
  constexpr std::size_t kSets = 12;
  constexpr std::size_t kBefore = kName + kUnit + kColumns + kSets;
  std::string text = fmt::format("{:<{}}{:<{}}{:<{}}{:<{}}{}\n", "feature", kName, "unit", kUnit, "columns", kColumns,
                                 "sets", kSets, "what it is");
  std::string_view family;
  std::size_t columns = 0;
  for (const FeatureInfo* feature : features) {
    if (feature->family != family) {
      family = feature->family;
      text += fmt::format("\n{}\n", family);
    }
    const std::size_t count = column_endings(*feature).size();
    columns += count;
    const std::vector<std::string> lines = wrapped(feature->spec.summary, kWidth - kBefore);
    const std::string unit = feature->output_units.size() > 1 ? "several" : units(*feature).front();
    text += fmt::format("{:<{}}{:<{}}{:<{}}{:<{}}{}\n", fmt::format("  {}", feature->spec.name), kName, unit, kUnit,
                        count, kColumns, joined(set_names(feature->spec.sets), " "), kSets, lines.front());
    for (std::size_t line = 1; line < lines.size(); ++line) {
      text += fmt::format("{:{}}{}\n", "", kBefore, lines[line]);
    }
  }
  text += fmt::format("\n{} features, {} columns a channel. ", features.size(), columns);
  text += "`pumice features NAME` has one in full. {x}: the channel's unit.\n";
  return text;
}

std::string feature_card(const FeatureInfo& feature) {
  const Spec& spec = feature.spec;
  std::string text = fmt::format("{}\n\n", spec.name);
  for (const std::string& line : wrapped(spec.summary, kWidth - 2)) {
    text += fmt::format("  {}\n", line);
  }
  text += '\n';
  text += entry("family", feature.family);
  text += entry("sets", spec.sets == kNoSet ? "none" : joined(set_names(spec.sets), ", "));
  if (!feature.parameters.empty()) {
    text +=
        entry("parameters", joined(feature.parameters, ", ") +
                                (feature.parameter_rule.empty() ? "" : fmt::format(": {}", feature.parameter_rule)) +
                                (feature.takes_bands ? "; the bands of --bands" : ""));
  }
  std::vector<std::string> columns = column_endings(feature);
  for (std::string& column : columns) {
    column.insert(0, "CHANNEL");
  }
  text += entry("columns", joined(columns, " "));
  text += entry("signals", signals_text(feature));
  text += entry("unit", joined(units(feature), ", "));
  text += entry("formula", spec.formula);
  if (!spec.reference.empty()) {
    text += entry("reference", spec.reference);
  }
  text += entry("oracle", spec.oracle);
  text += entry("tolerance", tolerance_text(spec.tolerance));
  text += entry("needs", joined(stage_names(feature.needs), ", "));
  text += entry("cost", fmt::format("{}: {}", cost_name(spec.cost), cost_text(spec.cost)));
  text += entry("fewest", fmt::format("{} sample{}, else no value", spec.min_n, spec.min_n == 1 ? "" : "s"));
  if (!spec.notebook_name.empty()) {
    text += entry("notebook", fmt::format("CHANNEL_{} with --names notebook", spec.notebook_name));
  }
  for (const ExampleInfo& example : feature.examples) {
    const std::string parameters = parameters_text(feature, example.params);
    text += entry("example",
                  fmt::format("{}{} -> {}", example.signal, parameters.empty() ? "" : " at " + parameters,
                              example.expected == example.expected ? shortest_number(example.expected) : "no value"));
  }
  return text;
}

std::string features_json(const FeatureSelection& features) {
  nlohmann::ordered_json json{{"pumice", PUMICE_VERSION}, {"features", nlohmann::ordered_json::array()}};
  for (const FeatureInfo* feature : features) {
    json["features"].push_back(feature_json(*feature));
  }
  return json.dump(2) + "\n";
}

}  // namespace pumice::cli
