#include "batch.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <new>
#include <vector>

#include "cuda/copied.hpp"
#include "cuda/segments.hpp"
#include "stages/derive.hpp"

namespace pumice::cuda {
namespace {

using test::ChannelShape;
using test::Columns;

/// A batch whose device is this memory.
class Packed {
 public:
  explicit Packed(const Plan& plan) : plan_(plan), batch_(plan) {}

  BatchRoom append(const Columns& columns) {
    const PreparedSegment segment = preparer_.prepare(plan_, columns.views());
    const BatchRoom room = batch_.append(segment);
    upload_.resize(std::max(upload_.size(), room.upload_bytes));
    test::copy_columns(batch_, upload_.data());
    return room;
  }
  void undo() { batch_.undo_append(); }
  const BatchLists& finish(const DeviceAreas& areas = {}) {
    DeviceAreas all = areas;
    all.upload = upload_.data();
    lists_ = batch_.finish(upload_.data(), all);
    return lists_;
  }
  template <class T>
  [[nodiscard]] const T* list(std::size_t offset) const {
    return reinterpret_cast<const T*>(upload_.data() + offset);
  }
  [[nodiscard]] const SignalTask& task(int index) const { return list<SignalTask>(lists_.tasks)[index]; }
  [[nodiscard]] const std::vector<std::byte>& upload() const { return upload_; }
  [[nodiscard]] Batch& batch() { return batch_; }

 private:
  const Plan& plan_;
  Batch batch_;
  Preparer preparer_;
  std::vector<std::byte> upload_;
  BatchLists lists_;
};

TEST(Batch, CopiesEachColumnOnceToAnAlignedPlace) {
  const Plan plan = test::plan_of({"core"}, 2);
  const Columns columns({ChannelShape{}, ChannelShape{.type = SampleType::kFloat64}}, 1500, 1);
  Packed packed(plan);
  packed.append(columns);
  const BatchLists& lists = packed.finish();
  for (int t = 0; t < lists.task_count; ++t) {
    const SignalTask& task = packed.task(t);
    const SignalPlan& signal = plan.signals[static_cast<std::size_t>(task.signal)];
    if (signal.derivation != Derivation::kNone) {
      continue;
    }
    const ColumnView& from = columns.views()[static_cast<std::size_t>(signal.channel)];
    ASSERT_EQ(task.valid.n, from.n);
    EXPECT_EQ(task.valid.type, from.type);
    EXPECT_EQ(task.valid.data, task.time_axis.data) << "without gaps both views are one column";
    const auto offset = static_cast<const std::byte*>(task.valid.data) - packed.upload().data();
    EXPECT_EQ(offset % static_cast<std::ptrdiff_t>(kColumnAlignment), 0);
    EXPECT_EQ(std::memcmp(task.valid.data, from.data, static_cast<std::size_t>(from.n) * sample_size(from.type)), 0);
  }
}

TEST(Batch, CountsIntegersOfSmallRangeAndSortsTheRest) {
  const Plan plan = test::plan_of({"median"}, 4);
  const Columns columns(
      {ChannelShape{}, ChannelShape{.type = SampleType::kInt32, .amplitude = 1e6},
       ChannelShape{.type = SampleType::kInt32, .offset = 1e6}, ChannelShape{.type = SampleType::kFloat64}},
      2000, 2);
  Packed packed(plan);
  packed.append(columns);
  const BatchLists& lists = packed.finish();
  ASSERT_EQ(lists.task_count, 4);
  EXPECT_GT(packed.task(0).range, 0);
  EXPECT_EQ(packed.task(1).range, 0) << "two million values are not counted";
  EXPECT_GT(packed.task(2).range, 0);
  EXPECT_GT(packed.task(2).base, 900000);
  EXPECT_EQ(packed.task(3).range, 0);
  EXPECT_EQ(lists.sort_count, 2);
  EXPECT_EQ(packed.list<std::int32_t>(lists.sort_tasks)[0], 1);
  EXPECT_EQ(packed.list<std::int32_t>(lists.sort_tasks)[1], 3);
  EXPECT_EQ(packed.list<std::int64_t>(lists.sort_begins)[1], packed.list<std::int64_t>(lists.sort_ends)[0]);
  EXPECT_EQ(lists.sorted_samples, 4000);
}

TEST(Batch, CountsTheWholeRangeOfEverySignal) {
  const Plan plan = test::plan_of({"quantile"}, 1);
  const Columns columns({ChannelShape{.offset = -40}}, 3000, 3);
  Packed packed(plan);
  packed.append(columns);
  const BatchLists& lists = packed.finish();
  const std::int16_t* x = columns.views()[0].as<std::int16_t>();
  for (int t = 0; t < lists.task_count; ++t) {
    const SignalTask& task = packed.task(t);
    const bool absolute = plan.signals[static_cast<std::size_t>(task.signal)].derivation == Derivation::kAbs;
    for (std::int64_t i = 0; i < columns.n(); ++i) {
      const std::int64_t value = absolute ? std::abs(x[i]) : x[i];
      ASSERT_GE(value, task.base);
      ASSERT_LT(value, task.base + task.range);
    }
  }
  EXPECT_EQ(lists.task_count, 2);
}

TEST(Batch, WidensTheViewsToOneTypeWhereGapsMakeThemDiffer) {
  const Plan plan = test::plan_of({"core"}, 1);
  const Columns columns({ChannelShape{.gap_first = 100, .gap_length = 30}}, 4000, 4);
  Packed packed(plan);
  packed.append(columns);
  const BatchLists& lists = packed.finish();
  bool found = false;
  for (int t = 0; t < lists.task_count; ++t) {
    const SignalTask& task = packed.task(t);
    if (plan.signals[static_cast<std::size_t>(task.signal)].derivation != Derivation::kNone) {
      continue;
    }
    found = true;
    EXPECT_EQ(task.valid.type, SampleType::kInt16) << "moments and counts stay exact";
    EXPECT_EQ(task.valid.n, 3970);
    EXPECT_EQ(task.time_axis.type, SampleType::kFloat64);
    EXPECT_EQ(task.time_axis.n, 4000);
    EXPECT_EQ(task.feature_valid.type, SampleType::kFloat64);
    EXPECT_EQ(task.feature_valid.n, 3970);
    EXPECT_EQ(feature_type(task), SampleType::kFloat64);
  }
  EXPECT_TRUE(found);
}

TEST(Batch, LeavesOutWelchBlocksWithTooManyMissing) {
  const Plan plan = test::plan_of({"peak_frequency"}, 1);
  // Blocks of 1024 start every 512 samples; [1000, 1200) misses 200 samples: more than a tenth of blocks 0 (24), 1
  // (176) and 2 (176).
  const Columns columns({ChannelShape{.gap_first = 1000, .gap_length = 200}}, 5000, 5);
  Packed packed(plan);
  packed.append(columns);
  const BatchLists& lists = packed.finish();
  ASSERT_EQ(lists.transforms.size(), 1U);
  const TransformGroup& group = lists.transforms[0];
  EXPECT_EQ(group.length, 1024);
  std::vector<std::int32_t> blocks;
  for (std::int64_t b = 0; b < group.blocks; ++b) {
    blocks.push_back(packed.list<FftBlock>(lists.blocks)[group.first_block + b].block);
  }
  EXPECT_EQ(blocks, (std::vector<std::int32_t>{0, 3, 4, 5, 6, 7}));
  const SpectrumTask& spectrum = packed.list<SpectrumTask>(lists.spectra)[0];
  EXPECT_EQ(spectrum.blocks, 6);
  EXPECT_EQ(spectrum.psd.blocks, 6);
  EXPECT_EQ(spectrum.step, 512);
  EXPECT_DOUBLE_EQ(spectrum.psd.df, 100.0 / 1024);
}

TEST(Batch, HasNoBinsWhereEveryBlockIsLeftOut) {
  const Plan plan = test::plan_of({"band_power"}, 1);
  const Columns columns({ChannelShape{.gap_first = 40, .gap_length = 25}}, 129, 5);
  Packed packed(plan);
  packed.append(columns);
  const BatchLists& lists = packed.finish();
  EXPECT_TRUE(lists.transforms.empty());
  ASSERT_EQ(lists.spectrum_count, 1);
  const SpectrumTask& spectrum = packed.list<SpectrumTask>(lists.spectra)[0];
  EXPECT_EQ(spectrum.psd.blocks, 0);
  EXPECT_EQ(spectrum.psd.bins, 0) << "a kernel would walk them";
  EXPECT_EQ(spectrum.psd.p, nullptr);
}

TEST(Batch, GroupsSpectraOfOneLengthAndNumbersTheirBlocksWithinTheGroup) {
  const Plan plan = test::plan_of({"peak_frequency"}, 2);
  const Columns longer({ChannelShape{}, ChannelShape{}}, 2048, 6);
  const Columns shorter({ChannelShape{}, ChannelShape{}}, 700, 7);
  Packed packed(plan);
  packed.append(longer);
  packed.append(shorter);
  packed.append(longer);
  const BatchLists& lists = packed.finish();
  ASSERT_EQ(lists.transforms.size(), 2U);
  EXPECT_EQ(lists.transforms[0].length, 700);
  EXPECT_EQ(lists.transforms[0].blocks, 2);
  EXPECT_EQ(lists.transforms[1].length, 1024);
  EXPECT_EQ(lists.transforms[1].spectra, 4);
  EXPECT_EQ(lists.transforms[1].blocks, 12);
  for (const TransformGroup& group : lists.transforms) {
    std::map<int, std::vector<std::int64_t>> places;
    for (std::int64_t b = 0; b < group.blocks; ++b) {
      places[packed.list<FftBlock>(lists.blocks)[group.first_block + b].spectrum].push_back(b);
    }
    EXPECT_EQ(places.size(), static_cast<std::size_t>(group.spectra));
    for (const auto& [index, of_spectrum] : places) {
      const SpectrumTask& spectrum = packed.list<SpectrumTask>(lists.spectra)[index];
      EXPECT_EQ(spectrum.first_block, of_spectrum.front());
      EXPECT_EQ(spectrum.blocks, static_cast<std::int64_t>(of_spectrum.size()));
      EXPECT_EQ(of_spectrum.back() - of_spectrum.front() + 1, spectrum.blocks);
    }
  }
}

TEST(Batch, AreasOfDifferentTasksDoNotOverlap) {
  const Plan plan = test::plan_of({"core"}, 3);
  const std::vector<ChannelShape> shapes{ChannelShape{}, ChannelShape{.type = SampleType::kFloat64},
                                         ChannelShape{.gap_first = 5, .gap_length = 50}};
  Packed packed(plan);
  BatchRoom room;
  for (std::uint64_t s = 0; s < 3; ++s) {
    room = packed.append(Columns(shapes, 1100 + static_cast<std::int64_t>(s) * 500, s));
  }
  std::vector<std::uint32_t> counters(room.counters);
  std::vector<double> unsorted(room.sorted_samples);
  std::vector<double> sorted(room.sorted_samples);
  std::vector<double> spectra(room.spectrum_values);
  std::vector<std::byte> derived(room.derived_bytes);
  std::vector<double> results(room.segments * static_cast<std::size_t>(plan.n_values));
  const BatchLists& lists = packed.finish({.derived = derived.data(),
                                           .counters = counters.data(),
                                           .unsorted = unsorted.data(),
                                           .sorted = sorted.data(),
                                           .spectra = spectra.data(),
                                           .results = results.data()});
  EXPECT_EQ(lists.upload_bytes, room.upload_bytes);
  std::vector<int> counter_owner(room.counters);
  std::vector<int> sort_owner(room.sorted_samples);
  for (int t = 0; t < lists.task_count; ++t) {
    const SignalTask& task = packed.task(t);
    for (std::int64_t i = 0; i < task.range; ++i) {
      ++counter_owner.at(static_cast<std::size_t>(task.counts - counters.data() + i));
    }
    for (std::int64_t i = 0; task.sorted != nullptr && i < task.valid.n; ++i) {
      ++sort_owner.at(static_cast<std::size_t>(task.sorted - sorted.data() + i));
    }
    EXPECT_EQ((task.results - results.data()) % plan.n_values, 0);
  }
  EXPECT_EQ(counter_owner, std::vector<int>(room.counters, 1));
  EXPECT_EQ(sort_owner, std::vector<int>(room.sorted_samples, 1));
  std::vector<int> derived_owner(room.derived_bytes);
  for (int d = 0; d < lists.derivation_count; ++d) {
    const ColumnView& to = packed.list<DeriveTask>(lists.derivations)[d].to;
    const auto first = static_cast<const std::byte*>(to.data) - derived.data();
    for (std::size_t b = 0; b < static_cast<std::size_t>(to.n) * sample_size(to.type); ++b) {
      EXPECT_EQ(++derived_owner.at(static_cast<std::size_t>(first) + b), 1);
    }
  }
}

TEST(Batch, NoDerivationReadsWhatAnotherWrites) {
  const Plan plan = test::plan_of({"core", "sensor_1|diff__slope", "sensor_1|abs__mean_abs_change"}, 1);
  const Columns columns({ChannelShape{.gap_first = 10, .gap_length = 3}}, 2000, 9);
  Packed packed(plan);
  const BatchRoom room = packed.append(columns);
  std::vector<std::byte> derived(room.derived_bytes);
  const BatchLists& lists = packed.finish({.derived = derived.data()});
  ASSERT_GT(lists.derivation_count, 0);
  for (int d = 0; d < lists.derivation_count; ++d) {
    const DeriveTask& derivation = packed.list<DeriveTask>(lists.derivations)[d];
    const auto* from = static_cast<const std::byte*>(derivation.from.data);
    EXPECT_TRUE(from >= packed.upload().data() && from < packed.upload().data() + packed.upload().size());
    EXPECT_EQ(derivation.to.n, stages::derived_length(derivation.derivation, derivation.from.n));
  }
}

TEST(Batch, UndoneAppendLeavesNoTrace) {
  const Plan plan = test::plan_of({"core"}, 1);
  const Columns kept({ChannelShape{}}, 1500, 10);
  const Columns undone({ChannelShape{.type = SampleType::kFloat64}}, 900, 11);
  Packed alone(plan);
  alone.append(kept);
  const BatchLists expected = alone.finish();
  Packed packed(plan);
  packed.append(kept);
  packed.append(undone);
  packed.undo();
  const BatchLists& lists = packed.finish();
  EXPECT_EQ(packed.batch().size(), 1);
  EXPECT_EQ(lists.upload_bytes, expected.upload_bytes);
  EXPECT_EQ(lists.task_count, expected.task_count);
  EXPECT_EQ(lists.derivation_count, expected.derivation_count);
  EXPECT_EQ(lists.sort_count, 0);
  ASSERT_EQ(lists.transforms.size(), 1U);
  EXPECT_EQ(lists.transforms[0].blocks, expected.transforms[0].blocks);
}

/// Columns of decimals without gaps that lie on a device: nothing looks at their samples.
std::vector<PreparedChannel> decimals_on_device(const Plan& plan, std::int64_t n) {
  static double sample = 0.5;
  const ColumnView column{&sample, SampleType::kFloat64, n};
  PreparedChannel channel;
  channel.intake = {.n = n, .n_valid = n};
  channel.valid = column;
  channel.time_axis = column;
  return std::vector<PreparedChannel>(plan.channels.size(), channel);
}

TEST(Batch, SortsNoMoreSamplesThanASortCounts) {
  const Plan plan = test::plan_of({"median"}, 1);
  constexpr std::int64_t kSamples = std::int64_t{1} << 30;
  const std::vector<PreparedChannel> channels = decimals_on_device(plan, kSamples);
  Batch batch(plan);
  batch.append_later();
  batch.append_later();
  static_cast<void>(batch.append_parsed({channels, kSamples}, 0));
  EXPECT_EQ(batch.sorted_samples(), std::size_t{1} << 30);
  static_cast<void>(batch.append_parsed({channels, kSamples}, 1));
  EXPECT_THROW(static_cast<void>(batch.sorted_samples()), std::bad_alloc);
}

TEST(Batch, TakesAChannelWithoutSamples) {
  const Plan plan = test::plan_of({"core"}, 1);
  const Columns columns({ChannelShape{.gap_first = 0, .gap_length = 2000}}, 2000, 12);
  Packed packed(plan);
  packed.append(columns);
  const BatchLists& lists = packed.finish();
  EXPECT_EQ(lists.derivation_count, 0);
  EXPECT_EQ(lists.sort_count, 0);
  EXPECT_TRUE(lists.transforms.empty());
  for (int t = 0; t < lists.task_count; ++t) {
    EXPECT_EQ(packed.task(t).valid.n, 0);
    EXPECT_EQ(packed.task(t).time_axis.n, 0);
    EXPECT_EQ(packed.task(t).intake.n_valid, 0);
    EXPECT_EQ(packed.task(t).intake.n, 2000);
  }
}

TEST(RoomFor, HoldsTheSegmentsThatItWasMadeFor) {
  const Plan plan = test::plan_of({"core"}, 10);
  std::vector<ChannelShape> shapes(10);
  shapes[3] = {.gap_first = 100, .gap_length = 500};
  const Columns columns(shapes, 60001, 13);
  Packed packed(plan);
  const BatchRoom room = room_for(plan, 60001, 8);
  BatchRoom taken;
  for (int s = 0; s < 8; ++s) {
    taken = packed.append(columns);
  }
  EXPECT_TRUE(room.holds(taken));
  EXPECT_FALSE(room.holds(packed.append(columns))) << "nine segments are more than eight";
}

TEST(MostRoomFor, HoldsAFullBatchOfDecimalsThatWereTexts) {
  constexpr std::int64_t kSamples = 60001;
  constexpr int kSegments = 16;
  for (const std::string features : {"core", "median", "core strikes trend", "sensor_1|diff__median"}) {
    const Plan plan = test::plan_of(test::words_of(features), 10);
    std::vector<PreparedChannel> channels = decimals_on_device(plan, kSamples);
    for (const bool has_gaps : {false, true}) {
      for (PreparedChannel& channel : channels) {
        channel.valid.n -= has_gaps ? 10 : 0;
      }
      Batch batch(plan);
      BatchRoom taken;
      for (int s = 0; s < kSegments; ++s) {
        batch.append_later();
        taken = batch.append_parsed({channels, kSamples}, s);
      }
      const BatchRoom most = most_room_for(plan, kSamples, kSegments);
      EXPECT_TRUE(most.holds(taken)) << features << ", gaps: " << has_gaps;
      EXPECT_LE(most.sorted_samples, taken.sorted_samples + std::size_t{11} * kSegments * plan.signals.size())
          << features << ": gaps and differences take no more from it";
      EXPECT_FALSE(room_for(plan, kSamples, kSegments).holds(taken)) << features << ": room that is taken at once";
    }
  }
}

}  // namespace
}  // namespace pumice::cuda
