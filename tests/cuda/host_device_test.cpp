/// Walks the work lists on the host, as the kernels do on the GPU, and compares with the CPU backend.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <string>
#include <utility>
#include <vector>

#include "batch.hpp"
#include "call_tables.hpp"
#include "core/parsed_columns.hpp"
#include "cuda/compare.hpp"
#include "cuda/copied.hpp"
#include "cuda/host_kernels.hpp"
#include "cuda/segments.hpp"
#include "pumice/backend.hpp"
#include "stages/welch.hpp"
#include "support/team_text.hpp"

namespace pumice::cuda {
namespace {

using test::ChannelShape;
using test::Columns;
using test::text_of;

/// The GPU's part, with this memory for a device and one thread for a grid.
class HostDevice {
 public:
  explicit HostDevice(const Plan& plan) : plan_(plan), batch_(plan), tables_(make_call_tables(plan)) {}

  void add(const Columns& columns) {
    const PreparedSegment segment = preparer_.prepare(plan_, columns.views());
    room_ = batch_.append(segment);
    upload_.resize(room_.upload_bytes);
    test::copy_columns(batch_, upload_.data());
  }

  /// A segment whose columns are added when all others were, or never.
  int add_later() {
    batch_.append_later();
    return batch_.size() - 1;
  }
  void add_parsed(const PreparedSegment& segment, int place) {
    room_ = batch_.append_parsed(segment, place);
    upload_.resize(room_.upload_bytes);
  }

  std::vector<double> run() {
    derived_.resize(room_.derived_bytes);
    counters_.resize(room_.counters);
    unsorted_.resize(room_.sorted_samples);
    sorted_.resize(room_.sorted_samples);
    spectra_.resize(room_.spectrum_values);
    results_.assign(room_.segments * static_cast<std::size_t>(plan_.n_values), std::nan(""));
    lists_ = batch_.finish(upload_.data(), {.upload = upload_.data(),
                                            .derived = derived_.data(),
                                            .counters = counters_.data(),
                                            .unsorted = unsorted_.data(),
                                            .sorted = sorted_.data(),
                                            .spectra = spectra_.data(),
                                            .results = results_.data()});
    auto* const tasks = list<SignalTask>(lists_.tasks);
    auto* const spectra = list<SpectrumTask>(lists_.spectra);
    for (int d = 0; d < lists_.derivation_count; ++d) {
      test::derive(list<DeriveTask>(lists_.derivations)[d]);
    }
    for (int t = 0; t < lists_.task_count; ++t) {
      test::find_moments(tasks[t]);
      test::count_samples(tasks[t], lists_.widest_count);
      if (tasks[t].sorted != nullptr) {
        test::fill_keys(tasks[t]);
        std::copy_n(tasks[t].unsorted, tasks[t].valid.n, tasks[t].sorted);
        std::sort(tasks[t].sorted, tasks[t].sorted + tasks[t].valid.n);
      }
    }
    for (const TransformGroup& group : lists_.transforms) {
      transform(group);
    }
    for (int t = 0; t < lists_.task_count; ++t) {
      test::evaluate_features(tasks[t], spectra,
                              {.signals = tables_.signals.data(),
                               .groups = tables_.groups.data(),
                               .calls = tables_.calls.data(),
                               .sample_rate = plan_.sample_rate});
    }
    return results_;
  }

 private:
  template <class T>
  [[nodiscard]] T* list(std::size_t offset) {
    return reinterpret_cast<T*>(upload_.data() + offset);
  }

  void transform(const TransformGroup& group) {
    const std::vector<double> taper = stages::taper_values(group.taper, group.length);
    std::vector<float> real(taper.size());
    std::vector<std::complex<float>> bins(taper.size() / 2 + 1);
    for (std::int64_t b = 0; b < group.blocks; ++b) {
      const FftBlock block = list<FftBlock>(lists_.blocks)[group.first_block + b];
      SpectrumTask& spectrum = list<SpectrumTask>(lists_.spectra)[block.spectrum];
      EXPECT_LE(spectrum.first_block, b);
      const ColumnView column = list<SignalTask>(lists_.tasks)[spectrum.task].time_axis;
      spectrum.scale = test::find_scale(column);
      test::taper_block(column, static_cast<std::int64_t>(block.block) * spectrum.step, group.length, spectrum.scale,
                        taper.data(), real.data());
      test::transform(real.data(), group.length, bins.data());
      test::add_powers(bins.data(), spectrum.psd.bins, b == spectrum.first_block, spectrum.p);
    }
    const double scale = stages::density_scale(taper, plan_.sample_rate);
    for (std::int32_t s = 0; s < group.spectra; ++s) {
      const std::int32_t place = list<std::int32_t>(lists_.spectrum_order)[group.first_spectrum + s];
      test::finish_spectrum(list<SpectrumTask>(lists_.spectra)[place], group.length, scale);
    }
  }

  const Plan& plan_;
  Batch batch_;
  HostCallTables tables_;
  Preparer preparer_;
  BatchRoom room_;
  BatchLists lists_;
  std::vector<std::byte> upload_;
  std::vector<std::byte> derived_;
  std::vector<std::uint32_t> counters_;
  std::vector<double> unsorted_;
  std::vector<double> sorted_;
  std::vector<double> spectra_;
  std::vector<double> results_;
};

TEST(TransformScale, BringsAnyUnitNearOne) {
  EXPECT_EQ(stages::transform_scale(0.0), 1.0);
  EXPECT_EQ(stages::transform_scale(1.0), 1.0);
  EXPECT_EQ(stages::transform_scale(1000.0), 1.0 / 512);
  EXPECT_EQ(stages::transform_scale(0.3), 4.0);
  EXPECT_EQ(stages::transform_scale(5e-324), std::ldexp(1.0, 500)) << "its square is a double, too";
  EXPECT_EQ(stages::transform_scale(1e308), std::ldexp(1.0, -500));
}

/// Every type, gaps, a dead and a missing channel; lengths round a team's lanes, nperseg and beyond.
/// Few features at a time, too: which views are there depends on what is asked for.
class HostDeviceFeatures : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(HostDeviceFeatures, AgreeWithTheCpuBackendUnderEveryPolicy) {
  const std::vector<ChannelShape> shapes{
      ChannelShape{},
      ChannelShape{.gap_first = 40, .gap_length = 25},
      ChannelShape{.type = SampleType::kInt32, .amplitude = 5000, .offset = -70000},
      ChannelShape{.type = SampleType::kFloat64, .amplitude = 1.5, .gap_first = 3, .gap_length = 1},
      ChannelShape{.type = SampleType::kFloat64, .amplitude = 1e-22},
      ChannelShape{.type = SampleType::kFloat64, .amplitude = 1e30},
      ChannelShape{.amplitude = 0},
      ChannelShape{.type = SampleType::kFloat64, .amplitude = 0, .offset = 0.1},
      ChannelShape{.gap_first = 0, .gap_length = 100000}};
  const auto cpu = make_cpu_backend();
  for (const MissingPolicy policy : {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                     MissingPolicy::kInterpolate, MissingPolicy::kNan}) {
    const Plan plan = test::plan_of(GetParam(), shapes.size(), policy);
    HostDevice device(plan);
    std::vector<double> expected;
    std::vector<Columns> segments;
    std::uint64_t seed = 1;
    for (const std::int64_t n : {1, 2, 3, 127, 129, 700, 1536}) {
      segments.emplace_back(shapes, n, seed++);
      device.add(segments.back());
      test::append_values(*cpu, plan, segments.back(), expected);
    }
    test::expect_agreement(plan, segments, expected, device.run(), std::string(to_text(policy)));
  }
}

INSTANTIATE_TEST_SUITE_P(Selections, HostDeviceFeatures,
                         testing::Values(std::vector<std::string>{"core", "strikes", "trend"},
                                         std::vector<std::string>{"trend"},
                                         std::vector<std::string>{"mean", "mean_abs_change"},
                                         std::vector<std::string>{"median", "slope"},
                                         std::vector<std::string>{"mean_absolute_deviation", "slope"},
                                         std::vector<std::string>{"quantiles"}, std::vector<std::string>{"band_power"},
                                         std::vector<std::string>{"|diff__statistics", "|abs__trend"}));

/// Texts among segments of columns, one of them refused: every row is that of the columns, which have the same bits
/// whichever way they came.
TEST(HostDeviceTexts, GiveTheRowsOfTheirColumns) {
  const std::vector<ChannelShape> shapes{
      ChannelShape{},
      ChannelShape{.amplitude = 0, .offset = 3},
      ChannelShape{.offset = -900},
      ChannelShape{.gap_first = 0, .gap_length = 9999},
      ChannelShape{.type = SampleType::kFloat64, .amplitude = 2.5, .step = 0x1p-12},
      ChannelShape{.type = SampleType::kInt32, .amplitude = 5000, .offset = 90000},
      ChannelShape{.gap_first = 50, .gap_length = 20},
      ChannelShape{.type = SampleType::kFloat64, .amplitude = 2.5, .gap_first = 1, .gap_length = 90, .step = 0x1p-12},
      ChannelShape{.type = SampleType::kInt32, .amplitude = 5000, .offset = 90000, .gap_first = 2, .gap_length = 400}};
  for (const MissingPolicy policy : {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                     MissingPolicy::kInterpolate, MissingPolicy::kNan}) {
    const Plan plan = test::plan_of({"core", "|diff__statistics", "|abs__trend"}, shapes.size(), policy);
    const std::vector<std::int64_t> lengths{700, 3, 1536, 129, 1024, 1};
    std::vector<Columns> segments;
    for (const std::int64_t n : lengths) {
      segments.emplace_back(shapes, n, static_cast<std::uint64_t>(n));
    }
    HostDevice as_columns(plan);
    HostDevice as_texts(plan);
    std::vector<test::TeamParsed> parsed;
    std::vector<std::pair<std::size_t, int>> places;
    for (std::size_t s = 0; s < segments.size(); ++s) {
      as_columns.add(segments[s]);
      if (s % 3 == 2) {
        as_texts.add(segments[s]);
      } else {
        places.emplace_back(s, as_texts.add_later());
      }
    }
    for (const auto& [s, place] : places) {
      if (s == 4) {
        continue;  // refused: its row has no values
      }
      parsed.push_back(
          test::parse_by_teams(text_of(segments[s]), test::targets_of(shapes.size()), {.fill = gap_fill(policy)}));
      std::vector<PreparedChannel> channels;
      for (std::size_t c = 0; c < shapes.size(); ++c) {
        const auto channel = prepare_parsed(policy, parsed.back().column(c), parsed.back().facts[c]);
        channels.push_back(channel);
      }
      as_texts.add_parsed({channels, parsed.back().rows}, place);
    }
    const std::vector<double> expected = as_columns.run();
    const std::vector<double> values = as_texts.run();
    ASSERT_EQ(values.size(), expected.size());
    const auto width = static_cast<std::size_t>(plan.n_values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool same =
          values[i] == expected[i] || (std::isnan(values[i]) && (std::isnan(expected[i]) || i / width == 4));
      ASSERT_TRUE(same) << to_text(policy) << ", segment " << i / width << ", value " << i % width;
    }
    EXPECT_GT(std::count_if(values.begin(), values.end(), [](double value) { return !std::isnan(value); }), 300);
  }
}

}  // namespace
}  // namespace pumice::cuda
