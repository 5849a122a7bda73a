/// Slow, obvious versions of the policies, the stages and a whole plan, to test the fast ones against.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include "features/all.hpp"
#include "pumice/feature.hpp"
#include "pumice/plan.hpp"
#include "pumice/samples.hpp"
#include "pumice/team.hpp"
#include "stages/moments.hpp"

namespace pumice::test {

/// The samples of a column as doubles, NaN where missing.
[[nodiscard]] inline std::vector<double> as_read(const ColumnView& column) {
  std::vector<double> x;
  visit_type(column.type, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < column.n; ++i) {
      const T value = column.as<T>()[i];
      x.push_back(is_missing(value) ? std::nan("") : static_cast<double>(value));
    }
  });
  return x;
}

/// A channel after the policy: the two sequences that features see.
struct SlowChannel {
  Intake intake;
  std::vector<double> valid;
  std::vector<double> time_axis;
};

/// Gaps filled on the line between the samples on either side; before the first and after the last, that one's value.
[[nodiscard]] inline std::vector<double> slow_interpolation(const std::vector<double>& x) {
  std::vector<double> filled;
  const auto n = static_cast<std::int64_t>(x.size());
  for (std::int64_t i = 0; i < n; ++i) {
    std::int64_t left = i;
    while (left >= 0 && std::isnan(x[left])) {
      --left;
    }
    std::int64_t right = i;
    while (right < n && std::isnan(x[right])) {
      ++right;
    }
    if (left < 0) {
      filled.push_back(x[right]);
    } else if (right == n || left == right) {
      filled.push_back(x[left]);
    } else {
      const double slope = (x[right] - x[left]) / static_cast<double>(right - left);
      filled.push_back(slope * static_cast<double>(i - left) + x[left]);
    }
  }
  return filled;
}

[[nodiscard]] inline SlowChannel slow_channel(const ColumnView& column, MissingPolicy policy) {
  const std::vector<double> x = as_read(column);
  SlowChannel result;
  std::vector<double> present;
  std::vector<double> zeroed;
  std::vector<double> forward;
  std::int64_t gap = 0;
  for (const double value : x) {
    gap = std::isnan(value) ? gap + 1 : 0;
    result.intake.longest_gap = std::max(result.intake.longest_gap, gap);
    if (!std::isnan(value)) {
      present.push_back(value);
    }
    zeroed.push_back(std::isnan(value) ? 0.0 : value);
    forward.push_back(!std::isnan(value) ? value : forward.empty() ? 0.0 : forward.back());
  }
  result.intake.n = column.n;
  result.intake.n_valid = static_cast<std::int64_t>(present.size());
  result.intake.is_constant =
      !present.empty() && std::all_of(present.begin(), present.end(), [&](double v) { return v == present[0]; });
  const bool has_gap = present.size() < x.size();
  if (policy == MissingPolicy::kZero) {
    result.valid = result.time_axis = zeroed;
  } else if (policy == MissingPolicy::kFfill) {
    result.valid = result.time_axis = forward;
  } else if (present.empty() || (policy == MissingPolicy::kNan && has_gap)) {
    return result;
  } else {
    result.time_axis = slow_interpolation(x);
    result.valid = policy == MissingPolicy::kInterpolate ? result.time_axis : present;
  }
  return result;
}

/// |X_k|^2 of a block at every bin, by the definition.
[[nodiscard]] inline std::vector<double> slow_power(const std::vector<double>& x) {
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<std::complex<long double>> roots;
  for (std::int64_t j = 0; j < n; ++j) {
    const long double angle =
        -2 * std::numbers::pi_v<long double> * static_cast<long double>(j) / static_cast<long double>(n);
    roots.emplace_back(std::cos(angle), std::sin(angle));
  }
  std::vector<double> power;
  for (std::int64_t k = 0; k <= n / 2; ++k) {
    std::complex<long double> sum = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      sum += static_cast<long double>(x[j]) * roots[j * k % n];
    }
    power.push_back(static_cast<double>(std::norm(sum)));
  }
  return power;
}

/// The taper's formula, term by term.
[[nodiscard]] inline double slow_taper(Taper taper, std::int64_t i, std::int64_t n) {
  const double a = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n);
  switch (taper) {
    case Taper::kHann:
      return n == 1 ? 1 : std::sin(a / 2) * std::sin(a / 2);
    case Taper::kHamming:
      return n == 1 ? 1 : 0.54 - 0.46 * std::cos(a);
    case Taper::kBlackman:
      return n == 1 ? 1 : 0.42 - 0.5 * std::cos(a) + 0.08 * std::cos(2 * a);
    case Taper::kBoxcar:
      break;
  }
  return 1;
}

struct SlowPsd {
  std::vector<double> p;
  std::int64_t blocks = 0;
  double df = 0;
};

/// Welch's method as the text book has it. `raw`: NaN where missing; a block of which more than a tenth is missing is
/// left out; empty: none is.
[[nodiscard]] inline SlowPsd slow_welch(const std::vector<double>& x, const std::vector<double>& raw,
                                        WelchSettings settings, double fs) {
  SlowPsd result;
  const auto length = static_cast<std::int64_t>(x.size());
  if (length == 0) {
    return result;
  }
  settings = settings.for_length(length);
  const std::int64_t n = settings.nperseg;
  result.df = fs / static_cast<double>(n);
  result.p.assign(static_cast<std::size_t>(n / 2 + 1), 0.0);
  double squares = 0;
  for (std::int64_t j = 0; j < n; ++j) {
    squares += std::pow(slow_taper(settings.taper, j, n), 2);
  }
  for (std::int64_t start = 0; start + n <= length; start += n - settings.overlap) {
    std::int64_t missing = 0;
    for (std::int64_t j = start; j < start + n && !raw.empty(); ++j) {
      missing += std::isnan(raw[j]) ? 1 : 0;
    }
    if (static_cast<double>(missing) > 0.1 * static_cast<double>(n)) {
      continue;
    }
    long double mean = 0;
    for (std::int64_t j = start; j < start + n; ++j) {
      mean += static_cast<long double>(x[j]) / static_cast<long double>(n);
    }
    std::vector<double> block;
    const bool constant =
        std::all_of(x.begin() + start, x.begin() + start + n, [&](double v) { return v == x[start]; });
    for (std::int64_t j = 0; j < n; ++j) {
      const double centred = constant ? 0.0 : static_cast<double>(static_cast<long double>(x[start + j]) - mean);
      block.push_back(centred * slow_taper(settings.taper, j, n));
    }
    const std::vector<double> power = slow_power(block);
    for (std::size_t k = 0; k < power.size(); ++k) {
      const bool once = k == 0 || 2 * static_cast<std::int64_t>(k) == n;
      result.p[k] += power[k] / (fs * squares) * (once ? 1 : 2);
    }
    ++result.blocks;
  }
  for (double& p : result.p) {
    p /= static_cast<double>(std::max<std::int64_t>(result.blocks, 1));
  }
  return result;
}

/// A whole plan on one segment, every stage the slow way and every feature by a SerialTeam on doubles.
[[nodiscard]] inline std::vector<double> slow_values(const Plan& plan, std::span<const ColumnView> columns) {
  std::vector<double> values(static_cast<std::size_t>(plan.n_values), std::nan(""));
  for (const SignalPlan& signal : plan.signals) {
    const ColumnView& column = columns[static_cast<std::size_t>(signal.channel)];
    SlowChannel channel = slow_channel(column, plan.missing);
    std::vector<double> raw = plan.missing == MissingPolicy::kSkip ? as_read(column) : std::vector<double>{};
    if (signal.derivation == Derivation::kAbs) {
      std::for_each(channel.valid.begin(), channel.valid.end(), [](double& v) { v = std::fabs(v); });
      std::for_each(channel.time_axis.begin(), channel.time_axis.end(), [](double& v) { v = std::fabs(v); });
    } else if (signal.derivation == Derivation::kDiff) {
      std::vector<double> difference;
      for (std::size_t i = 1; i < channel.time_axis.size(); ++i) {
        difference.push_back(channel.time_axis[i] - channel.time_axis[i - 1]);
      }
      channel.valid = channel.time_axis = difference;
      raw.erase(raw.begin(), raw.begin() + (raw.empty() ? 0 : 1));
    }
    std::vector<double> sorted = channel.valid;
    std::sort(sorted.begin(), sorted.end());
    SerialTeam team;
    Signal<double> views;
    const auto n_valid = static_cast<std::int64_t>(channel.valid.size());
    views.intake = channel.intake;
    views.valid = {channel.valid.data(), n_valid};
    views.time_axis = {channel.time_axis.data(), static_cast<std::int64_t>(channel.time_axis.size()), plan.sample_rate};
    views.order_statistics = {.n = n_valid, .sorted = sorted.data()};
    const bool filled = channel.intake.n_valid < channel.intake.n &&
                        (plan.missing == MissingPolicy::kInterpolate || signal.derivation == Derivation::kDiff) &&
                        plan.missing != MissingPolicy::kZero && plan.missing != MissingPolicy::kFfill;
    const bool wide_difference = signal.derivation == Derivation::kDiff && column.type == SampleType::kInt32;
    const bool integers = column.type != SampleType::kFloat64 && !filled && !wide_difference;
    if (integers) {
      const std::vector<std::int64_t> exact(channel.valid.begin(), channel.valid.end());
      views.moments = stages::integer_moments(team, exact.data(), n_valid);
    } else {
      views.moments = stages::float_moments(team, channel.valid.data(), n_valid);
    }
    for (const FeatureCall& call : signal.calls) {
      SlowPsd psd;
      if (call.welch >= 0) {
        psd = slow_welch(channel.time_axis, raw, plan.welch[static_cast<std::size_t>(call.welch)], plan.sample_rate);
        views.welch = {.p = psd.p.data(),
                       .bins = static_cast<int>(psd.p.size()),
                       .df = psd.df,
                       .blocks = psd.blocks,
                       .sample_rate = plan.sample_rate};
        for (std::size_t k = 1; k < psd.p.size() && psd.blocks > 0; ++k) {
          const double f = static_cast<double>(k) * psd.df;
          views.welch.total += psd.p[k];
          views.welch.first_moment += f * psd.p[k];
          views.welch.second_moment += f * f * psd.p[k];
        }
      }
      int id = 0;
      features::Catalogue::for_each([&]<class F>() {
        if (id++ == call.feature) {
          evaluate<F>(team, views, call.params.data(), values.data() + call.first_value);
        }
      });
    }
  }
  return values;
}

}  // namespace pumice::test
