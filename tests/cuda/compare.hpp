/// Runs a plan on a backend and compares two backends' values within what each feature promises.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cuda/segments.hpp"
#include "pumice/backend.hpp"
#include "pumice/catalogue.hpp"

namespace pumice::test {

/// Values of one segment, computed in a slot of its own, behind `values`.
inline void append_values(Backend& backend, const Plan& plan, const PreparedSegment& segment,
                          std::vector<double>& values) {
  const auto slot = backend.make_slot(plan, std::max<std::int64_t>(segment.n, 1), 1);
  ASSERT_TRUE(slot->add(segment));
  slot->submit();
  const auto result = slot->wait();
  ASSERT_EQ(result.size(), static_cast<std::size_t>(plan.n_values));
  values.insert(values.end(), result.begin(), result.end());
}
inline void append_values(Backend& backend, const Plan& plan, const Columns& columns, std::vector<double>& values) {
  Preparer preparer;
  append_values(backend, plan, preparer.prepare(plan, columns.views()), values);
}

/// Values of all segments, in a slot made for `batch` segments of n samples. The backend must not borrow its input.
[[nodiscard]] inline std::vector<double> values_in_batches(Backend& backend, const Plan& plan,
                                                           const std::vector<Columns>& segments, std::int64_t n,
                                                           int batch) {
  Preparer preparer;
  std::vector<double> values;
  const auto slot = backend.make_slot(plan, n, batch);
  const auto flush = [&] {
    slot->submit();
    const auto result = slot->wait();
    values.insert(values.end(), result.begin(), result.end());
  };
  for (const Columns& columns : segments) {
    const PreparedSegment segment = preparer.prepare(plan, columns.views());
    if (!slot->add(segment)) {
      flush();
      EXPECT_TRUE(slot->add(segment)) << "an empty slot takes any segment";
    }
  }
  flush();
  return values;
}

/// What a feature's tolerance comes to in figures: |a - b| <= relative |b| + absolute total.
struct Allowed {
  double relative = 0;
  double absolute = 0;
};

[[nodiscard]] inline Allowed allowed(Tolerance tolerance, Precision precision) {
  const double spectral = precision == Precision::kFloat ? 1e-5 : 1e-9;
  switch (tolerance) {
    case Tolerance::kPower:
    case Tolerance::kLogPower:
      return {spectral, 1e-9};
    case Tolerance::kShape:
      return {spectral, 0};
    default:
      // Sums of 128 lanes in one tree, of + - x / sqrt only: every backend has the same bits.
      return {0, 0};
  }
}

/// True where both frequencies are multiples of a bin's width, and neighbours: a tie of two bins' power, or of a
/// running total with what it must reach, may be broken either way.
[[nodiscard]] inline bool neighbouring_bins(double a, double b, double bin) {
  return bin > 0 && std::fabs(std::fabs(a - b) - bin) <= 1e-9 * bin;
}

/// Width of a bin of the column's spectrum in a segment of n samples, Hz; 0 where it has none.
[[nodiscard]] inline double bin_width(const Plan& plan, const PlanColumn& column, std::int64_t n) {
  for (const SignalPlan& signal : plan.signals) {
    if (signal.channel != column.channel || signal.derivation != column.derivation) {
      continue;
    }
    for (const FeatureCall& call : signal.calls) {
      if (call.first_value == column.value && call.welch >= 0) {
        const std::int64_t samples = n - (column.derivation == Derivation::kDiff ? 1 : 0);
        return plan.sample_rate / plan.welch[static_cast<std::size_t>(call.welch)].for_length(samples).nperseg;
      }
    }
  }
  return 0;
}

/// The column's values agree within its feature's tolerance; `total`: the power of its channel.
inline void expect_value(const PlanColumn& column, Precision precision, double expected, double actual, double total,
                         const std::string& where) {
  const Tolerance tolerance = catalogue()[static_cast<std::size_t>(column.feature)].spec.tolerance;
  const Allowed limit = allowed(tolerance, precision);
  if (tolerance == Tolerance::kLogPower && !std::isnan(expected) && !std::isnan(actual)) {
    expected = std::pow(10.0, expected);
    actual = std::pow(10.0, actual);
  }
  const bool agrees = std::isnan(expected) ? std::isnan(actual)
                                           : std::fabs(actual - expected) <=
                                                 limit.relative * std::fabs(expected) + limit.absolute * total;
  EXPECT_TRUE(agrees) << where << ": " << column.name << " is " << actual << ", expected " << expected;
}

/// Rows [segments][plan.n_values] of both agree. Frequencies of bins may be a bin off where two tie: at most one in a
/// hundred, since noise hardly ever ties.
inline void expect_agreement(const Plan& plan, const std::vector<Columns>& segments,
                             const std::vector<double>& expected, const std::vector<double>& actual,
                             const std::string& what) {
  const auto width = static_cast<std::size_t>(plan.n_values);
  ASSERT_GT(width, 0U);
  ASSERT_EQ(expected.size(), segments.size() * width) << what;
  ASSERT_EQ(actual.size(), expected.size()) << what;
  std::int64_t bins = 0;
  std::int64_t ties = 0;
  for (std::size_t row = 0; row < expected.size() / width; ++row) {
    std::map<std::pair<int, Derivation>, double> totals;
    for (const PlanColumn& column : plan.columns) {
      const double value = expected[row * width + static_cast<std::size_t>(column.value)];
      if (catalogue()[static_cast<std::size_t>(column.feature)].spec.tolerance == Tolerance::kPower &&
          !std::isnan(value)) {
        totals[{column.channel, column.derivation}] += value;
      }
    }
    for (const PlanColumn& column : plan.columns) {
      const std::size_t place = row * width + static_cast<std::size_t>(column.value);
      if (catalogue()[static_cast<std::size_t>(column.feature)].spec.tolerance == Tolerance::kBin) {
        ++bins;
        if (neighbouring_bins(expected[place], actual[place], bin_width(plan, column, segments[row].n()))) {
          ++ties;
          continue;
        }
      }
      expect_value(column, plan.precision, expected[place], actual[place], totals[{column.channel, column.derivation}],
                   what + ", segment " + std::to_string(row));
    }
  }
  EXPECT_LE(ties, std::max<std::int64_t>(bins / 100, 1)) << what << ": too many frequencies are a bin off";
}

}  // namespace pumice::test
