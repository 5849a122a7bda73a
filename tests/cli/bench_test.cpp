#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/program.hpp"
#include "synth/synth.hpp"

namespace pumice {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_program;
using testing::TemporaryDirectory;

class Bench : public ::testing::Test {
 protected:
  Bench() { (void)synthesise({.directory = folder_ / "d", .segments = 4, .seed = 2, .samples = 3000}); }
  [[nodiscard]] std::string arguments(const std::string& devices) const {
    return "bench " + (folder_ / "d/train") + " --sample-rate 100 --runs 3 --devices " + devices + " --json " +
           json_path();
  }
  [[nodiscard]] std::string json_path() const { return folder_ / "bench.json"; }

  TemporaryDirectory folder_;
};

TEST_F(Bench, MeasuresTheCpuAndTheLimitsOfTheFiles) {
  const auto result = run_program(arguments("cpu"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("4 segments"));
  EXPECT_THAT(result.out, HasSubstr("GB/s"));
  const auto json = nlohmann::json::parse(testing::read_text(json_path()));
  EXPECT_EQ(json.at("segments"), 4);
  EXPECT_EQ(json.at("columns"), 760);
  EXPECT_GT(json.at("limits").at("read_gb_per_s"), 0.0);
  EXPECT_GT(json.at("limits").at("count_lines_gb_per_s"), 0.0);
  EXPECT_GT(json.at("limits").at("decode_gb_per_s"), 0.0);
  EXPECT_EQ(json.at("limits").at("lines"), 4 * 3001);
  EXPECT_EQ(json.at("limits").at("rows"), 4 * 3000);
  const auto& by_threads = json.at("limits").at("read_by_threads");
  ASSERT_FALSE(by_threads.empty());
  EXPECT_EQ(by_threads.at(0).at("threads"), 1);
  EXPECT_GT(by_threads.at(0).at("gb_per_s"), 0.0);
  EXPECT_FALSE(json.at("limits").contains("cuda")) << "no GPU was asked for";
  EXPECT_FALSE(json.at("machine").at("simd").get<std::string>().empty());
  const auto& cpu = json.at("devices").at(0);
  EXPECT_EQ(cpu.at("device"), "cpu");
  EXPECT_EQ(cpu.at("ratio"), 1.0);
  EXPECT_EQ(cpu.at("runs_s").size(), 3u);
  EXPECT_LE(cpu.at("min_s"), cpu.at("median_s"));
  EXPECT_LE(cpu.at("median_s"), cpu.at("max_s"));
  EXPECT_GT(cpu.at("stages_s").at("decode"), 0.0);
  EXPECT_EQ(cpu.at("difference").at("relative"), 0.0);
}

TEST_F(Bench, TellsWholeProcessesAndTheSteadyStateApart) {
  const auto result = run_program(arguments("cpu"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("steady GB/s"));
  const auto json = nlohmann::json::parse(testing::read_text(json_path()));
  const auto& cpu = json.at("devices").at(0);
  EXPECT_EQ(cpu.at("process_s").size(), 3U);
  EXPECT_EQ(cpu.at("half_s").size(), 3U);
  const double share = cpu.at("half_bytes").get<double>() / json.at("bytes").get<double>();
  EXPECT_NEAR(share, 0.5, 0.13);  // of four files
  EXPECT_TRUE(cpu.at("cold_s").empty()) << "nobody asked for it";
}

TEST_F(Bench, MeasuresFilesThatAreNotInThePageCache) {
  const auto result = run_program(arguments("cpu") + " --cold 2");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(testing::read_text(json_path()));
  const auto& cpu = json.at("devices").at(0);
  if (result.out.find("cold files: not measured") != std::string::npos) {  // a file system that is memory
    EXPECT_TRUE(cpu.at("cold_s").empty());
    return;
  }
  EXPECT_THAT(result.out, HasSubstr("cold GB/s"));
  EXPECT_EQ(cpu.at("cold_s").size(), 2U);
  EXPECT_GT(json.at("limits").at("cold_read_gb_per_s"), 0.0);
}

TEST_F(Bench, ComparesTheTablesOfTwoDevices) {
  const auto result = run_program(arguments("cpu,cpu"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("the same to the bit"));
}

TEST_F(Bench, SaysThatADeviceIsAbsentAndGoesOn) {
  const auto result = run_program(arguments("cpu,cuda:63"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("cuda:63   not available: "));
  EXPECT_THAT(result.out, HasSubstr("limits of the GPU: not measured: "));
  const auto json = nlohmann::json::parse(testing::read_text(json_path()));
  EXPECT_FALSE(json.at("devices").at(1).at("absent").get<std::string>().empty());
  EXPECT_FALSE(json.at("limits").at("cuda").at("absent").get<std::string>().empty());
}

TEST_F(Bench, MeasuresTheLimitsAlone) {
  const auto result = run_program(arguments("none"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("read and decode"));
  const auto json = nlohmann::json::parse(testing::read_text(json_path()));
  EXPECT_TRUE(json.at("devices").empty());
  EXPECT_GT(json.at("limits").at("read_s"), 0.0);
  EXPECT_GT(json.at("limits").at("count_lines_s"), 0.0);
  EXPECT_GT(json.at("limits").at("decode_s"), 0.0);
}

TEST_F(Bench, LeavesOutWhatCannotBeUsedAndSaysSo) {
  testing::write_text(folder_ / "d/train/1.csv", "sensor_1\nx\n");
  ASSERT_EQ(mkfifo((folder_ / "d/train/2.csv").c_str(), 0600), 0);
  for (const char* devices : {"cpu", "none"}) {
    const auto result = run_program(arguments(devices));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("4 segments"));
    EXPECT_THAT(result.out, HasSubstr("2 files cannot be used and are left out; the first: "));
    const auto json = nlohmann::json::parse(testing::read_text(json_path()));
    EXPECT_EQ(json.at("unusable"), 2);
    EXPECT_EQ(json.at("limits").at("rows"), 4 * 3000);
  }
}

TEST_F(Bench, FailsWhereNoFileCanBeUsed) {
  fs::create_directory(folder_ / "bad");
  testing::write_text(folder_ / "bad/1.csv", "a,b\n1,x\n");
  const auto result = run_program("bench " + (folder_ / "bad") + " --devices none");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("none of the 1 files can be used; the first: "));
  EXPECT_THAT(result.err, HasSubstr("1.csv: row 2, column b: `x` is not a number"));
}

TEST_F(Bench, FailsWhereNoDeviceRan) { EXPECT_EQ(run_program(arguments("cuda:63")).exit_code, 1); }

TEST_F(Bench, RefusesWhatItCannotMeasure) {
  EXPECT_EQ(run_program(arguments("abacus")).exit_code, 2);
  EXPECT_EQ(run_program("bench " + (folder_ / "d/train") + " --runs 0").exit_code, 2);
  EXPECT_EQ(run_program(arguments("none,cpu")).exit_code, 2);
  EXPECT_EQ(run_program(arguments("cpu") + " --cold -1").exit_code, 2);
  EXPECT_EQ(run_program("bench").exit_code, 2);
}

}  // namespace
}  // namespace pumice
