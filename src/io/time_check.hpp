/// A whole column of times held against the rate of the run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pumice/error.hpp"

namespace pumice::io {

/// Takes the times of a file row by row, and says where they do not rise by one step a row. Every step must be within
/// half a step of the usual one, which leaves room for times that are printed with few digits; the mean step must be
/// within 0.5 % of it (or half a step in all, in short files).
class TimeCheck {
 public:
  /// `name`: the column's, which may tell the unit of its numbers. `sample_rate`: Hz, above 0.
  TimeCheck(std::string name, double sample_rate, char decimal);

  /// `text`: the time cell of the row that starts in `line`, without spaces round it.
  void add(std::string_view text, std::int64_t line);
  /// What is wrong with the times so far; its path is empty.
  [[nodiscard]] std::optional<InputProblem> problem() const;

 private:
  /// Seconds, or nothing where `text` is no time of the kind that the first one is.
  [[nodiscard]] std::optional<double> seconds(std::string_view text);
  [[nodiscard]] InputProblem at(std::int64_t line, std::string reason) const;
  [[nodiscard]] InputProblem other_rate(double rate) const;

  std::string name_;
  double step_;  ///< seconds
  char decimal_;
  std::optional<std::int64_t> first_date_;  ///< nanoseconds
  std::optional<double> unit_;              ///< seconds that a number counts
  double first_ = 0;
  double last_ = 0;
  std::int64_t count_ = 0;
  std::int64_t irregular_ = 0;
  std::vector<double> first_steps_;  ///< seconds
  std::optional<InputProblem> first_problem_;
  bool unreadable_ = false;
};

}  // namespace pumice::io
