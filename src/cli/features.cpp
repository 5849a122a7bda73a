/// `pumice features` (also `catalogue`): everything that can be computed, in words.
#include <fmt/core.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/feature_text.hpp"
#include "pumice/catalogue.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

cxxopts::Options features_options() {
  cxxopts::Options options("pumice features",
                           "Lists the features: all, or those of a set, a family or a name; one in full.\n"
                           "docs/FEATURES.md is `pumice features --format markdown`.\n");
  options.custom_help("[options]");
  options.positional_help("[SET|FAMILY|NAME ...]");
  options.set_width(100);
  options.add_options()("name", "what to list", cxxopts::value<std::vector<std::string>>())(
      "format", "table, json or markdown", cxxopts::value<std::string>()->default_value("table"), "FORMAT")(
      "h,help", "this help");
  options.parse_positional({"name"});
  return options;
}

bool belongs(const FeatureInfo& feature, const std::string& name) {
  const auto sets = set_names(feature.spec.sets);
  return feature.spec.name == name || feature.family == name || std::find(sets.begin(), sets.end(), name) != sets.end();
}

/// Features that one of `names` means, in catalogue order; all where there is none.
FeatureSelection select(const std::vector<std::string>& names) {
  std::vector<std::string> known = feature_set_names();
  for (const FeatureInfo& feature : catalogue()) {
    known.emplace_back(feature.spec.name);
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw UsageError(fmt::format("there is no feature, family or set `{}`; nearest: {}", name,
                                   joined(nearest_names(name, known), ", ")));
    }
  }
  FeatureSelection selection;
  for (const FeatureInfo& feature : catalogue()) {
    if (names.empty() ||
        std::any_of(names.begin(), names.end(), [&](const std::string& name) { return belongs(feature, name); })) {
      selection.push_back(&feature);
    }
  }
  return selection;
}

}  // namespace

int run_features(int argc, const char* const* argv) {
  cxxopts::Options parser = features_options();
  const cxxopts::ParseResult given = parser.parse(argc, argv);
  if (given.count("help") != 0) {
    fmt::print("{}\n", parser.help());
    return kSuccess;
  }
  const FeatureSelection selection =
      select(given.count("name") == 0 ? std::vector<std::string>{} : given["name"].as<std::vector<std::string>>());
  const auto format = given["format"].as<std::string>();
  if (format == "json") {
    fmt::print("{}", features_json(selection));
  } else if (format == "markdown") {
    fmt::print("{}", features_page(selection));
  } else if (format == "table") {
    fmt::print("{}", selection.size() == 1 ? feature_card(*selection.front()) : features_table(selection));
  } else {
    throw UsageError(fmt::format("--format is table, json or markdown, not `{}`", format));
  }
  return kSuccess;
}

}  // namespace pumice::cli
