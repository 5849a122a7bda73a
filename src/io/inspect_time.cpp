#include "io/inspect_time.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "io/csv_number.hpp"

namespace pumice::io {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

/// Takes characters off the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  [[nodiscard]] bool done() const { return text_.empty(); }
  [[nodiscard]] bool take(char c) {
    if (text_.empty() || text_.front() != c) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool take_digits(int count, int& value) {
    if (static_cast<int>(text_.size()) < count) {
      return false;
    }
    value = 0;
    for (int i = 0; i < count; ++i) {
      const char c = text_[static_cast<std::size_t>(i)];
      if (c < '0' || c > '9') {
        return false;
      }
      value = 10 * value + (c - '0');
    }
    text_.remove_prefix(static_cast<std::size_t>(count));
    return true;
  }
  /// Digits after a point, as nanoseconds; further ones are dropped.
  [[nodiscard]] bool take_fraction(std::int64_t& nanoseconds) {
    std::int64_t weight = kNanoseconds / 10;
    bool any = false;
    int digit = 0;
    while (take_digits(1, digit)) {
      nanoseconds += digit * weight;
      weight /= 10;
      any = true;
    }
    return any;
  }

 private:
  std::string_view text_;
};

/// Days since 1970-01-01 in the Gregorian calendar (years start in March, so that leap days end them).
std::int64_t days_since_1970(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = y / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_index_name(std::string_view lower_name) {
  return is_one_of(lower_name, {"", "index", "idx", "sample", "sample_index", "sample index", "sample_number", "row",
                                "n", "unnamed: 0"});
}

std::optional<double> seconds_of_unit(std::string_view word) {
  if (is_one_of(word, {"s", "sec", "secs", "second", "seconds"})) {
    return 1;
  }
  if (is_one_of(word, {"ms", "msec", "millis", "millisecond", "milliseconds"})) {
    return 1e-3;
  }
  if (is_one_of(word, {"us", "usec", "micros", "microsecond", "microseconds", "\xc2\xb5s", "\xce\xbcs"})) {
    return 1e-6;
  }
  return is_one_of(word, {"ns", "nsec", "nanos", "nanosecond", "nanoseconds"}) ? std::optional<double>(1e-9)
                                                                               : std::nullopt;
}

/// A name in lower case and the unit that stands in brackets or behind a `_` or a space at its end.
struct NameAndUnit {
  std::string name;
  std::string unit;
};

NameAndUnit split_unit(std::string_view name) {
  std::string lower = lower_case(name);
  const auto cut = [&](std::size_t behind_name, std::size_t first, std::size_t last) -> NameAndUnit {
    const std::string unit = lower.substr(first, last - first);
    if (unit != "utc" && !seconds_of_unit(unit)) {
      return {lower, {}};
    }
    std::string base = lower.substr(0, behind_name);
    base.erase(base.find_last_not_of(" _") + 1);
    return {base, unit};
  };
  if (!lower.empty() && (lower.back() == ')' || lower.back() == ']')) {
    const std::size_t open = lower.rfind(lower.back() == ')' ? '(' : '[');
    return open == std::string::npos ? NameAndUnit{lower, {}} : cut(open, open + 1, lower.size() - 1);
  }
  const std::size_t last = lower.find_last_of("_ ");
  return last == std::string::npos ? NameAndUnit{lower, {}} : cut(last, last + 1, lower.size());
}

bool names_a_time(std::string_view lower_name) {
  return is_one_of(lower_name, {"time", "timestamp", "date", "datetime", "t", "elapsed", "elapsed_time", "epoch", "utc",
                                "unix", "unix_time", "date_time"});
}

/// The round rate within `relative` of `rate`: whole hertz, or one over whole seconds.
double rounded_rate(double rate, double relative) {
  const double hertz = std::round(rate);
  if (hertz >= 1 && std::abs(rate - hertz) <= relative * rate) {
    return hertz;
  }
  const double period = std::round(1 / rate);
  if (period >= 1 && std::abs(1 / rate - period) <= relative * period) {
    return 1 / period;
  }
  return rate;
}

}  // namespace

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
  Reader reader(text);
  int year = 0;
  int month = 0;
  int day = 0;
  if (!reader.take_digits(4, year)) {
    return {};
  }
  const char separator = reader.take('-') ? '-' : '/';
  if (separator == '/' && !reader.take('/')) {
    return {};
  }
  if (!reader.take_digits(2, month) || !reader.take(separator) || !reader.take_digits(2, day)) {
    return {};
  }
  if (year < 1678 || year >= 2262 || month < 1 || month > 12 || day < 1 || day > 31) {
    return {};
  }
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction = 0;
  std::int64_t offset_minutes = 0;
  if (!reader.done()) {
    if (!(reader.take('T') || reader.take('t') || reader.take(' ')) || !reader.take_digits(2, hour) ||
        !reader.take(':') || !reader.take_digits(2, minute)) {
      return {};
    }
    if (reader.take(':') && !reader.take_digits(2, second)) {
      return {};
    }
    if ((reader.take('.') || reader.take(',')) && !reader.take_fraction(fraction)) {
      return {};
    }
    if (!(reader.take('Z') || reader.take('z')) && !reader.done()) {
      int offset_hour = 0;
      int offset_minute = 0;
      const bool east = reader.take('+');
      if ((!east && !reader.take('-')) || !reader.take_digits(2, offset_hour)) {
        return {};
      }
      static_cast<void>(reader.take(':'));
      if (!reader.done() && !reader.take_digits(2, offset_minute)) {
        return {};
      }
      offset_minutes = (east ? std::int64_t{1} : std::int64_t{-1}) * (60 * offset_hour + offset_minute);
    }
    if (!reader.done() || hour > 24 || minute > 59 || second > 60) {
      return {};
    }
  }
  const std::int64_t minutes = (days_since_1970(year, month, day) * 24 + hour) * 60 + minute - offset_minutes;
  return (minutes * 60 + second) * kNanoseconds + fraction;
}

bool is_time_name(std::string_view name) {
  const std::string lower = lower_case(name);
  // A lone `s` is a channel more often than a time.
  return is_index_name(lower) || names_a_time(split_unit(name).name) || (lower != "s" && seconds_of_unit(lower));
}

std::optional<double> unit_in_name(std::string_view name) {
  const NameAndUnit parts = split_unit(name);
  return seconds_of_unit(parts.unit.empty() ? parts.name : parts.unit);
}

double unit_of_epoch(double number) {
  const double size = std::abs(number);
  return size > 1e17 ? 1e-9 : size > 1e14 ? 1e-6 : size > 1e11 ? 1e-3 : 1;
}

TimeAxisFound find_time_axis(std::string_view name, std::span<const std::string> cells, char decimal) {
  if (cells.size() < 3) {
    return {};
  }
  std::vector<double> times;
  std::optional<std::int64_t> start;
  for (const std::string& cell : cells) {
    if (const auto date = parse_iso_time(cell)) {
      start = start.value_or(*date);
      times.push_back(static_cast<double>(*date - *start) * 1e-9);
    } else if (const auto number = parse_number(cell, decimal); number && std::isfinite(*number) && !start) {
      times.push_back(*number);
    } else {
      return {};
    }
  }
  if (start && times.front() != 0) {
    return {};
  }
  const std::optional<double> told = start ? std::optional<double>(1) : unit_in_name(name);
  const double unit = told.value_or(unit_of_epoch(times.back()));
  const auto last = static_cast<double>(times.size() - 1);
  const double first_time = times.front();
  const double step = (times.back() - first_time) / last;
  double deviation = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (i > 0 && !(times[i] > times[i - 1])) {
      return {};
    }
    deviation = std::max(deviation, std::abs(times[i] - (first_time + step * static_cast<double>(i))));
  }
  // Printed times are rounded, by up to a good tenth of a step; one missing row is off by half of one or more.
  if (!(step > 0) || deviation > 0.25 * step) {
    return {};
  }
  const bool whole = !told && step == std::trunc(step);
  if (whole && unit == 1 && (step == 1 || is_index_name(lower_case(name)))) {
    return {true, 0};
  }
  const double uncertainty = std::max(1e-9, 2 * deviation / (last * step));
  return {true, rounded_rate(1 / (step * unit), uncertainty)};
}

}  // namespace pumice::io
