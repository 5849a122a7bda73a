// `pumice compare` as it is run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "io/table_support.hpp"

namespace pumice {
namespace {

using test::Folder;
using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  int code = -1;
  std::string output;  ///< both streams
};

class CompareCommand : public testing::Test {
 protected:
  [[nodiscard]] static Outcome compare(const std::string& arguments) {
    Outcome run;
    FILE* pipe = popen((std::string(PUMICE_PROGRAM) + " compare " + arguments + " 2>&1").c_str(), "r");
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      run.output.append(buffer.data(), n);
    }
    run.code = WEXITSTATUS(pclose(pipe));
    return run;
  }
  Folder folder_;
  const std::string a_ = folder_.put("a.csv", "segment_id,sensor_1__std,sensor_1__mean\n1,2,0.5\n2,4,0.25\n");
};

TEST_F(CompareCommand, SaysIdenticalAndExitsWithZero) {
  const Outcome run = compare(a_ + " " + a_);
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.output, "identical: 2 rows, 2 columns\n");
}

TEST_F(CompareCommand, SaysEqualWithinTheTolerance) {
  const std::string b = folder_.put("b.csv", "segment_id,sensor_1__std,sensor_1__mean\n2,4,0.25\n1,2,0.500001\n");
  const Outcome run = compare(a_ + " " + b + " --rtol 1e-5");
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output,
              StartsWith("equal within rtol 1e-05, atol 0: 2 rows, 2 columns; largest relative difference 2e-06\n"));
}

TEST_F(CompareCommand, SaysWhereTablesDifferAndWhy) {
  // Squares of 2 sqrt(4/5) and 4 sqrt(4/5): n = 5.
  const std::string b = folder_.put("b.csv",
                                    "segment_id,sensor_1__std,sensor_1__mean\n"
                                    "1,1.7888543819998317,0.5\n2,3.5777087639996634,0.25\n3,1,1\n");
  const Outcome run = compare(a_ + " " + b);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, StartsWith("different: 1 of 2 common columns (rtol 1e-09, atol 0), 1 row in B only\n"));
  EXPECT_THAT(run.output, HasSubstr("sensor_1__std\n    2 of 2 values differ, 2 beyond the tolerance\n"));
  EXPECT_THAT(run.output, HasSubstr("likely cause: differs by sqrt(n/(n-1)), n = 5: ddof 1 in A, 0 in B"));
}

TEST_F(CompareCommand, AnswersInJson) {
  const std::string b = folder_.put("b.csv", "segment_id,sensor_1__std\n1,2\n2,5\n");
  const Outcome run = compare(a_ + " " + b + " --format json");
  EXPECT_EQ(run.code, 1);
  const auto json = nlohmann::json::parse(run.output);
  EXPECT_EQ(json.at("equal"), false);
  EXPECT_EQ(json.at("columns_only_a").at(0), "sensor_1__mean");
  EXPECT_EQ(json.at("columns").at(0).at("largest_relative").at("row"), "2");
  EXPECT_DOUBLE_EQ(json.at("columns").at(0).at("largest_relative").at("difference").get<double>(), 0.2);
}

TEST_F(CompareCommand, ListsTheWorst20UnlessAskedForAll) {
  std::string header = "segment_id";
  std::string zeros = "1";
  std::string ones = "1";
  for (int i = 0; i < 30; ++i) {
    header += ",x" + std::to_string(i);
    zeros += ",0.5";
    ones += ",1";
  }
  const std::string tables =
      folder_.put("b.csv", header + "\n" + zeros) + " " + folder_.put("c.csv", header + "\n" + ones);
  EXPECT_THAT(compare(tables).output, HasSubstr(".. and 10 more (--all)"));
  EXPECT_THAT(compare(tables + " --all").output, testing::Not(HasSubstr("more (--all)")));
}

TEST_F(CompareCommand, ExitsWithTwoWhereItIsUsedWrongly) {
  EXPECT_EQ(compare(a_).code, 2);
  EXPECT_EQ(compare(a_ + " " + a_ + " --format yaml").code, 2);
  EXPECT_EQ(compare(a_ + " " + a_ + " --rtol -1").code, 2);
  EXPECT_EQ(compare(a_ + " " + a_ + " --key nothing").code, 2);
}

TEST_F(CompareCommand, NamesATableThatIsNotThere) {
  const Outcome run = compare(a_ + " " + folder_.path("nowhere.csv"));
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.output, HasSubstr("nowhere.csv: there is no such file"));
}

}  // namespace
}  // namespace pumice
