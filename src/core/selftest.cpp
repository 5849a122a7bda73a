#include "core/selftest.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "core/example_signal.hpp"
#include "pumice/catalogue.hpp"
#include "pumice/column_name.hpp"
#include "pumice/prepare.hpp"

namespace pumice {
namespace {

struct Case {
  const FeatureInfo* feature = nullptr;
  const ExampleInfo* example = nullptr;
};

/// A feature with its parameters, as `--features` takes it.
std::string selection(const Case& test) {
  std::string text(test.feature->spec.name);
  for (std::size_t k = 0; k < test.feature->parameters.size(); ++k) {
    text += "__" + std::string(test.feature->parameters[k]) + "_" + shortest_number(test.example->params[k]);
  }
  return text;
}

std::string parameters_of(const Case& test) {
  std::string text;
  for (std::size_t k = 0; k < test.feature->parameters.size(); ++k) {
    text += (k == 0 ? "" : ", ") + std::string(test.feature->parameters[k]) + "=" +
            shortest_number(test.example->params[k]);
  }
  return text;
}

/// Sample types that hold `samples` exactly.
std::vector<SampleType> fitting_types(const std::vector<double>& samples) {
  double largest = 0;
  for (const double x : samples) {
    if (!std::isnan(x)) {
      largest = std::max(largest, std::trunc(x) == x ? std::fabs(x) : 1e300);
    }
  }
  std::vector<SampleType> types{SampleType::kFloat64};
  if (largest <= kMaxInt32Sample) {
    types.push_back(SampleType::kInt32);
  }
  if (largest <= INT16_MAX) {
    types.push_back(SampleType::kInt16);
  }
  return types;
}

ColumnBuffer column_of(const std::vector<double>& samples, SampleType type) {
  ColumnBuffer column;
  column.reset(type, static_cast<std::int64_t>(samples.size()));
  visit_type(type, [&](auto zero) {
    using T = decltype(zero);
    std::transform(samples.begin(), samples.end(), column.as<T>(),
                   [](double x) { return std::isnan(x) ? kMissing<T> : static_cast<T>(x); });
  });
  return column;
}

/// Place of a feature's first output among the plan's values.
int value_of(const Plan& plan, const Case& test) {
  for (const SignalPlan& signal : plan.signals) {
    for (const FeatureCall& call : signal.calls) {
      const bool same_parameters = std::equal(
          call.params.begin(), call.params.begin() + test.feature->parameters.size(), test.example->params.begin());
      if (call.feature == test.feature->id && same_parameters && signal.derivation == Derivation::kNone) {
        return call.first_value;
      }
    }
  }
  throw std::logic_error("a feature that was asked for is not in the plan");
}

/// All examples of one signal.
class SignalTest {
 public:
  SignalTest(Backend& backend, std::string_view text, std::vector<Case> cases)
      : backend_(backend), text_(text), cases_(std::move(cases)), signal_(parse_example_signal(text)) {
    for (const double x : signal_.samples) {
      if (!std::isnan(x)) {
        largest_ = std::max(largest_, std::fabs(x));
        power_ += x * x / static_cast<double>(signal_.samples.size());
      }
    }
  }

  void run(SelftestReport& report) {
    for (const Precision precision : {Precision::kFloat, Precision::kDouble}) {
      for (const SampleType type : fitting_types(signal_.samples)) {
        run(type, precision, report);
      }
    }
  }

 private:
  void run(SampleType type, Precision precision, SelftestReport& report) {
    PlanRequest request;
    request.channels = {"x"};
    request.features.clear();
    for (const Case& test : cases_) {
      request.features.push_back(selection(test));
    }
    request.precision = precision;
    request.sample_rate = signal_.sample_rate;
    const Plan plan = make_plan(request);
    const std::vector<double> values = compute(plan, type);
    for (const Case& test : cases_) {
      judge(test, type, precision, values[static_cast<std::size_t>(value_of(plan, test))], report);
    }
  }

  [[nodiscard]] std::vector<double> compute(const Plan& plan, SampleType type) const {
    const ColumnBuffer column = column_of(signal_.samples, type);
    const ColumnView view = column.view();
    Preparer preparer;
    const PreparedSegment segment = preparer.prepare(plan, {&view, 1});
    const std::unique_ptr<Slot> slot = backend_.make_slot(plan, view.n, 1);
    if (!slot->add(segment)) {
      throw std::logic_error("an empty slot refused a segment");
    }
    slot->submit();
    const auto values = slot->wait();
    return {values.begin(), values.end()};
  }

  void judge(const Case& test, SampleType type, Precision precision, double got, SelftestReport& report) const {
    const Spec& spec = test.feature->spec;
    const double expected = test.example->expected;
    const double scale = std::pow(largest_, test.feature->output_units.front().signal);
    const double allowed = allowed_error(spec.tolerance, precision, expected, scale, power_);
    const bool passes = std::isnan(expected) ? std::isnan(got) : std::fabs(got - expected) <= allowed;
    SelftestFamily& family = *std::find_if(report.families.begin(), report.families.end(),
                                           [&](const auto& f) { return f.family == test.feature->family; });
    ++(passes ? family.passed : family.failed);
    ++(passes ? report.passed : report.failed);
    if (!passes) {
      report.failures.push_back({spec.name, parameters_of(test), text_, type, precision, expected, got, allowed});
    }
  }

  Backend& backend_;
  std::string_view text_;
  std::vector<Case> cases_;
  ExampleSignal signal_;
  double largest_ = 0;
  double power_ = 0;
};

}  // namespace

double allowed_error(Tolerance tolerance, Precision precision, double expected, double scale, double power) {
  const double b = std::fabs(expected);
  const bool is_float = precision == Precision::kFloat;
  const double relative = is_float ? 1e-5 : 1e-9;
  // What 1e-9 of the total becomes where a power is computed in double precision.
  const double floor = is_float ? 1e-9 : 1e-13;
  switch (tolerance) {
    case Tolerance::kExact:
      return 0;
    case Tolerance::kSample:
      return 1e-12 * std::max(b, scale);
    case Tolerance::kStandardised:
      return 1e-12 * (b + 1);
    case Tolerance::kPower:
      return relative * b + floor * power;
    case Tolerance::kLogPower:
      return std::log10(1 + relative + floor * power / std::pow(10.0, expected));
    case Tolerance::kShape:
      return relative * b + floor;
    case Tolerance::kBin:
      return 1e-12 * b;
  }
  return 0;
}

SelftestReport run_selftest(Backend& backend) {
  SelftestReport report;
  // One plan a signal: on a GPU making a slot costs more than what is computed in it.
  std::map<std::string_view, std::vector<Case>> signals;
  for (const FeatureInfo& feature : catalogue()) {
    if (report.families.empty() || report.families.back().family != feature.family) {
      report.families.push_back({.family = feature.family});
    }
    ++report.families.back().features;
    for (const ExampleInfo& example : feature.examples) {
      signals[example.signal].push_back({&feature, &example});
    }
  }
  for (auto& [signal, cases] : signals) {
    SignalTest(backend, signal, std::move(cases)).run(report);
  }
  return report;
}

}  // namespace pumice
