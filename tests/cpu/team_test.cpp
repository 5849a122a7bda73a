#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#include "cpu/kernels.hpp"
#include "features/all.hpp"
#include "pumice/catalogue.hpp"
#include "stages/moments.hpp"
#include "stages/order_statistics.hpp"
#include "stages/welch.hpp"
#include "support/counting.hpp"
#include "support/emulated_team.hpp"
#include "support/samples.hpp"

namespace pumice {
namespace {

constexpr int kThreads = 16;

/// A signal whose views are filled by slow means; what they hold matters less than that all teams get the same.
template <class T>
struct Filled {
  explicit Filled(std::vector<T> samples) : x(std::move(samples)), sorted(x.begin(), x.end()) {
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t k = 0; k < 513; ++k) {
      psd.push_back(1.0 / static_cast<double>(1 + (k * 37) % 101));
    }
    const auto n = static_cast<std::int64_t>(x.size());
    SerialTeam team;
    signal.intake = {n, n, 0, false};
    signal.valid = {x.data(), n};
    signal.time_axis = {x.data(), n, 100.0};
    signal.moments = stages::moments(team, x.data(), n);
    signal.order_statistics = {.n = n, .sorted = sorted.data()};
    signal.welch = {.p = psd.data(), .bins = 513, .df = 100.0 / 1024, .blocks = 3, .sample_rate = 100};
    stages::summarise(team, signal.welch);
  }
  std::vector<T> x;
  std::vector<double> sorted;
  std::vector<double> psd;
  Signal<T> signal;
};

template <class T>
class Teams : public testing::Test {
 protected:
  static std::vector<T> samples(std::int64_t n) {
    return test::noise<T>(n, static_cast<std::uint64_t>(n), std::is_same_v<T, std::int16_t> ? 500 : 9e4, 1234.5);
  }
};
using SampleTypes = testing::Types<std::int16_t, std::int32_t, double>;
TYPED_TEST_SUITE(Teams, SampleTypes);

bool same_bits(const double* a, const double* b, int n) { return std::memcmp(a, b, sizeof(double) * n) == 0; }

bool same_bits(const Moments& a, const Moments& b) {
  return a.n == b.n && same_bits(&a.sum, &b.sum, 1) && same_bits(&a.sum_squares, &b.sum_squares, 1) &&
         same_bits(&a.mean, &b.mean, 1) && same_bits(&a.m2, &b.m2, 1) && same_bits(&a.m3, &b.m3, 1) &&
         same_bits(&a.m4, &b.m4, 1) && same_bits(&a.minimum, &b.minimum, 1) && same_bits(&a.maximum, &b.maximum, 1);
}

/// Feature F's first defaults as doubles.
template <class F>
std::array<double, kMaxParams> default_params() {
  return find_feature(F::spec.name)->defaults.front();
}

/// Places in the catalogue of the reduce features that see samples of type T.
template <class T, class Visitor>
void for_each_reduce(Visitor visit) {
  int id = 0;
  features::Catalogue::for_each([&]<class F>() {
    if constexpr (ReduceFeature<F>) {
      visit.template operator()<F>(id);
    }
    ++id;
  });
}

TYPED_TEST(Teams, EvaluateEveryReduceFeatureToTheSameBits) {
  using T = TypeParam;
  int compared = 0;
  for (const std::int64_t n : test::kSizes) {
    const Filled<T> filled(this->samples(n));
    const std::vector<WelchPsd> spectra{filled.signal.welch};
    for_each_reduce<T>([&]<class F>(int id) {
      SCOPED_TRACE(testing::Message() << F::spec.name << ", n = " << n);
      const auto params = default_params<F>();
      double serial[kMaxOutputs] = {};
      SerialTeam team;
      evaluate<F>(team, filled.signal, params.data(), serial);

      double emulated[kMaxOutputs] = {};
      test::emulate(kThreads,
                    [&](test::EmulatedTeam& lanes) { evaluate<F>(lanes, filled.signal, params.data(), emulated); });
      EXPECT_TRUE(same_bits(serial, emulated, kOutputsOf<F>)) << serial[0] << " and " << emulated[0];

      if constexpr (kSeesSamples<F> || std::is_same_v<T, double>) {
        FeatureCall call{.feature = id, .params = params};
        call.welch = (kNeedsOf<F> & kWelch) != 0 ? 0 : -1;
        const std::vector<const FeatureCall*> calls{&call};
        ColumnBuffer accumulators;
        accumulators.reset(SampleType::kFloat64,
                           static_cast<std::int64_t>(cpu::accumulator_bytes({&call, 1}) / sizeof(double) + 1));
        const auto kernels = cpu::reduce_kernels(cpu::usable_targets());
        double simd[kMaxOutputs];
        std::fill_n(simd, kMaxOutputs, std::nan(""));
        kernels.template evaluate<T>()(filled.signal, spectra, calls, accumulators.as<std::byte>(), simd);
        for (int k = 0; k < kOutputsOf<F>; ++k) {
          EXPECT_TRUE((std::isnan(serial[k]) && std::isnan(simd[k])) || same_bits(serial + k, simd + k, 1))
              << serial[k] << " and " << simd[k];
        }
      }
      ++compared;
    });
  }
  EXPECT_GE(compared, 5 * static_cast<int>(test::kSizes.size()));
}

TYPED_TEST(Teams, TakeMomentsToTheSameBits) {
  for (const std::int64_t n : test::kSizes) {
    const auto x = this->samples(n);
    SerialTeam team;
    const Moments serial = stages::moments(team, x.data(), n);
    const Moments simd = cpu::reduce_kernels(cpu::usable_targets()).moments(test::view_of(x));
    EXPECT_TRUE(same_bits(serial, simd)) << n << " samples";
    test::emulate(kThreads, [&](test::EmulatedTeam& lanes) {
      const Moments emulated = stages::moments(lanes, x.data(), n);
      EXPECT_TRUE(same_bits(serial, emulated)) << n << " samples";
    });
  }
}

TEST(Teams, CountValuesAlike) {
  for (const std::int64_t n : test::kSizes) {
    const auto x = test::noise<std::int16_t>(n, 7, 200);
    SerialTeam team;
    const auto range = stages::value_range(team, x.data(), n);
    std::vector<std::uint32_t> serial(static_cast<std::size_t>(range.size()));
    std::uint32_t partial[kLanes];
    test::count_values(team, x.data(), n, range.low, range.size(), serial.data(), [](std::uint32_t& c) { ++c; });
    test::inclusive_prefix_sum(team, serial.data(), range.size(), partial);
    EXPECT_EQ(serial.back(), n);

    const OrderStatistics counted{.n = n, .cumulative = serial.data(), .base = range.low, .range = range.size()};
    std::vector<std::uint32_t> absolute(serial.size());
    (void)stages::absolute_counts(team, counted, absolute.data());
    const Moments moments = stages::moments_from_counts(team, serial.data(), range.low, range.size());
    EXPECT_TRUE(same_bits(moments, stages::moments(team, x.data(), n)));
    const cpu::CountKernels kernels = cpu::count_kernels(cpu::usable_targets());
    EXPECT_TRUE(same_bits(moments, kernels.moments(counted)));
    std::vector<std::uint32_t> simd_absolute(serial.size());
    (void)kernels.absolute(counted, simd_absolute.data());
    EXPECT_EQ(absolute, simd_absolute) << n << " samples";

    std::vector<std::uint32_t> emulated(serial.size());
    std::vector<std::uint32_t> emulated_absolute(serial.size());
    std::uint32_t shared_partial[kLanes];
    test::emulate(kThreads, [&](test::EmulatedTeam& lanes) {
      const auto own_range = stages::value_range(lanes, x.data(), n);
      EXPECT_EQ(own_range.low, range.low);
      test::count_values(lanes, x.data(), n, own_range.low, own_range.size(), emulated.data(), test::AtomicIncrement{});
      test::inclusive_prefix_sum(lanes, emulated.data(), own_range.size(), shared_partial);
      const OrderStatistics own{
          .n = n, .cumulative = emulated.data(), .base = own_range.low, .range = own_range.size()};
      (void)stages::absolute_counts(lanes, own, emulated_absolute.data());
      EXPECT_TRUE(same_bits(moments, stages::moments_from_counts(lanes, emulated.data(), own.base, own.range)));
    });
    EXPECT_EQ(serial, emulated) << n << " samples";
    EXPECT_EQ(absolute, emulated_absolute) << n << " samples";
  }
}

TEST(Teams, SummariseASpectrumAlike) {
  for (const int bins : {1, 2, 129, 513}) {
    std::vector<double> p;
    for (int k = 0; k < bins; ++k) {
      p.push_back(1.0 / (1 + (k * 31) % 17));
    }
    WelchPsd serial{.p = p.data(), .bins = bins, .df = 0.1, .blocks = 1, .sample_rate = 10};
    WelchPsd simd = serial;
    SerialTeam team;
    stages::summarise(team, serial);
    cpu::reduce_kernels(cpu::usable_targets()).summarise(simd);
    EXPECT_EQ(serial.second_moment, simd.second_moment);
    test::emulate(kThreads, [&](test::EmulatedTeam& lanes) {
      WelchPsd emulated{.p = p.data(), .bins = bins, .df = 0.1, .blocks = 1, .sample_rate = 10};
      stages::summarise(lanes, emulated);
      EXPECT_EQ(serial.total, emulated.total);
      EXPECT_EQ(serial.first_moment, emulated.first_moment);
      EXPECT_EQ(serial.second_moment, emulated.second_moment);
    });
  }
}

}  // namespace
}  // namespace pumice
