/// Windows of a run: each gives the row that a file of its samples gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/extract_fixture.hpp"
#include "pumice/error.hpp"
#include "pumice/extract.hpp"
#include "pumice/table.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::Extract;

TEST_F(Extract, AWindowsRowIsThatOfAFileWithItsSamples) {
  folder_.write("in/1.csv", "a,b\n1,2\n5,\n,4\n7,1\n9,9\n");
  ExtractOptions windowed = options();
  windowed.features = {"core"};
  windowed.sample_rate = 2;
  windowed.window = WindowLength{.value = 1, .in_seconds = true};
  const ExtractReport report = extract(windowed);
  EXPECT_EQ(report.rows, 2);
  EXPECT_EQ(report.partial_windows_left_out, 1);
  const Table cut = table();
  EXPECT_THAT(numbers(cut, "window"), ElementsAre(0, 1));
  EXPECT_THAT(numbers(cut, "start_sample"), ElementsAre(0, 2));
  EXPECT_THAT(numbers(cut, "start_time"), ElementsAre(0, 1));

  folder_.write("parts/0.csv", "a,b\n1,2\n5,\n");
  folder_.write("parts/1.csv", "a,b\n,4\n7,1\n");
  ExtractOptions whole = options("parts.csv");
  whole.input.inputs = {folder_ / "parts"};
  whole.features = {"core"};
  whole.sample_rate = 2;
  static_cast<void>(extract(whole));
  const Table parts = table("parts.csv");
  for (std::size_t i = 1; i < parts.schema.columns.size(); ++i) {
    const std::string& name = parts.schema.columns[i].name;
    const auto expected = numbers(parts, name);
    const auto got = numbers(cut, name);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t row = 0; row < expected.size(); ++row) {
      EXPECT_TRUE(got[row] == expected[row] || (std::isnan(got[row]) && std::isnan(expected[row]))) << name;
    }
  }
}

/// Recordings whose windows would, as files of their own, be held in narrower types than the recording is.
TEST_F(Extract, AWindowsRowDoesNotDependOnTheTypeThatItsRecordingNeeds) {
  constexpr int kWindow = 300;
  using Cell = std::function<std::string(int)>;
  const auto number = [](int i) { return (i * 7919) % 211 - 100; };
  const std::vector<Cell> kinds{
      [&](int i) { return std::to_string(number(i)) + ".25"; },                             // decimals
      [&](int i) { return std::to_string(number(i)); },                                     // 16 bits do
      [&](int i) { return i % 5 == 0 ? std::string() : std::to_string(number(i) * 100); },  // and with gaps
      [&](int i) { return std::to_string(number(i) * 1000); },                              // 32 bits
      [&](int i) { return std::to_string(number(i) * 1000000LL); },                         // integers too large
      [](int) { return std::string(); },                                                    // all missing
      [](int) { return std::string("-0.0"); }};
  std::string decimals = "a,b\n";
  std::string integers = "a,b\n";
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    std::string part;
    for (int i = 0; i < kWindow; ++i) {
      part += kinds[kind](i) + "," + std::to_string(i * i % 50) + "\n";
    }
    folder_.write("parts/" + std::to_string(kind) + ".csv", "a,b\n" + part);
    decimals += part;
    integers += kind == 0 ? "" : part;
  }
  folder_.write("whole/1.csv", decimals);
  folder_.write("rest/1.csv", integers);
  for (const MissingPolicy policy : {MissingPolicy::kSkip, MissingPolicy::kZero, MissingPolicy::kFfill,
                                     MissingPolicy::kInterpolate, MissingPolicy::kNan}) {
    const auto rows_of = [&](const std::string& input, bool windowed) {
      ExtractOptions run = options(input + ".npy");
      run.input.inputs = {folder_ / input};
      run.features = {"core"};
      run.sample_rate = 100;
      run.nperseg = 128;
      run.missing = policy;
      if (windowed) {
        run.window = WindowLength{.value = kWindow};
      }
      static_cast<void>(extract(run));
      return table(input + ".npy");
    };
    const Table parts = rows_of("parts", false);
    const Table whole = rows_of("whole", true);
    const Table rest = rows_of("rest", true);
    for (std::size_t i = 1; i < parts.schema.columns.size(); ++i) {
      const std::string& name = parts.schema.columns[i].name;
      const auto bits = [&](const Table& from) {
        std::vector<std::uint64_t> all;
        for (const double value : numbers(from, name)) {
          all.push_back(std::isnan(value) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value));
        }
        return all;
      };
      const auto expected = bits(parts);
      ASSERT_EQ(expected.size(), kinds.size());
      EXPECT_EQ(bits(whole), expected) << name << " under policy " << to_text(policy);
      EXPECT_EQ(bits(rest), std::vector(expected.begin() + 1, expected.end())) << name;
    }
  }
}

TEST_F(Extract, RefusesAWindowThatNoFileHolds) {
  write_segments();
  ExtractOptions windowed = options();
  windowed.sample_rate = 100;
  for (const WindowLength length : {WindowLength{.value = 1e300, .in_seconds = true}, WindowLength{.value = 8e15}}) {
    windowed.window = length;
    EXPECT_THROW(static_cast<void>(extract(windowed)), UsageError);
    EXPECT_THAT(message_of(windowed), HasSubstr("is more than any file holds"));
  }
}

TEST_F(Extract, SaysHowManyFilesAreShorterThanAWindow) {
  folder_.write("in/1.csv", "a,b\n1,1\n2,2\n");
  folder_.write("in/2.csv", "a,b\n1,1\n2,2\n3,3\n");
  ExtractOptions windowed = options();
  windowed.window = WindowLength{.value = 3};
  const ExtractReport report = extract(windowed);
  EXPECT_EQ(report.rows, 1);
  EXPECT_THAT(report.warnings, ElementsAre("1 of 2 files are shorter than a window (3 samples): they have no row"));
}

TEST_F(Extract, WritesNoTableOfNothing) {
  folder_.write("in/1.csv", "a,b\n1,1\n2,2\n");
  ExtractOptions windowed = options();
  windowed.window = WindowLength{.value = 10};
  EXPECT_THAT(message_of(windowed), HasSubstr("no file has a whole window of 10 samples"));
  EXPECT_FALSE(folder_.has("t.csv"));
}

}  // namespace
}  // namespace pumice
