/// Arrays that teams take where they lie: what comes of them is what the CPU makes of the same samples.
#include "io/array_team.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "pumice/array_source.hpp"
#include "pumice/plan.hpp"
#include "support/prepared.hpp"
#include "support/team_text.hpp"

namespace pumice {
namespace {

using Type = SampleArray::Type;

constexpr Type kTypes[] = {Type::kInt8,   Type::kUInt8, Type::kInt16,  Type::kUInt16,  Type::kInt32,
                           Type::kUInt32, Type::kInt64, Type::kUInt64, Type::kFloat32, Type::kFloat64};
constexpr MissingPolicy kPolicies[] = {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                       MissingPolicy::kInterpolate, MissingPolicy::kNan};

enum class Kind { kSmall, kExtremes, kFractions, kGaps, kInfinities, kNothing };
constexpr Kind kKinds[] = {Kind::kSmall, Kind::kExtremes,   Kind::kFractions,
                           Kind::kGaps,  Kind::kInfinities, Kind::kNothing};

template <class T>
T sample_of(Kind kind, std::mt19937& random) {
  const auto small = static_cast<T>(static_cast<int>(random() % 100));
  if constexpr (std::is_floating_point_v<T>) {
    const bool odd = random() % 4 == 0;
    switch (kind) {
      case Kind::kSmall:
        return odd ? -T{0} : small;
      case Kind::kExtremes:
        return odd ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::denorm_min();
      case Kind::kFractions:
        return small / T{7};
      case Kind::kGaps:
        return odd ? std::numeric_limits<T>::quiet_NaN() : small;
      case Kind::kInfinities:
        return odd ? (small < 50 ? -1 : 1) * std::numeric_limits<T>::infinity() : small / T{8};
      case Kind::kNothing:
        return odd ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::quiet_NaN();
    }
  }
  if (kind == Kind::kExtremes) {
    const T extremes[] = {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                          static_cast<T>(std::numeric_limits<T>::max() - 1)};
    return extremes[random() % 3];
  }
  return small;
}

/// n samples that lie `step` apart, backwards where it is negative, in memory that holds nothing else.
struct Samples {
  std::vector<std::byte> memory;
  SampleArray array;
};

Samples samples_of(Type type, Kind kind, std::int64_t n, std::int64_t step, unsigned seed) {
  std::mt19937 random(seed);
  Samples out;
  visit_type(type, [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> values(static_cast<std::size_t>((n - 1) * std::abs(step) + 1));
    for (T& value : values) {
      value = sample_of<T>(kind, random);
    }
    out.memory.resize(values.size() * sizeof(T));
    std::memcpy(out.memory.data(), values.data(), out.memory.size());
    const std::int64_t stride = step * static_cast<std::int64_t>(sizeof(T));
    out.array = {out.memory.data() + (step < 0 ? (1 - n) * stride : 0), type, n, stride};
  });
  return out;
}

TEST(TakeArray, MakesOfSamplesWhatTheCpuDoes) {
  for (const Type type : kTypes) {
    for (const Kind kind : kKinds) {
      for (const std::int64_t n : {1, 2, 127, 128, 129, 1000}) {
        const std::int64_t step = n % 3 == 0 ? 1 : n % 3 == 1 ? -1 : 3;
        const Samples x = samples_of(type, kind, n, step, static_cast<unsigned>(n));
        const ArrayCases cases{.channels = {"x"}, .ids = {"0"}, .arrays = {x.array}};
        const Discovery discovery = describe_arrays(cases);
        const auto source = open_arrays(cases, discovery);
        DecodedRecording decoded;
        StageSeconds seconds;
        ASSERT_FALSE(source->make_decoder()->decode(source->recordings()[0], decoded, seconds));
        for (const MissingPolicy policy : kPolicies) {
          SCOPED_TRACE("type " + std::to_string(static_cast<int>(type)) + ", kind " +
                       std::to_string(static_cast<int>(kind)) + ", n " + std::to_string(n) + ", " +
                       std::string(to_text(policy)));
          Plan plan;
          plan.channels = {"x"};
          plan.missing = policy;
          Preparer preparer;
          const std::vector<ColumnView> columns{decoded.channels[0].view()};
          const PreparedChannel expected = preparer.prepare(plan, columns).channels[0];

          const auto check = [&](const test::TeamParsed& taken) {
            EXPECT_EQ(taken.refusal.status, io::TextStatus::kTaken);
            EXPECT_EQ(taken.rows, n);
            EXPECT_EQ(taken.facts[0].has_infinities, decoded.has_infinities);
            test::expect_same_channel(prepare_parsed(policy, taken.column(0), taken.facts[0]), expected);
          };
          const std::vector<SampleArray> arrays{x.array};
          check(test::take_arrays_by_teams(arrays, gap_fill(policy)));
          if (n == 129) {  // of threads that meet at every barrier
            check(test::take_arrays_by_teams(arrays, gap_fill(policy), test::OnThreads{3}));
          }
        }
      }
    }
  }
}

TEST(TakeArray, KnowsWhichArraysADeviceCanLoad) {
  alignas(8) const std::byte memory[64] = {};
  const auto is_aligned = [&](std::size_t shift, Type type, std::int64_t stride) {
    return io::is_aligned({memory + shift, type, 2, stride});
  };
  EXPECT_TRUE(is_aligned(0, Type::kFloat64, 8));
  EXPECT_TRUE(is_aligned(8, Type::kFloat64, -24));
  EXPECT_FALSE(is_aligned(4, Type::kFloat64, 8));
  EXPECT_FALSE(is_aligned(0, Type::kFloat64, 12));
  EXPECT_TRUE(is_aligned(4, Type::kFloat32, 12));
  EXPECT_TRUE(is_aligned(1, Type::kInt8, 7));
  EXPECT_FALSE(is_aligned(1, Type::kInt16, 2));
}

}  // namespace
}  // namespace pumice
