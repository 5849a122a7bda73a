#include "cpu/welch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "stages/welch.hpp"
#include "support/samples.hpp"
#include "support/slow.hpp"
#include "support/targets.hpp"

namespace pumice {
namespace {

constexpr double kRate = 100;

/// The power of one untapered block at every bin; the estimator's mean is taken out of the samples first.
std::vector<double> power_of(const std::vector<double>& x, Precision precision) {
  const auto n = static_cast<int>(x.size());
  const cpu::FourierPlan plan = cpu::make_fourier_plan({n, 0, Taper::kBoxcar}, precision);
  std::vector<double> power(static_cast<std::size_t>(plan.n));
  ColumnBuffer memory;
  memory.reset(SampleType::kInt16, static_cast<std::int64_t>(cpu::welch_memory_bytes(plan) / 2));
  const std::vector<std::int64_t> starts{0};
  const std::vector<cpu::WelchBlocks> signals{{test::view_of(x), starts, 1.0}};
  cpu::welch_kernels(cpu::usable_targets()).sum_power(plan, signals, power.data(), memory.as<std::byte>());
  power.resize(static_cast<std::size_t>(plan.bins()));
  return power;
}

/// Noise without its mean.
std::vector<double> centred_noise(std::int64_t n, std::uint64_t seed) {
  auto x = test::noise<double>(n, seed, 1.0);
  double mean = 0;
  for (const double value : x) {
    mean += value / static_cast<double>(n);
  }
  for (double& value : x) {
    value -= mean;
  }
  return x;
}

TEST(Fourier, IsTheDefinitionAtEveryLength) {
  std::vector<int> lengths{100, 127, 128, 255, 256, 257, 1000, 1024, 2048, 2069};
  for (int n = 1; n <= 64; ++n) {
    lengths.push_back(n);
  }
  for (const int n : lengths) {
    const auto x = centred_noise(n, static_cast<std::uint64_t>(n));
    const auto exact = test::slow_power(x);
    const auto power = power_of(x, Precision::kDouble);
    ASSERT_EQ(power.size(), exact.size());
    for (std::size_t k = 0; k < exact.size(); ++k) {
      ASSERT_NEAR(power[k], exact[k], 1e-11 * exact[k] + 1e-11) << "bin " << k << " of n = " << n;
    }
  }
}

TEST(Fourier, IsTheDefinitionAtARealSegmentsLength) {
  const std::int64_t n = 60001;
  const auto x = centred_noise(n, 1);
  const auto power = power_of(x, Precision::kDouble);
  for (const std::int64_t k : {1, 2, 29, 2069, 12345, 30000}) {
    long double re = 0;
    long double im = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      const long double angle =
          2 * std::numbers::pi_v<long double> * static_cast<long double>(j * k % n) / static_cast<long double>(n);
      re += static_cast<long double>(x[j]) * std::cos(angle);
      im -= static_cast<long double>(x[j]) * std::sin(angle);
    }
    const auto exact = static_cast<double>(re * re + im * im);
    EXPECT_NEAR(power[static_cast<std::size_t>(k)], exact, 1e-10 * exact) << "bin " << k;
  }
}

TEST(Fourier, InFloatStaysWithinFivePartsInAMillion) {
  for (const int n : {64, 100, 256, 1000, 1024, 2069, 16384}) {
    const auto x = centred_noise(n, 3);
    const auto exact = power_of(x, Precision::kDouble);
    const auto power = power_of(x, Precision::kFloat);
    double total = 0;
    for (const double p : exact) {
      total += p;
    }
    for (std::size_t k = 1; k < exact.size(); ++k) {
      ASSERT_NEAR(power[k], exact[k], 5e-6 * exact[k] + 1e-9 * total) << "bin " << k << " of n = " << n;
    }
  }
}

TEST(Taper, IsPeriodic) {
  EXPECT_DOUBLE_EQ(stages::taper_value(Taper::kHann, 0, 8), 0);
  EXPECT_DOUBLE_EQ(stages::taper_value(Taper::kHann, 4, 8), 1);
  EXPECT_DOUBLE_EQ(stages::taper_value(Taper::kHann, 2, 8), 0.5);
  EXPECT_DOUBLE_EQ(stages::taper_value(Taper::kHamming, 0, 8), 0.08);
  EXPECT_DOUBLE_EQ(stages::taper_value(Taper::kBlackman, 4, 8), 1);
  EXPECT_DOUBLE_EQ(stages::taper_value(Taper::kBoxcar, 3, 8), 1);
  EXPECT_DOUBLE_EQ(stages::taper_value(Taper::kHann, 0, 1), 1);
}

class Welch : public testing::TestWithParam<Taper> {
 protected:
  /// The estimate and the slow one agree to `relative` of the bin plus `of_total` of the whole.
  template <class T>
  void expect_psd(const std::vector<T>& x, const WelchSettings& settings, Precision precision, double relative,
                  double of_total) {
    SCOPED_TRACE(testing::Message() << "n = " << x.size() << ", nperseg = " << settings.nperseg);
    cpu::WelchEstimator estimator(settings, precision, kRate);
    const WelchPsd psd = estimator.estimate(cpu::kernels_for(cpu::usable_targets()), test::view_of(x), {});
    const test::SlowPsd slow = test::slow_welch({x.begin(), x.end()}, {}, settings, kRate);
    ASSERT_EQ(psd.blocks, slow.blocks);
    ASSERT_EQ(psd.bins, static_cast<int>(slow.p.size()));
    ASSERT_DOUBLE_EQ(psd.df, slow.df);
    double total = 0;
    double first = 0;
    for (std::size_t k = 1; k < slow.p.size(); ++k) {
      total += slow.p[k];
      first += slow.p[k] * static_cast<double>(k) * slow.df;
    }
    for (std::size_t k = 0; k < slow.p.size(); ++k) {
      ASSERT_NEAR(psd.p[k], slow.p[k], relative * slow.p[k] + of_total * total) << "bin " << k;
    }
    EXPECT_NEAR(psd.total, total, relative * total);
    EXPECT_NEAR(psd.first_moment, first, relative * first);
  }
};

TEST_P(Welch, IsTheTextBooksInDouble) {
  for (const auto& [nperseg, overlap, n] : {std::tuple{64, 32, 64},
                                            {64, 32, 1000},
                                            {64, 0, 700},
                                            {64, 63, 200},
                                            {63, 31, 500},
                                            {100, 50, 1000},
                                            {101, 7, 999},
                                            {1024, 512, 900},
                                            {1, 0, 5},
                                            {2, 1, 9},
                                            {3, 1, 10},
                                            {256, 128, 2600}}) {
    const WelchSettings settings{nperseg, overlap, GetParam()};
    expect_psd(test::noise<double>(n, 1, 2.5, 10), settings, Precision::kDouble, 1e-11, 1e-14);
    expect_psd(test::noise<std::int16_t>(n, 2, 300, 50), settings, Precision::kDouble, 1e-11, 1e-14);
    expect_psd(test::noise<std::int32_t>(n, 3, 3e4, 1e6), settings, Precision::kDouble, 1e-10, 1e-14);
  }
}

TEST_P(Welch, InFloatKeepsItsTolerance) {
  for (const auto& [nperseg, overlap, n] : {std::tuple{64, 32, 1000}, {1024, 512, 4000}, {100, 50, 1000}}) {
    const WelchSettings settings{nperseg, overlap, GetParam()};
    expect_psd(test::noise<std::int16_t>(n, 2, 300, 50), settings, Precision::kFloat, 1e-5, 1e-9);
    expect_psd(test::noise<std::int32_t>(n, 3, 30, 1.6e7), settings, Precision::kFloat, 1e-5, 1e-9);
    expect_psd(test::noise<double>(n, 4, 1e-22), settings, Precision::kFloat, 1e-5, 1e-9);
    expect_psd(test::noise<double>(n, 5, 1e60), settings, Precision::kFloat, 1e-5, 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryTaper, Welch,
                         testing::Values(Taper::kHann, Taper::kHamming, Taper::kBlackman, Taper::kBoxcar),
                         [](const auto& taper) { return std::string(to_text(taper.param)); });

TEST(WelchEstimator, FindsASineAtItsBin) {
  std::vector<double> x;
  for (int i = 0; i < 4096; ++i) {
    x.push_back(3 * std::sin(2 * std::numbers::pi * 16 * i / 1024.0));
  }
  cpu::WelchEstimator estimator({}, Precision::kDouble, kRate);
  const WelchPsd psd = estimator.estimate(cpu::kernels_for(cpu::usable_targets()), test::view_of(x), {});
  EXPECT_EQ(psd.blocks, 7);
  EXPECT_NEAR(psd.total * psd.df, 4.5, 1e-12);  // a^2 / 2
  EXPECT_GT(psd.p[16], psd.p[15]);
  EXPECT_GT(psd.p[16], psd.p[17]);
}

TEST(WelchEstimator, GivesAConstantASpectrumOfZeros) {
  const std::vector<double> x(3000, 0.1);
  for (const Precision precision : {Precision::kFloat, Precision::kDouble}) {
    cpu::WelchEstimator estimator({}, precision, kRate);
    const WelchPsd psd = estimator.estimate(cpu::kernels_for(cpu::usable_targets()), test::view_of(x), {});
    for (int k = 0; k < psd.bins; ++k) {
      ASSERT_EQ(psd.p[k], 0);
    }
    EXPECT_EQ(psd.total, 0);
  }
}

TEST(WelchEstimator, LeavesOutBlocksThatMissTooMuch) {
  auto x = test::noise<double>(1000, 1, 1);
  auto raw = x;
  std::fill(raw.begin() + 400, raw.begin() + 420, kMissing<double>);
  cpu::WelchEstimator estimator({100, 50, Taper::kHann}, Precision::kDouble, kRate);
  const auto kernels = cpu::kernels_for(cpu::usable_targets());
  const WelchPsd psd = estimator.estimate(kernels, test::view_of(x), test::view_of(raw));
  const auto slow = test::slow_welch(x, raw, {100, 50, Taper::kHann}, kRate);
  EXPECT_EQ(psd.blocks, 17);
  ASSERT_EQ(psd.blocks, slow.blocks);
  for (int k = 0; k < psd.bins; ++k) {
    ASSERT_NEAR(psd.p[k], slow.p[static_cast<std::size_t>(k)], 1e-12);
  }
  const std::vector<double> nothing(1000, kMissing<double>);
  EXPECT_EQ(estimator.estimate(kernels, test::view_of(x), test::view_of(nothing)).blocks, 0);
}

/// Signals of one type each, as they come: distinct noise of distinct power.
class ManySignals {
 public:
  void add(SampleType type, std::int64_t n) {
    const auto seed = static_cast<std::uint64_t>(columns_.size() + 1);
    const double deviation = 50.0 * static_cast<double>(seed);
    ColumnBuffer& column = columns_.emplace_back();
    column.reset(type, n);
    visit_type(type, [&](auto zero) {
      using T = decltype(zero);
      const auto x = test::noise<T>(n, seed, deviation, deviation);
      std::copy(x.begin(), x.end(), column.as<T>());
      as_double_.emplace_back(x.begin(), x.end());
    });
    raw_.push_back(as_double_.back());
  }
  /// Makes samples of the signal that was added last missing, for the choice of blocks alone.
  void leave_out(std::int64_t first, std::int64_t last) {
    std::fill(raw_.back().begin() + first, raw_.back().begin() + last, kMissing<double>);
  }
  [[nodiscard]] std::size_t size() const { return columns_.size(); }
  [[nodiscard]] ColumnView view(std::size_t s) const { return columns_[s].view(); }
  [[nodiscard]] ColumnView raw(std::size_t s) const { return test::view_of(raw_[s]); }
  [[nodiscard]] test::SlowPsd slow(std::size_t s, const WelchSettings& settings) const {
    return test::slow_welch(as_double_[s], raw_[s], settings, kRate);
  }

 private:
  std::vector<ColumnBuffer> columns_;
  std::vector<std::vector<double>> as_double_;
  std::vector<std::vector<double>> raw_;
};

/// All signals at once: each is what the text book says and, to the bit, what it is alone, on every target.
void expect_each_is_itself(const ManySignals& signals, const WelchSettings& settings) {
  std::vector<test::SlowPsd> slow;
  for (std::size_t s = 0; s < signals.size(); ++s) {
    slow.push_back(signals.slow(s, settings));
  }
  for (const std::int64_t target : test::single_targets(cpu::usable_targets())) {
    const cpu::Kernels kernels = cpu::kernels_for(target);
    for (const Precision precision : {Precision::kFloat, Precision::kDouble}) {
      cpu::WelchEstimator together(settings, precision, kRate);
      cpu::WelchEstimator alone(settings, precision, kRate);
      (void)together.add(signals.view(0), {});
      together.clear();  // leaves nothing
      for (std::size_t s = 0; s < signals.size(); ++s) {
        ASSERT_EQ(together.add(signals.view(s), signals.raw(s)), static_cast<int>(s));
      }
      together.estimate(kernels);
      for (std::size_t s = 0; s < signals.size(); ++s) {
        SCOPED_TRACE(testing::Message() << "target " << target << ", " << to_text(precision) << ", signal " << s
                                        << " of " << signals.size());
        const WelchPsd& psd = together.psd(static_cast<int>(s));
        const WelchPsd single = alone.estimate(kernels, signals.view(s), signals.raw(s));
        ASSERT_EQ(psd.blocks, slow[s].blocks);
        ASSERT_EQ(psd.blocks, single.blocks);
        if (psd.blocks == 0) {
          ASSERT_EQ(psd.p, nullptr);
          continue;
        }
        ASSERT_EQ(psd.bins, static_cast<int>(slow[s].p.size()));
        double total = 0;
        for (const double p : slow[s].p) {
          total += p;
        }
        const double tolerance = precision == Precision::kFloat ? 1e-5 : 1e-11;
        for (int k = 0; k < psd.bins; ++k) {
          const double exact = slow[s].p[static_cast<std::size_t>(k)];
          ASSERT_NEAR(psd.p[k], exact, tolerance * exact + 1e-4 * tolerance * total) << "bin " << k;
          ASSERT_EQ(psd.p[k], single.p[k]) << "bin " << k;
        }
        ASSERT_EQ(psd.total, single.total);
        ASSERT_EQ(psd.first_moment, single.first_moment);
        ASSERT_EQ(psd.second_moment, single.second_moment);
      }
    }
  }
}

TEST(WelchEstimator, KeepsSignalsOfAFewBlocksApart) {
  for (const int nperseg : {16, 24, 25}) {
    const WelchSettings settings{nperseg, nperseg / 2, Taper::kHann};
    // A register holds up to sixteen pairs of blocks.
    for (const std::int64_t blocks : {1, 2, 3, 4, 5, 7, 9, 15, 17, 31, 32, 33, 34}) {
      for (const int count : {2, 3, 7, 8, 9, 15, 16, 17, 33}) {
        ManySignals signals;
        for (int s = 0; s < count; ++s) {
          signals.add(SampleType::kInt16, nperseg + (blocks - 1) * (nperseg - nperseg / 2));
        }
        expect_each_is_itself(signals, settings);
      }
    }
  }
}

TEST(WelchEstimator, KeepsSignalsOfAllKindsApart) {
  const WelchSettings settings{40, 20, Taper::kHann};
  ManySignals signals;
  int turn = 0;
  // Short ones are taken whole, and of these lengths there are more than there are plans to keep.
  for (const std::int64_t n : {40, 60, 100, 39, 38, 400, 37, 700, 5000, 40, 41, 600, 39, 38, 100, 800, 1, 60, 0, 40}) {
    for (int of_length = 0; of_length <= turn % 3; ++of_length) {
      signals.add(static_cast<SampleType>((turn + of_length) % 3), n);
      if (turn % 4 == 1) {
        signals.leave_out(n / 3, n / 2);
      }
    }
    ++turn;
  }
  signals.add(SampleType::kFloat64, 300);
  signals.leave_out(0, 300);
  expect_each_is_itself(signals, settings);
}

TEST(WelchEstimator, KeepsSignalsOfOneLongBlockApart) {
  const WelchSettings settings{4099, 0, Taper::kHann};  // by transforms of 16384, in narrow registers
  ManySignals signals;
  for (int s = 0; s < 6; ++s) {
    signals.add(s % 2 == 0 ? SampleType::kInt16 : SampleType::kFloat64, 4099);
  }
  expect_each_is_itself(signals, settings);
}

}  // namespace
}  // namespace pumice
