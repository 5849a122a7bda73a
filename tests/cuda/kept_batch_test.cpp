/// The segments of a batch, taken back from the host's copy of its upload, are to the CPU what was added.
#include "kept_batch.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "cuda/compare.hpp"
#include "cuda/copied.hpp"
#include "cuda/segments.hpp"

namespace pumice::cuda {
namespace {

using test::ChannelShape;
using test::Columns;

std::vector<ChannelShape> shapes() {
  return {ChannelShape{},
          ChannelShape{.gap_first = 40, .gap_length = 25},
          ChannelShape{.type = SampleType::kInt32, .amplitude = 3e6, .gap_first = 300, .gap_length = 200},
          ChannelShape{.type = SampleType::kFloat64, .amplitude = 1.5, .gap_first = 3, .gap_length = 1},
          ChannelShape{.type = SampleType::kFloat64, .amplitude = 1e-3, .offset = 1e4},
          ChannelShape{.gap_first = 0, .gap_length = 1000000}};
}

std::vector<double> values_of(const Plan& plan, const PreparedSegment& segment) {
  std::vector<double> values;
  test::append_values(*make_cpu_backend(), plan, segment, values);
  return values;
}

/// What is asked for, and the policy.
class KeptSegments : public testing::TestWithParam<std::tuple<std::string, MissingPolicy>> {};

TEST_P(KeptSegments, HaveTheBitsOfWhatWasAdded) {
  const std::string& text = std::get<0>(GetParam());
  const Plan plan = test::plan_of(test::words_of(text), shapes().size(), std::get<1>(GetParam()));
  Batch batch(plan);
  KeptBatch kept;
  std::vector<std::byte> upload;
  std::vector<std::vector<double>> expected;
  for (const int round : {0, 1}) {  // the second time in memory that was used
    batch.clear();
    kept.clear();
    expected.clear();
    for (const std::int64_t n : {3000, 700, 2200}) {
      const auto columns = std::make_unique<Columns>(shapes(), n, static_cast<std::uint64_t>(n + round));
      const auto preparer = std::make_unique<Preparer>();
      const PreparedSegment segment = preparer->prepare(plan, columns->views());
      upload.resize(std::max(upload.size(), batch.append(segment).upload_bytes));
      test::copy_columns(batch, upload.data());
      kept.add(segment, batch);
      expected.push_back(values_of(plan, segment));
    }  // the memory of the columns is gone from here on
    const std::vector<PreparedSegment> segments = kept.segments(upload.data());
    ASSERT_EQ(segments.size(), expected.size());
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const std::vector<double> actual = values_of(plan, segments[i]);
      ASSERT_EQ(actual.size(), expected[i].size());
      EXPECT_EQ(std::memcmp(actual.data(), expected[i].data(), actual.size() * sizeof(double)), 0)
          << text << ", segment " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    , KeptSegments,
    testing::Combine(testing::Values("core", "core strikes trend", "mean", "band_power", "sensor_2|diff__mean",
                                     "sensor_2|abs__band_power__from_1__to_5",
                                     "sensor_4|diff__median sensor_1__n_missing"),
                     testing::Values(MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                     MissingPolicy::kInterpolate, MissingPolicy::kNan)));

}  // namespace
}  // namespace pumice::cuda
