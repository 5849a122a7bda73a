/// Segments that lie on a GPU: the rows are those of the same columns from the host, to the bit.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "cuda/gpu_fixture.hpp"
#include "pumice/device_memory.hpp"

namespace pumice {
namespace {

using test::ChannelShape;
using test::Columns;
using test::same_bits;

/// Samples as a caller has them: of T, on the GPU, a sample every `step`.
class OnGpu {
 public:
  template <class T>
  OnGpu(const std::vector<T>& samples, SampleArray::Type type, std::int64_t step) {
    const auto n = static_cast<std::int64_t>(samples.size());
    std::vector<T> spread(samples.size() * static_cast<std::size_t>(step));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      spread[i * static_cast<std::size_t>(step)] = samples[i];
    }
    void* memory = nullptr;
    EXPECT_EQ(cudaMalloc(&memory, spread.size() * sizeof(T)), cudaSuccess);
    memory_.reset(memory);
    EXPECT_EQ(cudaMemcpy(memory, spread.data(), spread.size() * sizeof(T), cudaMemcpyHostToDevice), cudaSuccess);
    array_ = {static_cast<const std::byte*>(memory), type, n, step * static_cast<std::int64_t>(sizeof(T))};
  }
  [[nodiscard]] const SampleArray& array() const { return array_; }

 private:
  struct Free {
    void operator()(void* memory) const { static_cast<void>(cudaFree(memory)); }
  };
  std::unique_ptr<void, Free> memory_;
  SampleArray array_;
};

OnGpu as_doubles(const ColumnView& column, std::int64_t step) {
  std::vector<double> samples;
  visit_type(column.type, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < column.n; ++i) {
      const T sample = column.as<T>()[i];
      samples.push_back(is_missing(sample) ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(sample));
    }
  });
  return {samples, SampleArray::Type::kFloat64, step};
}

class GpuArrays : public test::Gpu {};

TEST_F(GpuArrays, GiveTheBitsOfTheirColumnsUnderEveryPolicy) {
  const std::vector<ChannelShape> shapes{
      ChannelShape{}, ChannelShape{.type = SampleType::kFloat64, .amplitude = 2.5},
      ChannelShape{.type = SampleType::kInt32, .amplitude = 5000, .offset = 90000, .gap_first = 2, .gap_length = 300},
      ChannelShape{.gap_first = 40, .gap_length = 170}, ChannelShape{.gap_first = 0, .gap_length = 1000000}};
  for (const MissingPolicy policy : {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                     MissingPolicy::kInterpolate, MissingPolicy::kNan}) {
    const Plan plan = test::plan_of({"core", "|diff__statistics"}, shapes.size(), policy);
    std::vector<Columns> segments;
    for (const std::int64_t n : {60001, 4096, 1009, 213, 129, 128, 127, 2, 1}) {
      segments.emplace_back(shapes, n, static_cast<std::uint64_t>(n));
    }
    const auto slot = gpu_->make_slot(plan, 60001, static_cast<int>(segments.size()));
    for (const std::int64_t step : {1, 3}) {
      std::vector<OnGpu> memory;
      for (std::size_t s = 0; s < segments.size(); ++s) {
        std::vector<SampleArray> arrays;
        for (const ColumnView& column : segments[s].views()) {
          arrays.push_back(memory.emplace_back(as_doubles(column, step)).array());
        }
        ASSERT_EQ(slot->add_resident({arrays, segments[s].n(), 0}), static_cast<int>(s));
      }
      slot->submit();
      const auto values = slot->wait();
      EXPECT_TRUE(same_bits({values.begin(), values.end()}, on_gpu(plan, segments, 60001, 12))) << to_text(policy);
      EXPECT_TRUE(slot->text_result(0).taken);
    }
  }
}

TEST_F(GpuArrays, AreOfEveryType) {
  const Plan plan = test::plan_of({"basic"}, 1);
  const std::vector<std::int16_t> whole{5, 3, 77, 9, 0, 12};
  ColumnBuffer column;
  column.reset(SampleType::kInt16, static_cast<std::int64_t>(whole.size()));
  std::memcpy(column.as<std::int16_t>(), whole.data(), whole.size() * sizeof(std::int16_t));
  const std::vector<ColumnView> columns{column.view()};
  Preparer preparer;
  const auto slot = gpu_->make_slot(plan, 6, 1);
  ASSERT_TRUE(slot->add(preparer.prepare(plan, columns)));
  slot->submit();
  const auto waited = slot->wait();
  const std::vector<double> expected(waited.begin(), waited.end());
  const auto check = [&](auto zero, SampleArray::Type type) {
    using T = decltype(zero);
    const OnGpu memory(std::vector<T>(whole.begin(), whole.end()), type, 2);
    ASSERT_EQ(slot->add_resident({std::span(&memory.array(), 1), 6, 0}), 0);
    slot->submit();
    const auto values = slot->wait();
    EXPECT_TRUE(same_bits({values.begin(), values.end()}, expected)) << static_cast<int>(type);
  };
  check(std::int8_t{}, SampleArray::Type::kInt8);
  check(std::uint8_t{}, SampleArray::Type::kUInt8);
  check(std::int16_t{}, SampleArray::Type::kInt16);
  check(std::uint16_t{}, SampleArray::Type::kUInt16);
  check(std::int32_t{}, SampleArray::Type::kInt32);
  check(std::uint32_t{}, SampleArray::Type::kUInt32);
  check(std::int64_t{}, SampleArray::Type::kInt64);
  check(std::uint64_t{}, SampleArray::Type::kUInt64);
  check(float{}, SampleArray::Type::kFloat32);
  check(double{}, SampleArray::Type::kFloat64);
}

TEST_F(GpuArrays, SayWhenSamplesAreInfinite) {
  const Plan plan = test::plan_of({"basic"}, 1);
  const OnGpu memory(std::vector<float>{1, -std::numeric_limits<float>::infinity(), 3}, SampleArray::Type::kFloat32, 1);
  const auto slot = gpu_->make_slot(plan, 3, 1);
  ASSERT_EQ(slot->add_resident({std::span(&memory.array(), 1), 3, 0}), 0);
  slot->submit();
  static_cast<void>(slot->wait());
  EXPECT_TRUE(slot->text_result(0).has_infinities);
}

TEST_F(GpuArrays, MemoryIsKnownAndCopied) {
  const DeviceMemory memory = open_device_memory();
  const OnGpu there(std::vector<std::int32_t>{1, 2, 3}, SampleArray::Type::kInt32, 1);
  std::int32_t here[3] = {};
  EXPECT_EQ(memory.device_of(there.array().data), 0);
  EXPECT_EQ(memory.device_of(here), -1);
  memory.synchronize(0);
  memory.copy_to_host(0, here, there.array().data, sizeof(here));
  EXPECT_EQ(here[2], 3);
}

}  // namespace
}  // namespace pumice
