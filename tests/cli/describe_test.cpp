#include "core/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "core/running_moments.hpp"
#include "support/program.hpp"
#include "synth/synth.hpp"

namespace pumice {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::read_text;
using testing::run_program;
using testing::TemporaryDirectory;
using testing::write_text;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// What the slow way finds in one channel: every cell of every file kept, two passes in long double.
struct Slow {
  std::vector<double> values;
  std::int64_t missing = 0;
  std::int64_t wholly_missing = 0;
  std::int64_t constant = 0;

  void add_file(const std::vector<double>& column) {
    std::vector<double> there;
    for (const double x : column) {
      if (!std::isnan(x)) {
        there.push_back(x);
      }
    }
    missing += static_cast<std::int64_t>(column.size() - there.size());
    wholly_missing += there.empty() ? 1 : 0;
    constant +=
        !there.empty() && std::all_of(there.begin(), there.end(), [&](double x) { return x == there[0]; }) ? 1 : 0;
    values.insert(values.end(), there.begin(), there.end());
  }
  [[nodiscard]] double mean() const {
    long double sum = 0;
    for (const double x : values) {
      sum += x;
    }
    return static_cast<double>(sum / static_cast<long double>(values.size()));
  }
  [[nodiscard]] double deviation() const {
    const long double centre = mean();
    long double sum = 0;
    for (const double x : values) {
      sum += (x - centre) * (x - centre);
    }
    return static_cast<double>(std::sqrt(sum / static_cast<long double>(values.size() - 1)));
  }
};

/// Columns of a plain comma-separated file; NaN where a cell is empty.
std::vector<std::vector<double>> read_columns(const fs::path& path) {
  std::istringstream lines(read_text(path));
  std::string line;
  std::getline(lines, line);
  std::vector<std::vector<double>> columns(static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1);
  while (std::getline(lines, line)) {
    std::istringstream cells(line + ',');
    for (auto& column : columns) {
      std::string cell;
      std::getline(cells, cell, ',');
      column.push_back(cell.empty() ? kNone : std::strtod(cell.c_str(), nullptr));
    }
  }
  return columns;
}

std::vector<Slow> slow_description(const fs::path& directory) {
  std::vector<Slow> channels;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const auto columns = read_columns(entry.path());
    channels.resize(columns.size());
    for (std::size_t k = 0; k < columns.size(); ++k) {
      channels[k].add_file(columns[k]);
    }
  }
  return channels;
}

Description describe_directory(const fs::path& directory, int threads) {
  const Discovery discovery =
      discover({.inputs = {directory.string()}, .recursive = false, .id = {}, .format = {}, .channels = {}});
  return describe(*open_source(discovery, {}), threads);
}

void expect_equal(const Description& description, const std::vector<Slow>& slow) {
  ASSERT_EQ(description.channels.size(), slow.size());
  for (std::size_t k = 0; k < slow.size(); ++k) {
    const ChannelDescription& channel = description.channels[k];
    SCOPED_TRACE(channel.name);
    EXPECT_EQ(channel.missing, slow[k].missing);
    EXPECT_EQ(channel.wholly_missing, slow[k].wholly_missing);
    EXPECT_EQ(channel.constant, slow[k].constant);
    EXPECT_EQ(channel.samples, static_cast<std::int64_t>(slow[k].values.size()) + slow[k].missing);
    EXPECT_EQ(channel.minimum, *std::min_element(slow[k].values.begin(), slow[k].values.end()));
    EXPECT_EQ(channel.maximum, *std::max_element(slow[k].values.begin(), slow[k].values.end()));
    EXPECT_NEAR(channel.mean, slow[k].mean(), 1e-12 * (std::fabs(slow[k].mean()) + slow[k].deviation()));
    EXPECT_NEAR(channel.standard_deviation, slow[k].deviation(), 1e-12 * slow[k].deviation());
  }
}

TEST(Describe, FindsWhatTheSlowWayFindsInIntegers) {
  const TemporaryDirectory folder;
  (void)synthesise({.directory = folder / "d", .segments = 25, .seed = 6, .samples = 700});
  const Description description = describe_directory(folder / "d/train", 2);
  expect_equal(description, slow_description(folder / "d/train"));
  EXPECT_EQ(description.recordings, 25);
  EXPECT_EQ(description.rows, 25 * 700);
  EXPECT_TRUE(description.problems.empty());
}

TEST(Describe, FindsWhatTheSlowWayFindsInDecimalsFarFromZero) {
  const TemporaryDirectory folder;
  std::mt19937 random(12);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int file = 0; file < 9; ++file) {
    std::ostringstream text;
    text.precision(17);
    text << "a,b\n";
    for (int row = 0; row < 200 + file; ++row) {
      text << 1e6 + uniform(random) << ',';
      if (row % 7 != 0) {
        text << uniform(random);
      }
      text << '\n';
    }
    write_text(folder / (std::to_string(file) + ".csv"), text.str());
  }
  const Description description = describe_directory(folder.path(), 1);
  expect_equal(description, slow_description(folder.path()));
  EXPECT_EQ(description.fewest_rows, 200);
  EXPECT_EQ(description.most_rows, 208);
}

TEST(Describe, IsTheSameForAnyNumberOfThreads) {
  const TemporaryDirectory folder;
  std::mt19937 random(4);
  for (int file = 0; file < 20; ++file) {
    std::string text = "a\n";
    for (int row = 0; row < 100; ++row) {
      text += std::to_string(static_cast<double>(random()) / 1e5) + "\n";
    }
    write_text(folder / (std::to_string(file) + ".csv"), text);
  }
  const ChannelDescription one = describe_directory(folder.path(), 1).channels.at(0);
  for (const int threads : {2, 5}) {
    const ChannelDescription many = describe_directory(folder.path(), threads).channels.at(0);
    EXPECT_EQ(one.mean, many.mean);
    EXPECT_EQ(one.standard_deviation, many.standard_deviation);
  }
}

TEST(RunningMoments, StaysExactFarFromZero) {
  // Integers 16,000,000 + {0, 1, 2, 3}: variance 5/3, though sums of squares need 64 bits.
  ColumnBuffer column;
  column.reset(SampleType::kInt32, 40'000);
  for (std::int32_t i = 0; i < 40'000; ++i) {
    column.as<std::int32_t>()[i] = 16'000'000 + i % 4;
  }
  RunningMoments moments;
  for (int repeat = 0; repeat < 100; ++repeat) {
    RunningMoments part;
    part.add(column.view());
    moments.merge(part);
  }
  EXPECT_EQ(moments.count(), 4'000'000);
  EXPECT_EQ(moments.mean(), 16'000'001.5);
  EXPECT_DOUBLE_EQ(moments.standard_deviation(), std::sqrt(5'000'000.0 / 3'999'999));
}

TEST(RunningMoments, JoinsIntegersAndDecimals) {
  ColumnBuffer integers;
  integers.reset(SampleType::kInt16, 3);
  std::copy_n(std::vector<std::int16_t>{1, kMissing<std::int16_t>, 3}.begin(), 3, integers.as<std::int16_t>());
  ColumnBuffer numbers;
  numbers.reset(SampleType::kFloat64, 3);
  std::copy_n(std::vector<double>{0.5, kNone, 7.5}.begin(), 3, numbers.as<double>());
  RunningMoments moments;
  moments.add(integers.view());
  moments.add(numbers.view());
  EXPECT_EQ(moments.count(), 4);
  EXPECT_EQ(moments.minimum(), 0.5);
  EXPECT_EQ(moments.maximum(), 7.5);
  EXPECT_DOUBLE_EQ(moments.mean(), 3);
  EXPECT_DOUBLE_EQ(moments.standard_deviation(), std::sqrt((4 + 0 + 6.25 + 20.25) / 3));
}

TEST(RunningMoments, HasNoValueWithoutSamples) {
  const RunningMoments moments;
  EXPECT_TRUE(std::isnan(moments.mean()));
  EXPECT_TRUE(std::isnan(moments.minimum()));
  EXPECT_TRUE(std::isnan(moments.standard_deviation()));
}

TEST(DescribeCommand, ShowsEveryChannelAndSuggestsTheExtractCommand) {
  const TemporaryDirectory folder;
  (void)synthesise({.directory = folder / "d", .segments = 12, .seed = 6, .samples = 500});
  const auto result = run_program("describe " + (folder / "d/train"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("12 segments, 10 channels"));
  EXPECT_THAT(result.out, HasSubstr("500 rows a segment"));
  EXPECT_THAT(result.out, HasSubstr("sensor_10"));
  EXPECT_THAT(result.out, HasSubstr("pumice extract " + (folder / "d/train") + " -o features."));
  EXPECT_THAT(result.out, HasSubstr(" --labels " + (folder / "d/train.csv")));
  EXPECT_THAT(result.out, HasSubstr(" --sample-rate HZ"));
  EXPECT_THAT(result.out, HasSubstr("--missing zero"));
}

TEST(DescribeCommand, SuggestsACommandThatRuns) {
  const TemporaryDirectory folder;
  (void)synthesise({.directory = folder / "a set", .segments = 3, .seed = 1, .samples = 60001, .sensors = 10});
  const auto described = run_program("describe '" + (folder / "a set/train") + "' --format json");
  ASSERT_EQ(described.exit_code, 0) << described.err;
  auto command = nlohmann::json::parse(described.out).at("command").get<std::string>();
  ASSERT_TRUE(command.starts_with("pumice extract ")) << command;
  EXPECT_THAT(command, Not(HasSubstr("--sample-rate")));
  command.replace(command.find(" -o features"), 12, " -o '" + (folder / "table'"));
  const auto extracted = run_program(command.substr(std::string("pumice ").size()));
  EXPECT_EQ(extracted.exit_code, 0) << command << "\n" << extracted.err;
}

TEST(DescribeCommand, GivesTheSameAsJson) {
  const TemporaryDirectory folder;
  (void)synthesise({.directory = folder / "d", .segments = 8, .seed = 3, .samples = 400});
  const auto result = run_program("describe " + (folder / "d/train") + " --format json --threads 2");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  const auto slow = slow_description(folder / "d/train");
  EXPECT_EQ(json.at("segments"), 8);
  EXPECT_EQ(json.at("rows").at("total"), 3200);
  EXPECT_EQ(json.at("labels"), folder / "d/train.csv");
  ASSERT_EQ(json.at("channels").size(), slow.size());
  for (std::size_t k = 0; k < slow.size(); ++k) {
    const auto& channel = json.at("channels").at(k);
    EXPECT_EQ(channel.at("missing"), slow[k].missing);
    EXPECT_EQ(channel.at("wholly_missing"), slow[k].wholly_missing);
    EXPECT_NEAR(channel.at("std").get<double>(), slow[k].deviation(), 1e-12 * slow[k].deviation());
  }
}

TEST(DescribeCommand, NamesFilesThatCannotBeUsed) {
  const TemporaryDirectory folder;
  write_text(folder / "1.csv", "a,b\n1,2\n3,4\n");
  write_text(folder / "2.csv", "a,b\n1,2\n5,6\n");
  write_text(folder / "3.csv", "a,b\n1,2\n3\n");
  const auto result = run_program("describe " + folder.path().string());
  EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("3.csv"));
  EXPECT_THAT(result.out, HasSubstr("2 segments"));
}

TEST(DescribeCommand, SaysThatThereIsNothing) {
  const TemporaryDirectory folder;
  EXPECT_EQ(run_program("describe " + folder.path().string()).exit_code, 2);
  EXPECT_EQ(run_program("describe").exit_code, 2);
  EXPECT_EQ(run_program("describe " + (folder / "none")).exit_code, 2);
}

}  // namespace
}  // namespace pumice
