#include "synth/synth.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "pumice/error.hpp"
#include "support/program.hpp"
#include "synth/random.hpp"

namespace pumice {
namespace {

namespace fs = std::filesystem;
using testing::read_text;
using testing::run_program;
using testing::TemporaryDirectory;
using testing::write_text;

/// Every file below a directory, by relative name, with its bytes.
std::map<std::string, std::string> contents(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), directory).string()] = read_text(entry.path());
    }
  }
  return files;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// Rows of cells of one segment file, the header first.
std::vector<std::vector<std::string>> read_cells(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : split(text.substr(0, text.size() - 1), '\n')) {
    rows.push_back(split(line, ','));
  }
  return rows;
}

/// |successes - n p| stays within this, but for one set in a million.
double binomial_bound(double n, double p) { return 5.0 * std::sqrt(n * p * (1 - p)) + 1.0; }

TEST(Synth, WritesEveryCellInTheFormatOfTheIngvSet) {
  const TemporaryDirectory folder;
  (void)synthesise({.directory = folder / "d", .segments = 12, .seed = 5, .samples = 2000});
  const std::regex cell("^(-?(0|[1-9][0-9]{0,4})\\.0)?$");
  const auto files = contents(folder / "d/train");
  ASSERT_EQ(files.size(), 12u);
  for (const auto& [name, text] : files) {
    EXPECT_TRUE(std::regex_match(name, std::regex("[1-9][0-9]*\\.csv"))) << name;
    ASSERT_EQ(text.back(), '\n');
    EXPECT_EQ(text.find('\r'), std::string::npos);
    const auto rows = read_cells(text);
    ASSERT_EQ(rows.size(), 2001u) << name;
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "sensor_1,sensor_2,sensor_3,sensor_4,sensor_5,sensor_6,sensor_7,sensor_8,sensor_9,sensor_10");
    for (std::size_t row = 1; row < rows.size(); ++row) {
      ASSERT_EQ(rows[row].size(), 10u) << name << " row " << row;
      for (const std::string& value : rows[row]) {
        ASSERT_TRUE(std::regex_match(value, cell)) << name << " row " << row << ": " << value;
        ASSERT_NE(value, "-0.0") << name << " row " << row;
        ASSERT_LE(std::fabs(std::strtod(value.c_str(), nullptr)), 32767.0);
      }
    }
  }
}

TEST(Synth, GivesPresentSensorsAMedianOfZeroAndManyTies) {
  const TemporaryDirectory folder;
  (void)synthesise({.directory = folder / "d", .segments = 6, .seed = 8, .samples = 20001});
  int looked_at = 0;
  for (const auto& [name, text] : contents(folder / "d/train")) {
    const auto rows = read_cells(text);
    for (std::size_t sensor = 0; sensor < 10; ++sensor) {
      std::vector<double> values;
      for (std::size_t row = 1; row < rows.size(); ++row) {
        if (!rows[row][sensor].empty()) {
          values.push_back(std::strtod(rows[row][sensor].c_str(), nullptr));
        }
      }
      if (values.empty()) {
        continue;
      }
      std::sort(values.begin(), values.end());
      EXPECT_LE(values[(values.size() - 1) / 2], 0) << name << " sensor " << sensor + 1;
      EXPECT_GE(values[values.size() / 2], 0) << name << " sensor " << sensor + 1;
      EXPECT_LT(std::set<double>(values.begin(), values.end()).size(), values.size() / 2);
      ++looked_at;
    }
  }
  EXPECT_GT(looked_at, 40);
}

TEST(Synth, GivesTheSameBytesForTheSameSeedAndAnyNumberOfThreads) {
  const TemporaryDirectory folder;
  SynthOptions options{.directory = {}, .segments = 9, .test_segments = 3, .seed = 77, .samples = 1500};
  options.directory = folder / "one";
  (void)synthesise(options);
  options.directory = folder / "two";
  options.threads = 2;
  (void)synthesise(options);
  options.directory = folder / "other";
  options.seed = 78;
  (void)synthesise(options);
  EXPECT_EQ(contents(folder / "one"), contents(folder / "two"));
  EXPECT_NE(contents(folder / "one"), contents(folder / "other"));
}

TEST(Synth, GivesTheBytesThatEveryMachineGives) {
  const TemporaryDirectory folder;
  (void)synthesise({.directory = folder / "d", .segments = 2, .seed = 1, .samples = 3000});
  // FNV-1a over names and bytes. It changes only when the generator is changed on purpose.
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const auto& [name, text] : contents(folder / "d")) {
    for (const char c : name + '\0' + text) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
  }
  EXPECT_EQ(hash, 5486013132925801605u);
}

TEST(Synth, LeavesSensorsOutAsOftenAsTheIngvSet) {
  const TemporaryDirectory folder;
  constexpr int kSegments = 300;
  (void)synthesise({.directory = folder / "d", .segments = kSegments, .seed = 21, .samples = 64, .threads = 2});
  std::array<int, 10> wholly_missing{};
  int present = 0;
  int dead = 0;
  int with_blank = 0;
  int with_gap = 0;
  for (const auto& [name, text] : contents(folder / "d/train")) {
    const auto rows = read_cells(text);
    bool blank = false;
    bool gap = false;
    for (std::size_t sensor = 0; sensor < 10; ++sensor) {
      int missing = 0;
      int zeros = 0;
      for (std::size_t row = 1; row < rows.size(); ++row) {
        missing += rows[row][sensor].empty() ? 1 : 0;
        zeros += rows[row][sensor] == "0.0" ? 1 : 0;
      }
      wholly_missing[sensor] += missing == 64 ? 1 : 0;
      present += missing < 64 ? 1 : 0;
      dead += zeros == 64 ? 1 : 0;
      blank = blank || missing > 0;
      gap = gap || (missing > 0 && missing < 64);
    }
    with_blank += blank ? 1 : 0;
    with_gap += gap ? 1 : 0;
  }
  const std::array rates{0.0054, 0.1884, 0.0982, 0.0, 0.1343, 0.0, 0.0095, 0.0993, 0.0280, 0.0054};
  for (std::size_t sensor = 0; sensor < 10; ++sensor) {
    EXPECT_NEAR(wholly_missing[sensor], kSegments * rates[sensor],
                rates[sensor] == 0 ? 0.0 : binomial_bound(kSegments, rates[sensor]))
        << "sensor " << sensor + 1;
  }
  EXPECT_NEAR(with_blank, kSegments * 0.77, binomial_bound(kSegments, 0.77));
  EXPECT_NEAR(with_gap, kSegments * 0.576, binomial_bound(kSegments, 0.576));
  EXPECT_GT(dead, 0);
  EXPECT_NEAR(dead, present * 0.005, binomial_bound(present, 0.005));
}

TEST(Synth, LabelsEverySegmentOnceInNoOrder) {
  const TemporaryDirectory folder;
  (void)synthesise({.directory = folder / "d", .segments = 50, .test_segments = 20, .seed = 4, .samples = 16});
  const auto labels = read_cells(read_text(folder / "d/train.csv"));
  ASSERT_EQ(labels.size(), 51u);
  EXPECT_EQ(labels[0], (std::vector<std::string>{"segment_id", "time_to_eruption"}));
  std::vector<long> ids;
  for (std::size_t row = 1; row < labels.size(); ++row) {
    ids.push_back(std::stol(labels[row][0]));
    EXPECT_GE(ids.back(), 1);
    EXPECT_LE(ids.back(), INT32_MAX);
    EXPECT_GE(std::stol(labels[row][1]), 6250);
    EXPECT_LE(std::stol(labels[row][1]), 49046087);
    EXPECT_TRUE(fs::exists(folder / ("d/train/" + labels[row][0] + ".csv")));
  }
  EXPECT_FALSE(std::is_sorted(ids.begin(), ids.end()));
  const auto submission = read_cells(read_text(folder / "d/sample_submission.csv"));
  ASSERT_EQ(submission.size(), 21u);
  for (std::size_t row = 1; row < submission.size(); ++row) {
    EXPECT_TRUE(fs::exists(folder / ("d/test/" + submission[row][0] + ".csv")));
    EXPECT_EQ(submission[row][1], "0");
    ids.push_back(std::stol(submission[row][0]));
  }
  EXPECT_EQ(std::set<long>(ids.begin(), ids.end()).size(), 70u);
}

TEST(Synth, LeavesADirectoryThatIsNotEmptyAlone) {
  const TemporaryDirectory folder;
  write_text(folder / "mine.txt", "mine");
  EXPECT_THROW((void)synthesise({.directory = folder.path().string(), .segments = 1, .samples = 8}), UsageError);
  EXPECT_EQ(contents(folder.path()).size(), 1u);
}

TEST(Synth, ReplacesItsOwnDataSetOnlyWhenForced) {
  const TemporaryDirectory folder;
  SynthOptions options{.directory = folder / "d", .segments = 5, .test_segments = 2, .seed = 1, .samples = 8};
  (void)synthesise(options);
  EXPECT_THROW((void)synthesise(options), UsageError);
  options.seed = 2;
  options.segments = 3;
  options.test_segments = 0;
  options.overwrite = true;
  (void)synthesise(options);
  options.directory = folder / "fresh";
  (void)synthesise(options);
  EXPECT_EQ(contents(folder / "d"), contents(folder / "fresh"));
}

TEST(Synth, NeverReplacesDataThatItDidNotMake) {
  const TemporaryDirectory folder;
  fs::create_directory(folder / "train");
  write_text(folder / "train/1.csv", "a\n1\n");
  EXPECT_THROW((void)synthesise({.directory = folder.path().string(), .segments = 1, .samples = 8, .overwrite = true}),
               UsageError);
  EXPECT_EQ(contents(folder.path()), (std::map<std::string, std::string>{{"train/1.csv", "a\n1\n"}}));
}

TEST(Synth, LeavesNoLabelsAndNoPartialFileWhenStopped) {
  const TemporaryDirectory folder;
  std::stop_source stop;
  const auto observe = [&](const SynthReport& so_far) {
    if (so_far.segments == 2) {
      stop.request_stop();
    }
  };
  EXPECT_THROW((void)synthesise({.directory = folder / "d", .segments = 20, .samples = 100}, observe, stop.get_token()),
               Cancelled);
  EXPECT_FALSE(fs::exists(folder / "d/train.csv"));
  for (const auto& [name, text] : contents(folder / "d/train")) {
    EXPECT_TRUE(name.ends_with(".csv")) << name;
    EXPECT_EQ(read_cells(text).size(), 101u);
  }
}

TEST(Synth, TakesAnyNumberOfSensorsAndSamples) {
  const TemporaryDirectory folder;
  for (const auto& [sensors, samples] : {std::pair{1, 1}, {3, 2}, {23, 500}}) {
    const std::string directory = folder / std::to_string(sensors);
    (void)synthesise({.directory = directory, .segments = 4, .samples = samples, .sensors = sensors});
    for (const auto& [name, text] : contents(directory + "/train")) {
      const auto rows = read_cells(text);
      ASSERT_EQ(rows.size(), static_cast<std::size_t>(samples) + 1);
      EXPECT_EQ(rows.back().size(), static_cast<std::size_t>(sensors));
    }
  }
}

TEST(SynthMaths, AgreesWithTheLibrary) {
  for (double x = -20; x <= 20; x += 0.37) {
    EXPECT_NEAR(synth::exponential(x), std::exp(x), 1e-14 * std::exp(x)) << x;
    EXPECT_NEAR(synth::sine(x), std::sin(2 * 3.141592653589793 * x), 1e-13) << x;
    EXPECT_NEAR(synth::cosine(x), std::cos(2 * 3.141592653589793 * x), 1e-13) << x;
  }
}

TEST(SynthMaths, DrawsNoiseOfMeanZeroAndDeviationOne) {
  synth::Random random(3);
  constexpr int kDraws = 200'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kDraws, 0, 5 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1, 5 * std::sqrt(2.0 / kDraws));
}

TEST(SynthCommand, SaysWhatItWroteAndRefusesWhatItCannotDo) {
  const TemporaryDirectory folder;
  const std::string directory = folder / "d";
  const auto made = run_program("synth " + directory + " --segments 3 --seed 9 --samples 100 --sensors 4");
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_NE(made.out.find("3 segments of 4 sensors x 100 samples"), std::string::npos) << made.out;
  const auto again = run_program("synth " + directory);
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(again.err.find("is not empty"), std::string::npos) << again.err;
  EXPECT_EQ(run_program("synth").exit_code, 2);
  EXPECT_EQ(run_program("synth " + directory + "2 --segments 0").exit_code, 2);
  EXPECT_EQ(run_program("synth " + directory + "2 extra").exit_code, 2);
  EXPECT_FALSE(fs::exists(directory + "2"));
}

}  // namespace
}  // namespace pumice
