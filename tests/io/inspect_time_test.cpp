#include "io/inspect_time.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <vector>

namespace pumice::io {
namespace {

std::vector<std::string> printed(double first, double step, int count, int decimals) {
  std::vector<std::string> cells;
  for (int i = 0; i < count; ++i) {
    cells.push_back(fmt::format("{:.{}f}", first + step * i, decimals));
  }
  return cells;
}

TEST(IsoTime, IsReadToTheNanosecond) {
  EXPECT_EQ(parse_iso_time("1970-01-01"), 0);
  EXPECT_EQ(parse_iso_time("1970-01-02T00:00:00Z"), 86'400'000'000'000);
  EXPECT_EQ(parse_iso_time("2000-03-01 12:34:56.789"), 951'914'096'789'000'000);
  EXPECT_EQ(parse_iso_time("2000/03/01 12:34"), 951'914'040'000'000'000);
  EXPECT_EQ(parse_iso_time("2020-01-01T01:00:00+01:00"), parse_iso_time("2020-01-01"));
  EXPECT_EQ(parse_iso_time("2020-01-01T00:00:00.000000001"), *parse_iso_time("2020-01-01") + 1);
  EXPECT_EQ(parse_iso_time("1969-12-31T23:59:59"), -1'000'000'000);
}

TEST(IsoTime, IsNotSeenInOtherText) {
  for (const char* text : {"", "2020", "2020-1-1", "2020-13-01", "2020-01-01x", "2020-01-01T", "2020-01-01T10", "1.5",
                           "20200101", "2020-01-01 10:00:00 noon", "12:00:00", "2020-01-01T00:00:00+"}) {
    EXPECT_FALSE(parse_iso_time(text)) << text;
  }
}

TEST(TimeAxis, GivesTheRateOfUniformSeconds) {
  EXPECT_EQ(find_time_axis("time", printed(0, 0.01, 100, 2), '.').sample_rate, 100);
  EXPECT_EQ(find_time_axis("t", printed(17.5, 1 / 128.0, 100, 3), '.').sample_rate, 128);
  EXPECT_EQ(find_time_axis("time", printed(0, 10, 50, 0), '.').sample_rate, 0.1);
  EXPECT_NEAR(find_time_axis("time", printed(0, 0.4, 50, 3), '.').sample_rate, 2.5, 1e-9);
}

TEST(TimeAxis, GivesTheRateOfDatesAndOfUnixTimes) {
  const std::vector<std::string> dates{"2020-01-01 00:00:00.00", "2020-01-01 00:00:00.05", "2020-01-01 00:00:00.10"};
  EXPECT_EQ(find_time_axis("date", dates, '.').sample_rate, 20);
  EXPECT_EQ(find_time_axis("timestamp", printed(1577836800000, 10, 50, 0), '.').sample_rate, 100);
  EXPECT_EQ(find_time_axis("timestamp", printed(1577836800, 0.02, 50, 2), '.').sample_rate, 50);
}

TEST(TimeAxis, GivesNoRateToAnIndex) {
  for (const char* name : {"index", "", "Unnamed: 0", "sample", "time"}) {
    const TimeAxisFound found = find_time_axis(name, printed(0, 1, 50, 0), '.');
    EXPECT_TRUE(found.rises_uniformly) << name;
    EXPECT_EQ(found.sample_rate, 0) << name;
  }
}

TEST(TimeAxis, TakesTheUnitThatTheNameTells) {
  EXPECT_EQ(find_time_axis("time_ms", printed(0, 10, 50, 0), '.').sample_rate, 100);
  EXPECT_EQ(find_time_axis("Time (us)", printed(0, 20000, 50, 0), '.').sample_rate, 50);
  EXPECT_EQ(find_time_axis("t [ns]", printed(0, 1e7, 50, 0), '.').sample_rate, 100);
  EXPECT_EQ(find_time_axis("ms", printed(0, 1, 50, 0), '.').sample_rate, 1000);
  EXPECT_EQ(find_time_axis("time_s", printed(0, 1, 50, 0), '.').sample_rate, 1);
  EXPECT_EQ(find_time_axis("datetime_utc", printed(0, 0.5, 50, 1), '.').sample_rate, 2);
}

TEST(TimeName, IsKnownInTheFormsThatPeopleWrite) {
  for (const char* name : {"time", "T",  "time_s",       "Time (s)",  "Time [s]", "time_ms",      "seconds",
                           "sec",  "ms", "epoch",        "utc",       "elapsed",  "datetime_utc", "idx",
                           "row",  "n",  "sample_index", "unix_time", "",         "Unnamed: 0"}) {
    EXPECT_TRUE(is_time_name(name)) << name;
  }
  for (const char* name : {"sensor_1", "s", "temperature", "timer", "rows", "speed (m/s)", "speed_ms", "x (s)", "_"}) {
    EXPECT_FALSE(is_time_name(name)) << name;
  }
}

TEST(TimeAxis, IsNotSeenWhereItDoesNotRiseUniformly) {
  std::vector<std::string> gap = printed(0, 0.01, 50, 2);
  gap.erase(gap.begin() + 20);
  EXPECT_FALSE(find_time_axis("time", gap, '.').rises_uniformly);
  EXPECT_FALSE(find_time_axis("time", printed(5, -1, 50, 0), '.').rises_uniformly);
  EXPECT_FALSE(find_time_axis("time", printed(5, 0, 50, 0), '.').rises_uniformly);
  EXPECT_FALSE(find_time_axis("time", std::vector<std::string>{"1", "2", "x"}, '.').rises_uniformly);
}

}  // namespace
}  // namespace pumice::io
