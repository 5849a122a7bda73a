/// Columns of time: which they are and what rate they show.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pumice::io {

/// Nanoseconds since 1970 of an ISO-8601 date, `YYYY-MM-DD` with, after `T` or a space, `HH:MM[:SS[.fraction]]` and
/// `Z` or `+-HH[:]MM`; `/` may stand for `-`. Nothing where it is none, or lies outside 1678 to 2262.
[[nodiscard]] std::optional<std::int64_t> parse_iso_time(std::string_view text);

/// True for names of times and indices, in any case: time, timestamp, date, datetime, t, elapsed, epoch, .., also with
/// a unit (`time_ms`, `Time (s)`, `datetime_utc`), and units by themselves; index, sample, row, n, "unnamed: 0", .. and
/// the empty name.
[[nodiscard]] bool is_time_name(std::string_view name);

/// Seconds that a number counts in a column of this name: 1e-3 for `time_ms`. Nothing where the name does not tell.
[[nodiscard]] std::optional<double> unit_in_name(std::string_view name);

/// Seconds in the unit that numbers of this size can only be in: seconds after the year 5000 are milliseconds, etc.
[[nodiscard]] double unit_of_epoch(double number);

struct TimeAxisFound {
  bool rises_uniformly = false;
  double sample_rate = 0;  ///< Hz; 0 for an index, or where it does not rise uniformly
};

/// Looks at the first cells of a column: seconds (or, where they can only be that, milli-, micro- or nanoseconds since
/// 1970, or in the unit that the name tells), ISO dates, or an index. Without a unit in the name, numbers that rise by
/// 1, or by whole numbers under an index's name, are an index.
[[nodiscard]] TimeAxisFound find_time_axis(std::string_view name, std::span<const std::string> cells, char decimal);

}  // namespace pumice::io
