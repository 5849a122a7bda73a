#include "io/time_check.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "io/csv_number.hpp"
#include "io/inspect_time.hpp"

namespace pumice::io {
namespace {

/// Of a step. A file of twice the rate is off by exactly half.
constexpr double kStepTolerance = 0.499;
constexpr double kRateTolerance = 0.005;
constexpr std::size_t kMostSteps = 256;

constexpr const char* kWayOut = "; `--sample-rate` takes the rows as they come";

}  // namespace

TimeCheck::TimeCheck(std::string name, double sample_rate, char decimal)
    : name_(std::move(name)), step_(1 / sample_rate), decimal_(decimal), unit_(unit_in_name(name_)) {}

std::optional<double> TimeCheck::seconds(std::string_view text) {
  // Numbers are the more usual ones, and no date is one.
  if (!first_date_) {
    if (const auto number = parse_number(text, decimal_); number && std::isfinite(*number)) {
      unit_ = unit_ ? unit_ : unit_of_epoch(*number);
      return *number * *unit_;
    }
  }
  const std::optional<std::int64_t> date = parse_iso_time(text);
  if (!date || (!first_date_ && count_ > 0)) {
    return {};
  }
  first_date_ = first_date_ ? first_date_ : date;
  return static_cast<double>(*date - *first_date_) * 1e-9;
}

void TimeCheck::add(std::string_view text, std::int64_t line) {
  if (unreadable_) {
    return;
  }
  const std::optional<double> time = seconds(text);
  if (!time) {
    unreadable_ = true;
    if (!first_problem_) {
      first_problem_ = at(line, fmt::format("{}{}", text.empty() ? "has no time" : "holds no time", kWayOut));
    }
    return;
  }
  if (count_ == 0) {
    first_ = *time;
  } else {
    const double step = *time - last_;
    if (first_steps_.size() < kMostSteps) {
      first_steps_.push_back(step);
    }
    if (!(std::abs(step - step_) <= kStepTolerance * step_)) {
      ++irregular_;
      if (!first_problem_) {
        first_problem_ =
            at(line, fmt::format("the time jumps by {:.6g} s instead of {:.6g} s{}", step, step_, kWayOut));
      }
    }
  }
  last_ = *time;
  ++count_;
}

std::optional<InputProblem> TimeCheck::problem() const {
  const auto steps = static_cast<double>(count_ - 1);
  if (first_problem_) {
    // Most steps are of one other length: another rate, not a jump.
    std::vector<double> sorted = first_steps_;
    std::sort(sorted.begin(), sorted.end());
    const double usual = sorted.empty() ? 0 : sorted[sorted.size() / 2];
    if (2 * irregular_ <= count_ - 1 || !(usual > 0)) {
      return first_problem_;
    }
    double sum = 0;
    double number = 0;
    for (const double step : sorted) {
      if (std::abs(step - usual) <= 0.5 * usual) {
        sum += step;
        ++number;
      }
    }
    return std::abs(sum / number - step_) > kRateTolerance * step_ ? other_rate(number / sum) : first_problem_;
  }
  const double off = std::abs(last_ - first_ - steps * step_) / step_;
  if (count_ > 1 && off > std::max(kStepTolerance, kRateTolerance * steps)) {
    return other_rate(steps / (last_ - first_));
  }
  return {};
}

InputProblem TimeCheck::at(std::int64_t line, std::string reason) const {
  return {.path = {}, .reason = std::move(reason), .row = line, .column = name_, .byte = {}};
}

InputProblem TimeCheck::other_rate(double rate) const {
  return {
      .path = {},
      .reason = fmt::format("its column {} shows {:.6g} Hz, the others {:.6g} Hz{}", name_, rate, 1 / step_, kWayOut),
      .row = {},
      .column = {},
      .byte = {}};
}

}  // namespace pumice::io
