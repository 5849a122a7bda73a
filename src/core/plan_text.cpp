// Settings of a plan as text, and back.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <fstream>
#include <utility>

#include "pumice/error.hpp"
#include "pumice/plan.hpp"

namespace pumice {
namespace {

template <class Value>
using Choice = std::pair<std::string_view, Value>;

constexpr std::array kPolicies{Choice<MissingPolicy>{"skip", MissingPolicy::kSkip},
                               Choice<MissingPolicy>{"zero", MissingPolicy::kZero},
                               Choice<MissingPolicy>{"ffill", MissingPolicy::kFfill},
                               Choice<MissingPolicy>{"interpolate", MissingPolicy::kInterpolate},
                               Choice<MissingPolicy>{"nan", MissingPolicy::kNan}};
constexpr std::array kPrecisions{Choice<Precision>{"float", Precision::kFloat},
                                 Choice<Precision>{"double", Precision::kDouble}};
constexpr std::array kTapers{Choice<Taper>{"hann", Taper::kHann}, Choice<Taper>{"hamming", Taper::kHamming},
                             Choice<Taper>{"blackman", Taper::kBlackman}, Choice<Taper>{"boxcar", Taper::kBoxcar}};

template <class Choices, class Value>
std::string_view name_of(const Choices& choices, Value value) {
  for (const auto& [name, choice] : choices) {
    if (choice == value) {
      return name;
    }
  }
  return "";
}

template <class Choices>
auto parse_choice(const Choices& choices, std::string_view what, std::string_view text) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : choices) {
    if (name == text) {
      return value;
    }
    names.push_back(name);
  }
  throw UsageError(fmt::format("`{}` is not a {}: choose one of {}", text, what, fmt::join(names, ", ")));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpaces);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// Parts of `text` between commas outside brackets and double quotes.
std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    quoted = quoted != (c == '"');
    if (quoted) {
      continue;
    }
    depth += c == '(' || c == '[' || c == '{' ? 1 : 0;
    depth -= c == ')' || c == ']' || c == '}' ? 1 : 0;
    if (c == ',' && depth == 0) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (quoted || depth != 0) {
    throw UsageError(
        fmt::format("`{}`: a {} is left open; names that have one belong in a file, one a line: `--features @FILE`",
                    text, quoted ? "quote" : "bracket"));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

void read_names(const std::string& path, std::vector<std::string>& names) {
  std::ifstream file(path);
  if (!file) {
    throw UsageError(fmt::format("@{}: the file cannot be read", path));
  }
  for (std::string line; std::getline(file, line);) {
    if (const std::string_view name = trimmed(line); !name.empty()) {
      names.emplace_back(name);
    }
  }
}

}  // namespace

std::string_view to_text(MissingPolicy policy) { return name_of(kPolicies, policy); }
std::string_view to_text(Precision precision) { return name_of(kPrecisions, precision); }
std::string_view to_text(Taper taper) { return name_of(kTapers, taper); }

MissingPolicy parse_missing_policy(std::string_view text) {
  return parse_choice(kPolicies, "policy for missing values", text);
}
Precision parse_precision(std::string_view text) { return parse_choice(kPrecisions, "precision", text); }
Taper parse_taper(std::string_view text) { return parse_choice(kTapers, "taper", text); }

std::vector<Band> parse_bands(std::string_view text) {
  std::vector<Band> bands;
  for (const std::string_view part : split_at_commas(text)) {
    const std::string_view band = trimmed(part);
    const char* const end = band.data() + band.size();
    Band parsed{};
    const auto from = std::from_chars(band.data(), end, parsed.from);
    const bool has_dash = from.ec == std::errc{} && from.ptr != end && *from.ptr == '-';
    const auto to = has_dash ? std::from_chars(from.ptr + 1, end, parsed.to) : from;
    if (!has_dash || to.ec != std::errc{} || to.ptr != end) {
      throw UsageError(fmt::format("`{}` is not a band in Hz, as in 0.5-2", band));
    }
    if (!parsed.valid()) {
      throw UsageError(fmt::format("the band `{}` is empty: it wants {} in Hz", band, Band::rule));
    }
    bands.push_back(parsed);
  }
  return bands;
}

std::vector<std::string> split_features(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view part : split_at_commas(text)) {
    const std::string_view name = trimmed(part);
    if (name.starts_with('@')) {
      read_names(std::string(name.substr(1)), names);
    } else if (!name.empty()) {
      names.emplace_back(name);
    }
  }
  return names;
}

std::vector<std::string> files_of_features(std::string_view text) {
  std::vector<std::string> files;
  for (const std::string_view part : split_at_commas(text)) {
    if (const std::string_view name = trimmed(part); name.starts_with('@')) {
      files.emplace_back(name.substr(1));
    }
  }
  return files;
}

}  // namespace pumice
