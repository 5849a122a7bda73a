#include "core/running_moments.hpp"

#include <algorithm>
#include <cmath>

#include "features/compensated_sum.hpp"

namespace pumice {

RunningMoments::Column RunningMoments::add(const ColumnView& column) {
  const Column added = visit_type(column.type, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>) {
      return add_integers<T>(column);
    } else {
      return add_numbers(column);
    }
  });
  minimum_ = std::min(minimum_, added.minimum);
  maximum_ = std::max(maximum_, added.maximum);
  return added;
}

template <class T>
RunningMoments::Column RunningMoments::add_integers(const ColumnView& column) {
  const T* x = column.as<T>();
  std::int64_t n = 0;
  std::int32_t minimum = std::numeric_limits<std::int32_t>::max();
  std::int32_t maximum = std::numeric_limits<std::int32_t>::min();
  // 4096 squares of at most 2^48 fit 64 bits.
  constexpr std::int64_t kBlock = 4096;
  for (std::int64_t first = 0; first < column.n; first += kBlock) {
    std::int64_t sum = 0;
    std::int64_t squares = 0;
    for (std::int64_t i = first; i < std::min(first + kBlock, column.n); ++i) {
      if (!is_missing(x[i])) {
        const std::int64_t value = x[i];
        ++n;
        sum += value;
        squares += value * value;
        minimum = std::min<std::int32_t>(minimum, x[i]);
        maximum = std::max<std::int32_t>(maximum, x[i]);
      }
    }
    sum_ += sum;
    squares_ += squares;
  }
  exact_n_ += n;
  return n == 0 ? Column{} : Column{n, static_cast<double>(minimum), static_cast<double>(maximum)};
}

RunningMoments::Column RunningMoments::add_numbers(const ColumnView& column) {
  const double* x = column.as<double>();
  Column added;
  features::CompensatedSum sum;
  for (std::int64_t i = 0; i < column.n; ++i) {
    if (!is_missing(x[i])) {
      ++added.n;
      sum.add(x[i]);
      added.minimum = std::min(added.minimum, x[i]);
      added.maximum = std::max(added.maximum, x[i]);
    }
  }
  if (added.n > 0) {
    Centred centred{.n = static_cast<double>(added.n), .mean = sum.value() / static_cast<double>(added.n)};
    features::CompensatedSum squares;
    for (std::int64_t i = 0; i < column.n; ++i) {
      if (!is_missing(x[i])) {
        squares.add((x[i] - centred.mean) * (x[i] - centred.mean));
      }
    }
    centred.m2 = squares.value();
    others_ = merged(others_, centred);
    n_ += added.n;
  }
  return added;
}

void RunningMoments::merge(const RunningMoments& other) {
  exact_n_ += other.exact_n_;
  sum_ += other.sum_;
  squares_ += other.squares_;
  n_ += other.n_;
  others_ = merged(others_, other.others_);
  minimum_ = std::min(minimum_, other.minimum_);
  maximum_ = std::max(maximum_, other.maximum_);
}

RunningMoments::Centred RunningMoments::merged(const Centred& a, const Centred& b) {
  if (a.n == 0 || b.n == 0) {
    return a.n == 0 ? b : a;
  }
  const double n = a.n + b.n;
  const double distance = b.mean - a.mean;
  return {n, a.mean + distance * (b.n / n), a.m2 + b.m2 + distance * distance * (a.n / n * b.n)};
}

RunningMoments::Centred RunningMoments::all() const {
  if (exact_n_ == 0) {
    return others_;
  }
  // About the nearest integer c to the mean the sums are small: sum (x - c)^2 - (sum (x - c))^2 / n loses nothing.
  const stages::Int128 n = exact_n_;
  const stages::Int128 centre = (2 * sum_ + (sum_ < 0 ? -n : n)) / (2 * n);
  const auto rest = static_cast<double>(sum_ - centre * n);
  const auto squares = static_cast<double>(squares_ - 2 * centre * sum_ + centre * centre * n);
  const auto count = static_cast<double>(exact_n_);
  return merged({count, static_cast<double>(centre) + rest / count, squares - rest * (rest / count)}, others_);
}

double RunningMoments::mean() const { return count() > 0 ? all().mean : kNone; }

double RunningMoments::standard_deviation() const {
  return count() > 1 ? std::sqrt(std::max(0.0, all().m2) / static_cast<double>(count() - 1)) : kNone;
}

}  // namespace pumice
