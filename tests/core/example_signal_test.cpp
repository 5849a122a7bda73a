#include "core/example_signal.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pumice/error.hpp"

namespace pumice {
namespace {

TEST(ExampleSignal, IsSamplesAsTheyStand) {
  const ExampleSignal signal = parse_example_signal(" 3 -1.5 nan 1e3");
  ASSERT_EQ(signal.samples.size(), 4U);
  EXPECT_EQ(signal.samples[1], -1.5);
  EXPECT_TRUE(std::isnan(signal.samples[2]));
  EXPECT_EQ(signal.samples[3], 1000);
  EXPECT_EQ(signal.sample_rate, 1);
}

TEST(ExampleSignal, IsGenerated) {
  EXPECT_EQ(parse_example_signal("ramp n=4 a=2").samples, (std::vector<double>{0, 2, 4, 6}));
  EXPECT_EQ(parse_example_signal("impulse n=3 at=1 a=-5").samples, (std::vector<double>{0, -5, 0}));
  EXPECT_EQ(parse_example_signal("constant n=2 a=7").samples, (std::vector<double>{7, 7}));
  EXPECT_EQ(parse_example_signal("square n=4 fs=4 f=1 a=3").samples[3], -3);
  const ExampleSignal sine = parse_example_signal("sine n=8 fs=64 f=8 a=2");
  EXPECT_EQ(sine.sample_rate, 64);
  EXPECT_NEAR(sine.samples[2], 2, 1e-12);
  EXPECT_NEAR(sine.samples[6], -2, 1e-12);
}

TEST(ExampleSignal, AddsGenerators) {
  EXPECT_EQ(parse_example_signal("ramp n=3 + constant a=10 + impulse at=2 a=100").samples,
            (std::vector<double>{10, 11, 112}));
}

TEST(ExampleSignal, RefusesWhatItDoesNotKnow) {
  for (const char* const text : {"", "sawtooth n=4", "sine f=4", "sine n=0", "sine n=4 q=1", "1 2 three",
                                 "1 2 sine n=4", "sine n=4 +", "sine n=1e12", "ramp n"}) {
    EXPECT_THROW(static_cast<void>(parse_example_signal(text)), UsageError) << text;
  }
}

}  // namespace
}  // namespace pumice
