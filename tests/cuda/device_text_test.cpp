/// Texts that a GPU parses: the rows are those of the columns that the CPU decodes, to the bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/gpu_fixture.hpp"
#include "io/csv_text.hpp"
#include "pumice/engine.hpp"
#include "support/team_text.hpp"

namespace pumice {
namespace {

using test::ChannelShape;
using test::Columns;
using test::same_bits;
using test::targets_of;

class GpuTexts : public test::Gpu {
 protected:
  /// False where the slot has no room.
  static bool add(Slot& slot, std::string_view rows, const std::vector<int>& target) {
    const std::string text = "header\n" + std::string(rows);
    const std::span<char> room = slot.text_room(static_cast<std::int64_t>(text.size()) + 1);
    if (room.empty()) {
      return false;
    }
    std::copy(text.begin(), text.end(), room.begin());
    slot.add_text({.text = room.first(text.size()),
                   .first = 7,
                   .last = static_cast<std::int64_t>(text.size()),
                   .target = target});
    return true;
  }
  static std::vector<double> wait(Slot& slot) {
    const auto values = slot.wait();
    return {values.begin(), values.end()};
  }
};

/// Integers, a dead channel, and one that is wholly missing.
const std::vector<ChannelShape> kShapes{ChannelShape{}, ChannelShape{.amplitude = 0, .offset = 7},
                                        ChannelShape{.amplitude = 9000, .offset = -500},
                                        ChannelShape{.gap_first = 0, .gap_length = 1000000}};

/// A channel of each type, and one that is wholly missing.
const std::vector<ChannelShape> kDecimalShapes{
    ChannelShape{}, ChannelShape{.type = SampleType::kFloat64, .amplitude = 2.5, .step = 0x1p-12},
    ChannelShape{.type = SampleType::kInt32, .amplitude = 5000, .offset = 90000},
    ChannelShape{.gap_first = 0, .gap_length = 1000000}};

/// Gaps in integers, and in every type.
const std::vector<ChannelShape> kGapShapes{ChannelShape{.gap_first = 0, .gap_length = 1}, ChannelShape{},
                                           ChannelShape{.gap_first = 40, .gap_length = 170}};
const std::vector<ChannelShape> kDecimalGapShapes{
    ChannelShape{.gap_first = 126, .gap_length = 3},
    ChannelShape{.type = SampleType::kFloat64, .amplitude = 2.5, .gap_first = 1, .gap_length = 2000, .step = 0x1p-12},
    ChannelShape{.type = SampleType::kInt32, .amplitude = 5000, .offset = 90000, .gap_first = 2, .gap_length = 300}};

std::vector<Columns> segments_of(const std::vector<std::int64_t>& lengths,
                                 const std::vector<ChannelShape>& shapes = kShapes) {
  std::vector<Columns> segments;
  for (const std::int64_t n : lengths) {
    segments.emplace_back(shapes, n, static_cast<std::uint64_t>(n));
  }
  return segments;
}

TEST_F(GpuTexts, GiveTheBitsOfTheirColumnsUnderEveryPolicy) {
  for (const MissingPolicy policy : {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                     MissingPolicy::kInterpolate, MissingPolicy::kNan}) {
    for (const std::vector<ChannelShape>& shapes : {kShapes, kDecimalShapes, kGapShapes, kDecimalGapShapes}) {
      const Plan plan = test::plan_of({"core", "|diff__statistics"}, shapes.size(), policy);
      // Round lanes, tiles and blocks; the largest, whose size decides the room, is a segment of the INGV's.
      const auto segments = segments_of({60001, 4096, 1009, 1000, 214, 213, 212, 129, 128, 127, 2, 1}, shapes);
      const auto slot = gpu_->make_slot(plan, 60001, static_cast<int>(segments.size()));
      ASSERT_TRUE(slot->takes_text());
      for (int round = 0; round < 2; ++round) {  // what the last text was is tried first
        for (const Columns& segment : segments) {
          ASSERT_TRUE(add(*slot, test::text_of(segment), targets_of(shapes.size())));
        }
        slot->submit();
        const std::vector<double> values = wait(*slot);
        for (std::size_t s = 0; s < segments.size(); ++s) {
          EXPECT_TRUE(slot->text_result(static_cast<int>(s)).taken) << s;
          EXPECT_EQ(slot->text_result(static_cast<int>(s)).n, segments[s].n());
        }
        EXPECT_TRUE(same_bits(values, on_gpu(plan, segments, 60001, 12))) << to_text(policy);
        test::expect_agreement(plan, segments, on_cpu(plan, segments), values, std::string(to_text(policy)));
      }
      EXPECT_GT(slot->seconds().decode, 0);
    }
  }
}

TEST_F(GpuTexts, StandAmongColumnsAndAreRefusedOneByOne) {
  const Plan plan = test::plan_of({"core"}, kShapes.size());
  const auto segments = segments_of({3000, 700, 1500, 2048});
  const auto slot = gpu_->make_slot(plan, 3000, 8);
  Preparer preparer;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(add(*slot, test::text_of(segments[0]), targets_of(4)));
    ASSERT_TRUE(slot->add(preparer.prepare(plan, segments[1].views())));
    ASSERT_TRUE(add(*slot, "1,2,3,4\n5,6,7e50,8\n", targets_of(4)));
    ASSERT_TRUE(add(*slot, "1,2,3,4\n5,6,7\n", targets_of(4)));
    ASSERT_TRUE(add(*slot, "1,2,3,4\n5,6,7,x\n", targets_of(4)));
    ASSERT_TRUE(add(*slot, test::text_of(segments[2]), targets_of(4)));
    ASSERT_TRUE(slot->add(preparer.prepare(plan, segments[3].views())));
    slot->submit();
    for (int i = 0; round > 0 && i < 1000; ++i) {
      slot->advance();  // starts the rest before anybody waits, perhaps
    }
    const std::vector<double> values = wait(*slot);
    const auto width = static_cast<std::ptrdiff_t>(plan.n_values);
    ASSERT_EQ(values.size(), static_cast<std::size_t>(7 * width));
    std::vector<double> taken;
    for (const int i : {0, 1, 5, 6}) {
      taken.insert(taken.end(), values.begin() + i * width, values.begin() + (i + 1) * width);
    }
    EXPECT_TRUE(same_bits(taken, on_gpu(plan, segments, 3000, 4)));
    for (const int i : {2, 3, 4}) {
      EXPECT_FALSE(slot->text_result(i).taken) << i;
    }
    EXPECT_TRUE(slot->text_result(0).taken);
    EXPECT_EQ(slot->text_result(5).n, 1500);
  }
}

/// Files through the whole engine: integers, decimals, gaps, what the CPU reads alone and a broken one in one run.
TEST_F(GpuTexts, OfFilesGiveTheRowsThatDecodingGives) {
  const TemporaryFolder folder;
  Discovery discovery;
  discovery.shape = shape_of(test::channel_names(kShapes.size()));
  discovery.channels = discovery.shape.channels;
  const std::string header = "sensor_1,sensor_2,sensor_3,sensor_4\n";
  for (int i = 0; i < 60; ++i) {
    const Columns columns(kShapes, 2000 + 7 * i, static_cast<std::uint64_t>(i) + 1);
    std::string text = header + test::text_of(columns);
    text += i % 7 == 3   ? "1.5,2,3,\n"
            : i % 7 == 5 ? ",2,3,\n4,,70000,\n"
            : i == 30    ? "1,2\n"
            : i == 41    ? "1e50,2,3,\n"
                         : "";
    const std::string path = folder.write(std::to_string(i) + ".csv", text);
    discovery.recordings.push_back(
        {.path = path, .id = std::to_string(i), .bytes = static_cast<std::int64_t>(text.size())});
  }
  const auto source = open_source(discovery, {});
  const Plan plan = test::plan_of({"core"}, kShapes.size());
  const auto run = [&](Backend& backend, int threads, int batch) {
    std::vector<RecordingResult> results;
    static_cast<void>(run_engine(plan, *source, {.devices = {&backend}}, {},
                                 {.threads = threads, .segment_samples = 2100, .batch_segments = batch},
                                 [&](RecordingResult& result) { results.push_back(std::move(result)); }, {}, {}));
    return results;
  };
  const auto on_gpu = run(*gpu_, 3, 4);
  const auto again = run(*gpu_, 1, 16);
  const auto on_cpu = run(*cpu_, 2, 1);
  ASSERT_EQ(on_gpu.size(), 60U);
  std::vector<double> expected;
  std::vector<double> actual;
  std::vector<Columns> lengths;
  for (std::size_t r = 0; r < on_gpu.size(); ++r) {
    EXPECT_EQ(on_gpu[r].problem.has_value(), r == 30);
    EXPECT_EQ(on_gpu[r].samples, on_cpu[r].samples) << r;
    EXPECT_TRUE(same_bits(on_gpu[r].values, again[r].values)) << r;
    if (r != 30) {
      expected.insert(expected.end(), on_cpu[r].values.begin(), on_cpu[r].values.end());
      actual.insert(actual.end(), on_gpu[r].values.begin(), on_gpu[r].values.end());
      lengths.emplace_back(kShapes, on_cpu[r].samples, 1);
    }
  }
  test::expect_agreement(plan, lengths, expected, actual, "files");
}

}  // namespace
}  // namespace pumice
