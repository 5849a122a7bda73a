#include "pumice/catalogue.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "core/selection.hpp"
#include "features/all.hpp"

namespace pumice {
namespace {

template <class F>
constexpr bool parameters_are_alphabetical() {
  const auto& names = ParamsOf<F>::names;
  return std::is_sorted(names.begin(), names.end());
}

/// Every feature says what it is, in one sentence, a formula and an expression of an independent tool, and shows it in
/// two examples at least.
template <class F>
constexpr bool is_described() {
  return !F::spec.name.empty() && !F::spec.summary.empty() && F::spec.summary.back() == '.' &&
         !F::spec.formula.empty() && !F::spec.oracle.empty() && F::examples.size() >= 2;
}

template <class Params>
std::array<double, kMaxParams> to_doubles(const Params& params) {
  std::array<double, kMaxParams> values{};
  if constexpr (Params::names.size() > 0) {
    static_assert(sizeof(Params) == Params::names.size() * sizeof(double));
    std::memcpy(values.data(), &params, sizeof(Params));
  }
  return values;
}

template <class F>
FeatureInfo describe(int id, std::string_view family) {
  using Params = ParamsOf<F>;
  static_assert(parameters_are_alphabetical<F>(), "parameters stand in alphabetical order");
  static_assert(is_described<F>(), "a feature has a name, a summary, a formula, an oracle and two examples");

  FeatureInfo info;
  info.id = id;
  info.family = family;
  info.spec = F::spec;
  info.needs = kNeedsOf<F>;
  info.parameters.assign(Params::names.begin(), Params::names.end());
  if constexpr (requires { F::defaults; }) {
    for (const Params& params : F::defaults) {
      info.defaults.push_back(to_doubles(params));
    }
  } else {
    static_assert(Params::names.empty(), "a feature with parameters has defaults");
    info.defaults.push_back({});
  }
  if constexpr (requires { F::derivations; }) {
    info.derivations.assign(F::derivations.begin(), F::derivations.end());
  } else {
    info.derivations = {Derivation::kNone};
  }
  if constexpr (requires { F::outputs; }) {
    static_assert(F::outputs.size() == kOutputsOf<F> && F::output_units.size() == kOutputsOf<F>);
    info.outputs.assign(F::outputs.begin(), F::outputs.end());
    info.output_units.assign(F::output_units.begin(), F::output_units.end());
  } else {
    static_assert(kOutputsOf<F> == 1, "a feature with several outputs names them");
    info.output_units = {F::spec.unit};
  }
  for (const Example<Params>& example : F::examples) {
    info.examples.push_back({example.signal, to_doubles(example.params), example.expected});
  }
  info.takes_bands = std::is_same_v<Params, Band>;
  info.ordered = kOrdered<F>;
  if constexpr (requires { Params::rule; }) {
    info.parameter_rule = Params::rule;
    info.accepts = [](const double* values) { return params_from<Params>(values).valid(); };
  } else {
    info.accepts = [](const double*) { return true; };
  }
  return info;
}

std::vector<FeatureInfo> describe_all() {
  std::vector<std::string_view> families;
  for (const features::Family& family : features::kFamilies) {
    families.insert(families.end(), static_cast<std::size_t>(family.size), family.name);
  }
  std::vector<FeatureInfo> infos;
  infos.reserve(families.size());
  features::Catalogue::for_each([&]<class F>() {
    const std::size_t id = infos.size();
    infos.push_back(describe<F>(static_cast<int>(id), families.at(id)));
  });
  return infos;
}

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const int replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string power_text(std::string_view base, int exponent) {
  return exponent == 1 ? std::string(base) : std::string(base) + "^" + std::to_string(exponent);
}

}  // namespace

std::span<const FeatureInfo> catalogue() {
  static const std::vector<FeatureInfo> infos = describe_all();
  return infos;
}

const FeatureInfo* find_feature(std::string_view name) {
  const auto all = catalogue();
  const auto found = std::find_if(all.begin(), all.end(), [&](const FeatureInfo& f) { return f.spec.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> feature_set_names() {
  std::vector<std::string> names;
  names.reserve(kNamedSets.size() + features::kFamilies.size());
  for (const NamedSet& set : kNamedSets) {
    names.emplace_back(set.name);
  }
  for (const features::Family& family : features::kFamilies) {
    names.emplace_back(family.name);
  }
  return names;
}

std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> known, int count) {
  std::vector<std::pair<int, std::size_t>> order;
  for (std::size_t k = 0; k < known.size(); ++k) {
    // `max` means `maximum`, however many letters it lacks.
    const bool begins = !name.empty() && known[k].starts_with(name);
    order.emplace_back(begins ? 1 : edit_distance(name, known[k]), k);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::string> nearest;
  for (const auto& [distance, k] : order) {
    if (static_cast<int>(nearest.size()) == count) {
      break;
    }
    nearest.push_back(known[k]);
  }
  return nearest;
}

std::string unit_text(Unit unit) {
  std::string text = unit.signal != 0 ? power_text("{x}", unit.signal) : "";
  if (unit.second > 0) {
    text += text.empty() ? power_text("s", unit.second) : "/" + power_text("Hz", unit.second);
  } else if (unit.second < 0) {
    text += (text.empty() ? "" : " ") + power_text("Hz", -unit.second);
  }
  if (text.empty()) {
    text = "1";
  }
  return unit.log10 ? "log10(" + text + ")" : text;
}

std::string_view tolerance_text(Tolerance tolerance) {
  switch (tolerance) {
    case Tolerance::kExact:
      return "exact";
    case Tolerance::kSample:
      return "1e-12 relative on integers, 1e-12 max|x|^k on decimals";
    case Tolerance::kStandardised:
      return "1e-12 (|b| + 1)";
    case Tolerance::kPower:
      return "1e-5 |b| + 1e-9 of the total power; in double precision 1e-9 |b|";
    case Tolerance::kLogPower:
      return "as power, propagated through log10";
    case Tolerance::kShape:
      return "1e-5 |b|, and the floor of power propagated as below; in double precision 1e-9 |b|";
    case Tolerance::kBin:
      return "a bin's frequency; where bins tie within the tolerance of power a peak may be any of them, a share the "
             "next bin";
  }
  return "";
}

std::string_view derivation_name(Derivation derivation) {
  switch (derivation) {
    case Derivation::kNone:
      return "";
    case Derivation::kAbs:
      return "abs";
    case Derivation::kDiff:
      return "diff";
  }
  return "";
}

}  // namespace pumice
