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
  /// A copy of the program, and of its library where that is shared, beside a module whose GPU is the host.
  [[nodiscard]] std::string program_with_gpu() const {
    fs::copy_file(PUMICE_PROGRAM, folder_ / "pumice");
    fs::copy_file(PUMICE_FAKE_GPU, folder_ / "libpumice_cuda.so");
    for (const fs::directory_entry& file : fs::directory_iterator(PUMICE_LIBRARY_DIRECTORY)) {
      const std::string name = file.path().filename().string();
      if (name.starts_with("libpumice.so")) {
        fs::copy_file(file.path(), folder_ / name);
      }
    }
    return folder_ / "pumice";
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

TEST_F(Bench, HoldsAGpuAgainstWhatItsLimitsAllow) {
  const auto result = run_program(arguments("cpu,cuda"), {}, program_with_gpu());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* line : {"cuda:0 beside its limit", "  limit           ", "  steady state    ", "  start-up        ",
                           "  whole process   ", "  its bound       ", "start-up + 1.25 x bytes / limit"}) {
    EXPECT_THAT(result.out, HasSubstr(line));
  }
  const auto json = nlohmann::json::parse(testing::read_text(json_path()));
  const auto& cuda = json.at("limits").at("cuda");
  EXPECT_GT(cuda.at("open_s"), 0.0);
  EXPECT_DOUBLE_EQ(cuda.at("start_up_s"), cuda.at("open_s").get<double>() + 4 * 0.125) << "a plan of cuFFT is in it";
  EXPECT_GE(cuda.at("ring_bytes"), 4 * 4 * 3000 * 10 * 8) << "slots, segments, samples of 10 channels";
  EXPECT_GT(cuda.at("readers"), 0);
  EXPECT_GT(cuda.at("read_pinned_gb_per_s"), 0.0);
  EXPECT_DOUBLE_EQ(cuda.at("limit_bytes_per_s"), 1e9 * cuda.at("read_pinned_gb_per_s").get<double>())
      << "the lower of both";
  EXPECT_FALSE(json.at("devices").at(0).contains("against_limit"));
  const auto& gpu = json.at("devices").at(1);
  const auto& against = gpu.at("against_limit");
  EXPECT_EQ(against.at("limit_bytes_per_s"), cuda.at("limit_bytes_per_s"));
  EXPECT_EQ(against.at("start_up_s"), cuda.at("start_up_s"));
  EXPECT_EQ(against.at("process_s"), gpu.at("process_median_s"));
  const double limit = against.at("limit_bytes_per_s");
  EXPECT_DOUBLE_EQ(against.at("process_bound_s"),
                   against.at("start_up_s").get<double>() + 1.25 * json.at("bytes").get<double>() / limit);
  if (gpu.at("steady_gb_per_s") == 0.0) {  // of files this small, the second half may take no time
    EXPECT_TRUE(against.at("steady_over_limit").is_null());
  } else {
    EXPECT_NEAR(against.at("steady_over_limit"), gpu.at("steady_gb_per_s").get<double>() * 1e9 / limit, 1e-9);
  }
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
