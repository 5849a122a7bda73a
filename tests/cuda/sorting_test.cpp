/// Sorts a batch's segments of samples as the GPU does, on the host: Thrust in place of the device's radix sort.
#include <gtest/gtest.h>
#include <thrust/execution_policy.h>
#include <thrust/sort.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "batch.hpp"
#include "cuda/copied.hpp"
#include "cuda/segments.hpp"
#include "sort_key.hpp"

namespace pumice::cuda {
namespace {

using test::ChannelShape;
using test::Columns;

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof(double)) == 0; }

TEST(SortKey, MakesOneZeroOfTwo) {
  EXPECT_TRUE(same_bits(sort_key(-0.0), 0.0));
  EXPECT_TRUE(same_bits(sort_key(0.0), 0.0));
  EXPECT_TRUE(same_bits(sort_key(-5e-324), -5e-324)) << "no other sample changes";
  EXPECT_TRUE(same_bits(sort_key(std::int16_t{-7}), -7.0));
}

/// Decimals and wide integers, with their absolute values and differences: segments of several lengths in one batch.
TEST(Sorting, OrdersEverySegmentOfABatchOnItsOwn) {
  const std::vector<ChannelShape> shapes{ChannelShape{},
                                         ChannelShape{.type = SampleType::kFloat64, .amplitude = 1.5, .gap_length = 9},
                                         ChannelShape{.type = SampleType::kInt32, .amplitude = 3e6},
                                         ChannelShape{.type = SampleType::kFloat64, .amplitude = 0}};
  const Plan plan = test::plan_of({"median", "|abs__median", "|diff__median"}, shapes.size());
  Batch batch(plan);
  Preparer preparer;
  std::vector<std::byte> upload;
  BatchRoom room;
  for (const std::int64_t n : {1, 2, 500, 1301}) {
    const Columns columns(shapes, n, static_cast<std::uint64_t>(n));
    room = batch.append(preparer.prepare(plan, columns.views()));
    upload.resize(room.upload_bytes);
    test::copy_columns(batch, upload.data());
  }
  std::vector<std::byte> derived(room.derived_bytes);
  std::vector<std::uint32_t> counters(room.counters);
  std::vector<double> unsorted(room.sorted_samples);
  std::vector<double> sorted(room.sorted_samples);
  std::vector<double> spectra(room.spectrum_values);
  std::vector<double> results(room.segments * static_cast<std::size_t>(plan.n_values));
  const BatchLists& lists = batch.finish(upload.data(), {.upload = upload.data(),
                                                         .derived = derived.data(),
                                                         .counters = counters.data(),
                                                         .unsorted = unsorted.data(),
                                                         .sorted = sorted.data(),
                                                         .spectra = spectra.data(),
                                                         .results = results.data()});
  const auto* tasks = reinterpret_cast<const SignalTask*>(upload.data() + lists.tasks);
  const auto* begins = reinterpret_cast<const std::int64_t*>(upload.data() + lists.sort_begins);
  const auto* ends = reinterpret_cast<const std::int64_t*>(upload.data() + lists.sort_ends);
  const auto* sort_tasks = reinterpret_cast<const std::int32_t*>(upload.data() + lists.sort_tasks);
  ASSERT_GT(lists.sort_count, 12);

  // Derived columns were not filled here: samples stand in for them, negative zeros among them.
  std::vector<std::vector<double>> expected;
  for (int s = 0; s < lists.sort_count; ++s) {
    const SignalTask& task = tasks[sort_tasks[s]];
    ASSERT_EQ(ends[s] - begins[s], task.valid.n);
    ASSERT_EQ(task.unsorted, unsorted.data() + begins[s]);
    ASSERT_EQ(task.sorted, sorted.data() + begins[s]);
    std::vector<double> samples(static_cast<std::size_t>(task.valid.n));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] = i % 3 == 0 ? (i % 2 == 0 ? -0.0 : 0.0) : std::sin(static_cast<double>(i * (i + 7))) * (s + 1);
      task.unsorted[i] = sort_key(samples[i]);
    }
    expected.push_back(std::move(samples));
  }
  std::copy(unsorted.begin(), unsorted.end(), sorted.begin());
  for (int s = 0; s < lists.sort_count; ++s) {
    thrust::sort(thrust::host, sorted.data() + begins[s], sorted.data() + ends[s]);
  }

  for (int s = 0; s < lists.sort_count; ++s) {
    auto& samples = expected[static_cast<std::size_t>(s)];
    std::sort(samples.begin(), samples.end());
    const double* got = tasks[sort_tasks[s]].sorted;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      ASSERT_EQ(got[i], samples[i]) << "segment " << s << ", place " << i;
      ASSERT_FALSE(got[i] == 0 && std::signbit(got[i])) << "a negative zero is left";
    }
  }
  EXPECT_EQ(ends[lists.sort_count - 1], lists.sorted_samples) << "segments leave no room between them";
}

}  // namespace
}  // namespace pumice::cuda
