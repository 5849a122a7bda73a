#include "core/compare_causes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>

#include "pumice/column_name.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

/// Rows with a value in both tables that is not the same.
PairedValues differing(const PairedValues& values) {
  PairedValues result;
  for (std::size_t i = 0; i < values.a.size(); ++i) {
    if (std::isfinite(values.a[i]) && std::isfinite(values.b[i]) && values.a[i] != values.b[i]) {
      result.a.push_back(values.a[i]);
      result.b.push_back(values.b[i]);
    }
  }
  return result;
}

bool name_has(const std::string& name, std::initializer_list<std::string_view> words) {
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::any_of(words, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// The whole number n that `estimate` must be, where its rounding error of about n^2 ulp allows to tell.
std::optional<double> whole(double estimate) {
  constexpr double kUlp = 1e-15;
  const double n = std::round(estimate);
  const double allowed = 1e-9 + n * n * kUlp * 4;
  return n >= 2 && allowed < 0.1 && std::abs(estimate - n) <= allowed ? std::optional(n) : std::nullopt;
}

std::string sample_counts(double least, double most) {
  return least == most ? fmt::format("{:.0f}", least) : fmt::format("{:.0f} to {:.0f}", least, most);
}

/// a / b = (n/(n-1))^power in every row that differs, n a whole number: the divisors n - 1 and n.
std::optional<std::string> ddof_cause(const PairedValues& values, double power, std::string_view formula) {
  double least = HUGE_VAL;
  double most = 0;
  const bool a_larger = values.a.front() > values.b.front();
  for (std::size_t i = 0; i < values.a.size(); ++i) {
    const double ratio = a_larger ? values.a[i] / values.b[i] : values.b[i] / values.a[i];
    const double r = std::pow(ratio, 1 / power);
    const std::optional<double> n = ratio > 1 ? whole(r / (r - 1)) : std::nullopt;
    if (!n) {
      return std::nullopt;
    }
    least = std::min(least, *n);
    most = std::max(most, *n);
  }
  return fmt::format("differs by {}, n = {}: ddof {} in A, {} in B", formula, sample_counts(least, most),
                     a_larger ? 1 : 0, a_larger ? 0 : 1);
}

/// G1 = g1 sqrt(n (n-1)) / (n-2): skewness with and without the correction of its bias.
std::optional<std::string> skewness_cause(const PairedValues& values) {
  const auto factor = [](double n) { return std::sqrt(n * (n - 1)) / (n - 2); };
  const bool a_larger = std::abs(values.a.front()) > std::abs(values.b.front());
  for (std::size_t i = 0; i < values.a.size(); ++i) {
    const double ratio = a_larger ? values.a[i] / values.b[i] : values.b[i] / values.a[i];
    // The factor is 1 + 3/(2 n) + O(1/n^2).
    const double guess = std::round(1.5 / (ratio - 1));
    bool found = false;
    for (double n = std::max(3.0, guess - 3); ratio > 1 && n <= guess + 4 && guess < 1e6; ++n) {
      found = found || std::abs(factor(n) - ratio) < 1e-13 * ratio + 1e-3 / (n * n);
    }
    if (!found) {
      return std::nullopt;
    }
  }
  return fmt::format("differs by sqrt(n (n-1))/(n-2): bias-corrected in {}, not in {}", a_larger ? "A" : "B",
                     a_larger ? "B" : "A");
}

std::optional<std::string> kurtosis_cause(const PairedValues& values) {
  const double offset = std::round(values.a.front() - values.b.front());
  for (std::size_t i = 0; i < values.a.size(); ++i) {
    const double scale = std::max(std::abs(values.a[i]), 3.0);
    if (std::abs(offset) != 3 || std::abs(values.a[i] - values.b[i] - offset) > 1e-9 * scale) {
      return std::nullopt;
    }
  }
  return fmt::format("differs by 3: excess kurtosis in {} only", offset > 0 ? "B" : "A");
}

/// True for a float's value, and for what a float's shortest decimal reads back as.
bool is_float32(double value) {
  const auto single = static_cast<float>(value);
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), single);
  double decimal = 0;
  std::from_chars(text.data(), end, decimal);
  return static_cast<double>(single) == value || decimal == value;
}

bool holds_float32(const std::vector<double>& values) { return std::ranges::all_of(values, is_float32); }

std::optional<std::string> float32_cause(const PairedValues& values, double largest_relative) {
  constexpr double kRounding = 6e-8;  // 2^-24
  const bool in_a = holds_float32(values.a);
  const bool in_b = holds_float32(values.b);
  if (in_a == in_b || largest_relative > 1e-2) {
    return std::nullopt;
  }
  return fmt::format("{} holds float32 values{}", in_a ? "A" : "B",
                     largest_relative <= kRounding ? "" : ", and was computed in float32");
}

/// a / b is one number in all rows.
std::optional<std::string> scale_cause(const PairedValues& values) {
  const double ratio = values.a.front() / values.b.front();
  for (std::size_t i = 0; i < values.a.size(); ++i) {
    if (!(std::abs(values.a[i] / values.b[i] - ratio) <= 1e-9 * std::abs(ratio))) {
      return std::nullopt;
    }
  }
  if (values.a.size() < 3 || !std::isfinite(ratio) || std::abs(ratio - 1) < 1e-8) {
    return std::nullopt;
  }
  return fmt::format("A is {:.6g} times B in every row: another unit or definition", ratio);
}

/// What the metadata says of the missing-value policy, where it differs.
std::optional<std::string> policy_cause(const std::vector<MetadataDifference>& metadata) {
  for (const MetadataDifference& entry : metadata) {
    if (entry.key == "pumice.missing" && !entry.a.empty() && !entry.b.empty()) {
      return fmt::format("missing-value policy: {} in A, {} in B", entry.a, entry.b);
    }
  }
  return std::nullopt;
}

std::optional<std::string> settings_cause(const std::vector<MetadataDifference>& metadata) {
  std::string keys;
  for (const char* name : {"sample_rate", "nperseg", "overlap", "taper", "bands", "precision", "window", "hop"}) {
    const std::string key = std::string("pumice.") + name;
    const auto found = std::ranges::find(metadata, key, &MetadataDifference::key);
    if (found != metadata.end()) {
      keys += fmt::format("{}{} ({} in A, {} in B)", keys.empty() ? "" : ", ", name, found->a, found->b);
    }
  }
  return keys.empty() ? std::nullopt : std::optional("other settings: " + keys);
}

/// Rows without a value in one table: 0 in the other says which policy made it.
std::string existence_cause(const ColumnComparison& column, const PairedValues& values) {
  bool zeros = true;
  for (std::size_t i = 0; i < values.a.size(); ++i) {
    if (std::isnan(values.a[i]) != std::isnan(values.b[i])) {
      zeros = zeros && (std::isnan(values.a[i]) ? values.b[i] : values.a[i]) == 0;
    }
  }
  if (zeros && (column.only_a == 0) != (column.only_b == 0)) {
    return fmt::format(
        "0 in {} where {} has no value: missing-value policy zero or ffill in {}, or a rule for constant "
        "channels",
        column.only_a > 0 ? "A" : "B", column.only_a > 0 ? "B" : "A", column.only_a > 0 ? "A" : "B");
  }
  return "values exist in one table only: another missing-value policy, or other input";
}

std::optional<std::string> definition_cause(const std::string& name, const PairedValues& values) {
  std::optional<std::string> cause;
  if (name_has(name, {"std", "standard_dev", "sem"})) {
    cause = ddof_cause(values, 0.5, "sqrt(n/(n-1))");
  }
  if (!cause && name_has(name, {"var"})) {
    cause = ddof_cause(values, 1, "n/(n-1)");
  }
  if (!cause && name_has(name, {"skew"})) {
    cause = skewness_cause(values);
  }
  if (!cause && name_has(name, {"kurt"})) {
    cause = kurtosis_cause(values);
  }
  return cause;
}

/// `channel|derivation__feature`; empty where `name` is not in the grammar.
std::string without_parameters(const std::string& name) {
  try {
    ColumnName parts = parse_column_name(name);
    parts.parameters.clear();
    return format_column_name(parts);
  } catch (const Error&) {
    return {};
  }
}

/// Pairs of names, one of each table, of which `reduce` makes the same.
template <class Reduce>
std::vector<std::pair<std::string, std::string>> alike(const std::vector<std::string>& only_a,
                                                       const std::vector<std::string>& only_b, Reduce reduce) {
  std::map<std::string, std::string> reduced;
  for (const std::string& name : only_a) {
    reduced.emplace(reduce(name), name);
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& name : only_b) {
    const std::string key = reduce(name);
    const auto found = reduced.find(key);
    if (!key.empty() && found != reduced.end()) {
      pairs.emplace_back(found->second, name);
    }
  }
  return pairs;
}

}  // namespace

std::string likely_cause(const ColumnComparison& column, const PairedValues& values,
                         const std::vector<MetadataDifference>& metadata) {
  const std::optional<std::string> policy = policy_cause(metadata);
  if (column.only_a + column.only_b > 0) {
    return policy ? *policy : existence_cause(column, values);
  }
  const PairedValues rows = differing(values);
  if (rows.a.empty()) {
    return {};
  }
  constexpr double kLastDigits = 1e-12;
  if (column.relative.difference <= kLastDigits) {
    return "rounding of the last digits";
  }
  for (const std::optional<std::string>& cause :
       {definition_cause(column.name, rows), float32_cause(rows, column.relative.difference), policy,
        settings_cause(metadata), scale_cause(rows)}) {
    if (cause) {
      return *cause;
    }
  }
  constexpr double kSinglePrecision = 1e-5;
  return column.relative.difference <= kSinglePrecision ? "computed in single precision, or in another order" : "";
}

std::vector<std::string> causes_of_other_columns(const std::vector<std::string>& only_a,
                                                 const std::vector<std::string>& only_b) {
  std::vector<std::string> causes;
  const auto renamed = alike(only_a, only_b, safe_name);
  if (!renamed.empty()) {
    causes.push_back(
        fmt::format("other naming (--names): `{}` in A is `{}` in B", renamed.front().first, renamed.front().second));
    return causes;
  }
  const auto other_parameters = alike(only_a, only_b, without_parameters);
  if (!other_parameters.empty()) {
    causes.push_back(fmt::format("other feature parameters: `{}` in A, `{}` in B", other_parameters.front().first,
                                 other_parameters.front().second));
  }
  return causes;
}

}  // namespace pumice
