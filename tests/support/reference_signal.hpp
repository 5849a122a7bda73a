/// Views of a signal made the slow, obvious way: sorting, two-pass moments in long double, a direct DFT.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "pumice/feature.hpp"
#include "pumice/plan.hpp"

namespace pumice::testing {

/// A channel under the policy `skip` with all of its stages. raw: NaN where a sample is missing.
class ReferenceSignal {
 public:
  explicit ReferenceSignal(std::vector<double> raw, double sample_rate = 100, WelchSettings settings = {})
      : raw_(std::move(raw)) {
    make_intake();
    make_axes(sample_rate);
    make_moments();
    make_welch(settings.for_length(static_cast<std::int64_t>(raw_.size())), sample_rate);
    sorted_ = valid_;
    std::sort(sorted_.begin(), sorted_.end());
    signal_.order_statistics.n = static_cast<std::int64_t>(sorted_.size());
    signal_.order_statistics.sorted = sorted_.data();
  }
  ReferenceSignal(const ReferenceSignal&) = delete;
  ReferenceSignal& operator=(const ReferenceSignal&) = delete;

  [[nodiscard]] const Signal<double>& view() const { return signal_; }
  [[nodiscard]] const std::vector<double>& raw() const { return raw_; }
  [[nodiscard]] const std::vector<double>& valid() const { return valid_; }
  [[nodiscard]] const std::vector<double>& time_axis() const { return time_axis_; }
  [[nodiscard]] const std::vector<double>& sorted() const { return sorted_; }
  [[nodiscard]] const std::vector<double>& power_density() const { return p_; }

 private:
  void make_intake() {
    Intake& intake = signal_.intake;
    std::int64_t gap = 0;
    for (const double x : raw_) {
      gap = std::isnan(x) ? gap + 1 : 0;
      intake.longest_gap = std::max(intake.longest_gap, gap);
      if (!std::isnan(x)) {
        valid_.push_back(x);
      }
    }
    intake.n = static_cast<std::int64_t>(raw_.size());
    intake.n_valid = static_cast<std::int64_t>(valid_.size());
    intake.is_constant =
        !valid_.empty() && std::all_of(valid_.begin(), valid_.end(), [&](double x) { return x == valid_[0]; });
  }

  void make_axes(double sample_rate) {
    if (!valid_.empty()) {
      time_axis_ = raw_;
      const auto n = static_cast<std::ptrdiff_t>(raw_.size());
      const auto is_there = [&](std::ptrdiff_t i) { return !std::isnan(raw_[static_cast<std::size_t>(i)]); };
      for (std::ptrdiff_t i = 0; i < n; ++i) {
        std::ptrdiff_t before = i;
        std::ptrdiff_t after = i;
        while (before >= 0 && !is_there(before)) {
          --before;
        }
        while (after < n && !is_there(after)) {
          ++after;
        }
        const double low = raw_[static_cast<std::size_t>(before >= 0 ? before : after)];
        const double high = raw_[static_cast<std::size_t>(after < n ? after : before)];
        const double share =
            after > before ? static_cast<double>(i - before) / static_cast<double>(after - before) : 0.0;
        time_axis_[static_cast<std::size_t>(i)] = low + (high - low) * share;
      }
    }
    signal_.valid = {valid_.data(), static_cast<std::int64_t>(valid_.size())};
    signal_.time_axis = {time_axis_.data(), static_cast<std::int64_t>(time_axis_.size()), sample_rate};
  }

  void make_moments() {
    Moments& m = signal_.moments;
    m.n = static_cast<std::int64_t>(valid_.size());
    if (valid_.empty()) {
      return;
    }
    long double sum = 0;
    long double squares = 0;
    for (const double x : valid_) {
      sum += x;
      squares += static_cast<long double>(x) * x;
    }
    const long double mean = sum / static_cast<long double>(m.n);
    long double m2 = 0;
    long double m3 = 0;
    long double m4 = 0;
    for (const double x : valid_) {
      const long double d = x - mean;
      m2 += d * d;
      m3 += d * d * d;
      m4 += d * d * d * d;
    }
    m.sum = static_cast<double>(sum);
    m.sum_squares = static_cast<double>(squares);
    m.mean = static_cast<double>(mean);
    m.center = valid_.front();
    m.mean_offset = static_cast<double>(mean - static_cast<long double>(m.center));
    m.m2 = static_cast<double>(m2);
    m.m3 = static_cast<double>(m3);
    m.m4 = static_cast<double>(m4);
    m.minimum = *std::min_element(valid_.begin(), valid_.end());
    m.maximum = *std::max_element(valid_.begin(), valid_.end());
  }

  static long double taper(Taper kind, long double turn) {
    const auto cosine = [](long double t) { return std::cos(2 * std::numbers::pi_v<long double> * t); };
    switch (kind) {
      case Taper::kHann:
        return 0.5L - 0.5L * cosine(turn);
      case Taper::kHamming:
        return 0.54L - 0.46L * cosine(turn);
      case Taper::kBlackman:
        return 0.42L - 0.5L * cosine(turn) + 0.08L * cosine(2 * turn);
      case Taper::kBoxcar:
        break;
    }
    return 1;
  }

  void make_welch(const WelchSettings& settings, double sample_rate) {
    WelchPsd& psd = signal_.welch;
    psd.sample_rate = sample_rate;
    if (time_axis_.empty()) {
      return;
    }
    const auto n = static_cast<std::size_t>(settings.nperseg);
    std::vector<long double> window(n);
    std::vector<long double> cosines(n);
    std::vector<long double> sines(n);
    long double window_squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const long double turn = static_cast<long double>(i) / static_cast<long double>(n);
      window[i] = n == 1 ? 1 : taper(settings.taper, turn);
      window_squares += window[i] * window[i];
      cosines[i] = std::cos(2 * std::numbers::pi_v<long double> * turn);
      sines[i] = std::sin(2 * std::numbers::pi_v<long double> * turn);
    }
    psd.bins = settings.bins();
    psd.df = sample_rate / settings.nperseg;
    std::vector<long double> sum(static_cast<std::size_t>(psd.bins));
    const std::int64_t blocks = settings.blocks(static_cast<std::int64_t>(time_axis_.size()));
    for (std::int64_t b = 0; b < blocks; ++b) {
      const auto first = static_cast<std::size_t>(b * (settings.nperseg - settings.overlap));
      const auto begin = raw_.begin() + static_cast<std::ptrdiff_t>(first);
      const auto missing =
          std::count_if(begin, begin + static_cast<std::ptrdiff_t>(n), [](double x) { return x != x; });
      if (static_cast<double>(missing) > 0.1 * static_cast<double>(n)) {
        continue;
      }
      ++psd.blocks;
      long double mean = 0;
      for (std::size_t i = 0; i < n; ++i) {
        mean += time_axis_[first + i];
      }
      mean /= static_cast<long double>(n);
      for (std::size_t k = 0; k < sum.size(); ++k) {
        long double re = 0;
        long double im = 0;
        for (std::size_t i = 0; i < n; ++i) {
          const long double x = (time_axis_[first + i] - mean) * window[i];
          re += x * cosines[i * k % n];
          im -= x * sines[i * k % n];
        }
        const bool is_single = k == 0 || 2 * k == n;
        sum[k] += (is_single ? 1 : 2) * (re * re + im * im) / (sample_rate * window_squares);
      }
    }
    make_psd(sum);
  }

  void make_psd(const std::vector<long double>& sum) {
    WelchPsd& psd = signal_.welch;
    // What rounding leaves of a constant is no power.
    const bool is_silent =
        std::all_of(time_axis_.begin(), time_axis_.end(), [&](double x) { return x == time_axis_[0]; });
    long double total = 0;
    long double first_moment = 0;
    long double second_moment = 0;
    for (std::size_t k = 0; k < sum.size() && psd.blocks > 0; ++k) {
      const long double p = is_silent ? 0 : sum[k] / static_cast<long double>(psd.blocks);
      const long double f = static_cast<long double>(k) * psd.df;
      p_.push_back(static_cast<double>(p));
      total += k > 0 ? p : 0;
      first_moment += f * p;
      second_moment += f * f * p;
    }
    psd.p = p_.data();
    psd.total = static_cast<double>(total);
    psd.first_moment = static_cast<double>(first_moment);
    psd.second_moment = static_cast<double>(second_moment);
  }

  std::vector<double> raw_;
  std::vector<double> valid_;
  std::vector<double> time_axis_;
  std::vector<double> sorted_;
  std::vector<double> p_;
  Signal<double> signal_;
};

/// Values of feature F on a signal, evaluated with the serial team.
template <class F>
std::array<double, kMaxOutputs> evaluate_serially(const ReferenceSignal& signal, const double* params) {
  std::array<double, kMaxOutputs> values{};
  SerialTeam team;
  evaluate<F>(team, signal.view(), params, values.data());
  return values;
}

}  // namespace pumice::testing
