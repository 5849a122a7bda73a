#include "core/recipe.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pumice/column_name.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

using nlohmann::json;

/// Of the keys, so that other programs' metadata can stand beside ours.
const std::string kPrefix = "pumice.";

json to_json(const std::vector<Band>& bands) {
  json array = json::array();
  for (const Band& band : bands) {
    array.push_back({band.from, band.to});
  }
  return array;
}

std::optional<WindowLength> optional_length(const json& object, const char* key) {
  if (!object.contains(key)) {
    return std::nullopt;
  }
  return parse_window_length(object.at(key).get<std::string>());
}

Recipe from_json(const json& object) {
  Recipe recipe;
  recipe.version = object.at("version");
  recipe.features = object.at("features").get<std::vector<std::string>>();
  recipe.channels = object.at("channels").get<std::vector<std::string>>();
  recipe.missing = parse_missing_policy(object.at("missing").get<std::string>());
  recipe.precision = parse_precision(object.at("precision").get<std::string>());
  recipe.sample_rate = object.at("sample_rate");
  for (const json& band : object.at("bands")) {
    recipe.bands.push_back({band.at(0), band.at(1)});
  }
  recipe.welch = {object.at("nperseg"), object.at("overlap"), parse_taper(object.at("taper").get<std::string>())};
  recipe.names = parse_naming(object.at("names").get<std::string>());
  recipe.layout = parse_layout(object.at("layout").get<std::string>());
  recipe.window = optional_length(object, "window");
  recipe.hop = optional_length(object, "hop");
  recipe.device = object.at("device");
  return recipe;
}

}  // namespace

std::map<std::string, std::string> to_metadata(const Recipe& recipe) {
  json object{{"version", recipe.version},
              {"features", recipe.features},
              {"channels", recipe.channels},
              {"missing", to_text(recipe.missing)},
              {"precision", to_text(recipe.precision)},
              {"sample_rate", recipe.sample_rate},
              {"bands", to_json(recipe.bands)},
              {"nperseg", recipe.welch.nperseg},
              {"overlap", recipe.welch.overlap},
              {"taper", to_text(recipe.welch.taper)},
              {"names", to_text(recipe.names)},
              {"layout", to_text(recipe.layout)},
              {"device", recipe.device}};
  if (recipe.window) {
    object["window"] = to_text(*recipe.window);
  }
  if (recipe.hop) {
    object["hop"] = to_text(*recipe.hop);
  }
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : object.items()) {
    metadata[kPrefix + key] = value.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return metadata;
}

std::optional<Recipe> recipe_of(const TableSchema& schema) {
  try {
    json object;
    for (const auto& [key, value] : schema.metadata) {
      if (key.starts_with(kPrefix)) {
        object[key.substr(kPrefix.size())] = json::parse(value);
      }
    }
    return object.empty() ? std::nullopt : std::optional(from_json(object));
  } catch (const json::exception& error) {
    throw UsageError(fmt::format("the table's metadata cannot be understood: {}", error.what()));
  }
}

std::string_view to_text(Naming naming) {
  return naming == Naming::kSafe       ? "safe"
         : naming == Naming::kNotebook ? "notebook"
         : naming == Naming::kRecipe   ? "recipe"
                                       : "default";
}

std::string_view to_text(Layout layout) { return layout == Layout::kLong ? "long" : "wide"; }

std::string to_text(const WindowLength& length) {
  return shortest_number(length.value) + (length.in_seconds ? "s" : "n");
}

Naming parse_naming(std::string_view text) {
  for (const Naming naming : {Naming::kDefault, Naming::kSafe, Naming::kNotebook, Naming::kRecipe}) {
    if (text == to_text(naming)) {
      return naming;
    }
  }
  throw UsageError(fmt::format("`{}` is no way to name columns: default, safe, notebook or recipe", text));
}

Layout parse_layout(std::string_view text) {
  for (const Layout layout : {Layout::kWide, Layout::kLong}) {
    if (text == to_text(layout)) {
      return layout;
    }
  }
  throw UsageError(fmt::format("`{}` is no layout: wide or long", text));
}

WindowLength parse_window_length(std::string_view text) {
  const auto refuse = [&] {
    throw UsageError(fmt::format("`{}` is no length: say 100s for seconds or 10000n for samples", text));
  };
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc{} || (unit != "s" && unit != "n") || !std::isfinite(value) || value <= 0) {
    refuse();
  }
  if (unit == "n" && (value != std::floor(value) || value > 9e15)) {
    refuse();
  }
  return {.value = value, .in_seconds = unit == "s"};
}

}  // namespace pumice
