#include "pumice/array_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "io/csv_text.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
SampleArray array_of(const std::vector<T>& values, SampleArray::Type type, std::int64_t step = 1) {
  return {.data = reinterpret_cast<const std::byte*>(values.data()),
          .type = type,
          .n = static_cast<std::int64_t>(values.size()) / step,
          .stride = step * static_cast<std::int64_t>(sizeof(T))};
}

struct DecodedCase {
  std::optional<InputProblem> problem;
  DecodedRecording recording;
};

DecodedCase decode(const ArrayCases& cases, std::size_t which = 0) {
  const Discovery discovery = describe_arrays(cases);
  const auto source = open_arrays(cases, discovery);
  DecodedCase out;
  StageSeconds seconds;
  out.problem = source->make_decoder()->decode(source->recordings()[which], out.recording, seconds);
  return out;
}

TEST(ArraySource, HoldsFloatsOfIntegersAsIntegers) {
  const std::vector<float> x{1, -2, 3};
  const DecodedCase decoded =
      decode({.channels = {"x"}, .ids = {"0"}, .arrays = {array_of(x, SampleArray::Type::kFloat32)}, .sample_rate = 0});
  EXPECT_FALSE(decoded.problem);
  EXPECT_EQ(decoded.recording.channels[0].view().type, SampleType::kInt16);
  EXPECT_THAT(values_of(decoded.recording.channels[0].view()), ElementsAre(1, -2, 3));
}

TEST(ArraySource, TakesInfinitiesAsMissing) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> x{1.5, infinity, -infinity, std::nan("")};
  const DecodedCase decoded =
      decode({.channels = {"x"}, .ids = {"0"}, .arrays = {array_of(x, SampleArray::Type::kFloat64)}, .sample_rate = 0});
  EXPECT_TRUE(decoded.recording.has_infinities);
  EXPECT_THAT(values_of(decoded.recording.channels[0].view()),
              ElementsAre(1.5, testing::IsNan(), testing::IsNan(), testing::IsNan()));
}

TEST(ArraySource, KeepsTheLowestInt16) {
  const std::vector<std::int16_t> x{std::numeric_limits<std::int16_t>::min(), 7};
  const DecodedCase decoded =
      decode({.channels = {"x"}, .ids = {"0"}, .arrays = {array_of(x, SampleArray::Type::kInt16)}, .sample_rate = 0});
  EXPECT_EQ(decoded.recording.channels[0].view().type, SampleType::kInt32);
  EXPECT_THAT(values_of(decoded.recording.channels[0].view()), ElementsAre(-32768, 7));
}

TEST(ArraySource, ReadsEveryTypeAndStride) {
  const auto check = [](auto zero, SampleArray::Type type) {
    using T = decltype(zero);
    const std::vector<T> x{5, 99, 6, 99, 7, 99};
    const DecodedCase decoded =
        decode({.channels = {"x"}, .ids = {"0"}, .arrays = {array_of(x, type, 2)}, .sample_rate = 0});
    EXPECT_THAT(values_of(decoded.recording.channels[0].view()), ElementsAre(5, 6, 7)) << static_cast<int>(type);
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

TEST(ArraySource, CopiesFromADeviceWhatLiesThere) {
  const std::vector<std::int32_t> x{5, 99, 6, 99, 7};
  SampleArray forth = array_of(x, SampleArray::Type::kInt32, 2);
  forth.n = 3;
  SampleArray back = forth;
  back.data += 4 * sizeof(std::int32_t);
  back.stride = -back.stride;
  static int waited_for = -1;
  static std::vector<std::size_t> copied;
  const DeviceMemory memory{.device_of = nullptr,
                            .synchronize = [](int device) { waited_for = device; },
                            .copy_to_host =
                                [](int, void* to, const void* from, std::size_t bytes) {
                                  copied.push_back(bytes);
                                  std::memcpy(to, from, bytes);
                                }};
  const DecodedCase decoded = decode({.channels = {"forth", "back"},
                                      .ids = {"0"},
                                      .arrays = {forth, back},
                                      .sample_rate = 0,
                                      .device = 2,
                                      .device_memory = memory});
  EXPECT_THAT(values_of(decoded.recording.channels[0].view()), ElementsAre(5, 6, 7));
  EXPECT_THAT(values_of(decoded.recording.channels[1].view()), ElementsAre(7, 6, 5));
  EXPECT_EQ(waited_for, 2);
  EXPECT_THAT(copied, ElementsAre(20)) << "what lies between two samples is theirs, what lies behind is not";

  copied.clear();
  const SampleArray apart{forth.data + 4 * sizeof(std::int32_t), forth.type, 1, forth.stride};
  const DecodedCase two = decode({.channels = {"first", "last"},
                                  .ids = {"0"},
                                  .arrays = {forth.slice(0, 1), apart},
                                  .sample_rate = 0,
                                  .device = 2,
                                  .device_memory = memory});
  EXPECT_THAT(values_of(two.recording.channels[0].view()), ElementsAre(5));
  EXPECT_THAT(values_of(two.recording.channels[1].view()), ElementsAre(7));
  EXPECT_THAT(copied, ElementsAre(4, 4)) << "what belongs to neither is left";
}

TEST(ArraySource, NamesTheChannelOfAnotherLength) {
  const std::vector<double> x{1, 2, 3};
  const std::vector<double> y{1, 2};
  const DecodedCase decoded =
      decode({.channels = {"x", "y"},
              .ids = {"a"},
              .arrays = {array_of(x, SampleArray::Type::kFloat64), array_of(y, SampleArray::Type::kFloat64)},
              .sample_rate = 0});
  ASSERT_TRUE(decoded.problem);
  EXPECT_EQ(decoded.problem->message(), "case a: column y: has 2 samples, channel `x` has 3");
}

TEST(ArraySource, SaysThatACaseIsEmpty) {
  const std::vector<double> x;
  const DecodedCase decoded =
      decode({.channels = {"x"}, .ids = {"a"}, .arrays = {array_of(x, SampleArray::Type::kFloat64)}, .sample_rate = 0});
  ASSERT_TRUE(decoded.problem);
  EXPECT_THAT(decoded.problem->message(), HasSubstr("has no samples"));
}

TEST(ArraySource, RefusesTwoOfOneName) {
  const std::vector<double> x{1};
  const SampleArray array = array_of(x, SampleArray::Type::kFloat64);
  EXPECT_THROW(static_cast<void>(
                   describe_arrays({.channels = {"x", "x"}, .ids = {"a"}, .arrays = {array, array}, .sample_rate = 0})),
               UsageError);
  EXPECT_THROW(static_cast<void>(
                   describe_arrays({.channels = {"x"}, .ids = {"a", "a"}, .arrays = {array, array}, .sample_rate = 0})),
               UsageError);
  EXPECT_THROW(static_cast<void>(describe_arrays({.channels = {"x"}, .ids = {}, .arrays = {}, .sample_rate = 0})),
               UsageError);
}

}  // namespace
}  // namespace pumice
