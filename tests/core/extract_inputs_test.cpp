/// What becomes of inputs that are bad, incomplete or something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/extract_fixture.hpp"
#include "pumice/error.hpp"
#include "pumice/extract.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::Extract;

TEST_F(Extract, ListsBytesThatAreNoTextAsTheirCodes) {
  write_segments();
  folder_.write("in/x\xFF\x01\xC3\xA9.csv", "a,b\n4,w\n");
  const ExtractReport report = extract(options());
  const std::string list = folder_.read("t.csv.errors.csv");
  EXPECT_THAT(list, HasSubstr("\\xFF\\x01\xC3\xA9"));
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_THAT(report.skipped.front().message(), HasSubstr("\\xFF\\x01\xC3\xA9"));
}

TEST_F(Extract, SkipsABadFileAndListsWhy) {
  write_segments();
  folder_.write("in/8.csv", "a,b\n4,1\n5,x\n");
  const ExtractReport report = extract(options());
  EXPECT_EQ(report.rows, 2);
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_THAT(folder_.read("t.csv.errors.csv"), HasSubstr("8.csv,3,b,"));
  folder_.write("in/8.csv", "a,b\n4,1\n");
  EXPECT_EQ(extract(options()).rows, 3);
  EXPECT_FALSE(folder_.has("t.csv.errors.csv")) << "a stale list was left";
}

TEST_F(Extract, SkipsAFileOfAnotherRateUnlessTheRateIsGiven) {
  folder_.write("in/1.csv", "time,a\n0.00,1\n0.02,4\n0.04,2\n0.06,7\n");
  folder_.write("in/2.csv", "time,a\n0.00,1\n0.02,5\n0.04,2\n0.06,7\n");
  folder_.write("in/3.csv", "time,a\n0.00,1\n0.01,6\n0.02,2\n0.03,7\n");
  ExtractOptions asked = options();
  const ExtractReport report = extract(asked);
  EXPECT_EQ(report.rows, 2);
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_THAT(report.skipped[0].message(), HasSubstr("3.csv: its column time shows 100 Hz, the others 50 Hz"));
  asked.sample_rate = 50;
  EXPECT_EQ(extract(asked).rows, 3);
}

/// What becomes of a file must not depend on its place: only the first files are looked at beforehand.
TEST_F(Extract, SkipsIncompleteSegmentsAndLeavesOutOtherTablesWhereverTheyStand) {
  for (int i = 100; i < 200; ++i) {
    folder_.write("in/s" + std::to_string(i) + ".csv", "a,b\n4,1\n5,1\n9,1\n");
  }
  for (const char* name : {"s101", "s180"}) {
    folder_.write(std::string("in/") + name + ".csv", "a,c\n4,1\n5,1\n9,1\n");
  }
  for (const char* name : {"s102", "s181"}) {
    folder_.write(std::string("in/") + name + ".csv", "segment_id,a\n4,1\n5,1\n9,1\n");
  }
  for (const char* name : {"s103", "s182"}) {
    folder_.write(std::string("in/") + name + ".csv", "station;height\n4;1\n5;1\n9;1\n");
  }
  for (const char* name : {"s104", "s183"}) {
    folder_.write(std::string("in/") + name + ".csv", "4,1\n5,1\n9,1\n");
  }
  const ExtractReport report = extract(options());
  EXPECT_EQ(report.rows, 92);
  EXPECT_EQ(report.recordings, 96);
  std::vector<std::string> skipped;
  for (const InputProblem& problem : report.skipped) {
    skipped.push_back(problem.path.substr((folder_ / "in/").size()) + " " + problem.reason);
  }
  EXPECT_THAT(
      skipped,
      ElementsAre("s101.csv has no column b", "s104.csv has no row of column names, which the other files have",
                  "s180.csv has no column b", "s183.csv has no row of column names, which the other files have"));
  std::vector<std::string> left_out;
  for (const InputProblem& problem : report.left_out) {
    left_out.push_back(problem.path.substr((folder_ / "in/").size()));
  }
  EXPECT_THAT(left_out, ElementsAre("s102.csv", "s103.csv", "s181.csv", "s182.csv"));
}

TEST_F(Extract, SkipsWhatIsNotThereAndListsIt) {
  write_segments();
  ExtractOptions some = options();
  some.input.inputs = {folder_ / "in/7.csv", folder_ / "8.csv", folder_ / "gone", folder_ / "in/9.csv"};
  const ExtractReport report = extract(some);
  EXPECT_EQ(report.rows, 2);
  EXPECT_EQ(report.recordings, 3);
  EXPECT_EQ(report.inputs_without_recording, 1);
  EXPECT_EQ(report.skipped.size(), 2U);
  EXPECT_EQ(folder_.read("t.csv.errors.csv"), "file,row,column,byte,reason\n" + (folder_ / "gone") +
                                                  ",,,,no such file or directory\n" + (folder_ / "8.csv") +
                                                  ",,,,cannot be opened: No such file or directory\n");
  some.on_error = OnError::kNan;
  EXPECT_EQ(extract(some).rows, 3) << "a row of what is named as a segment is";
  EXPECT_THAT(numbers(table(), "segment_id"), ElementsAre(7, 8, 9));
  EXPECT_TRUE(std::isnan(numbers(table(), "a__mean")[1]));
  some.dry_run = true;
  EXPECT_EQ(extract(some).skipped.size(), 2U);
  some.dry_run = false;
  some.on_error = OnError::kFail;
  EXPECT_THAT(message_of(some), HasSubstr("gone: no such file or directory"));
  some.input.inputs.erase(some.input.inputs.begin() + 2);
  EXPECT_THAT(message_of(some), HasSubstr("8.csv: cannot be opened"));
}

TEST_F(Extract, KeepsIdsOfIntegersWhateverIsNotThere) {
  write_segments();
  ExtractOptions some = options();
  some.on_error = OnError::kNan;
  some.input.inputs = {folder_ / "in", folder_ / "gone.csv"};
  const ExtractReport report = extract(some);
  EXPECT_EQ(table().schema.columns[0].type, ColumnType::kInteger);
  EXPECT_EQ(report.rows, 3) << "no row of a name that would make texts of all ids";
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_THAT(report.skipped[0].message(), HasSubstr("gone.csv: cannot be opened: No such file or directory"));

  folder_.write("in/x.csv", folder_.read("in/7.csv"));
  EXPECT_EQ(extract(some).rows, 5);
  EXPECT_EQ(table().schema.columns[0].type, ColumnType::kText);
}

TEST_F(Extract, SaysAtOnceWhatIsNotThere) {
  write_segments();
  ExtractOptions some = options();
  some.input.inputs = {folder_ / "in", folder_ / "gone", folder_ / "none/*.csv"};
  std::vector<std::string> lines;
  ExtractHooks hooks;
  hooks.message = [&](const std::string& line) { lines.push_back(line); };
  static_cast<void>(extract(some, hooks));
  EXPECT_THAT(lines, testing::Contains("skipped: " + (folder_ / "gone") + ": no such file or directory (and 1 more)"));
}

TEST_F(Extract, KeepsARowOfNullsUnderNan) {
  write_segments();
  folder_.write("in/8.csv", "a,b\n4,1\n5,x\n");
  ExtractOptions nulls = options();
  nulls.on_error = OnError::kNan;
  EXPECT_EQ(extract(nulls).rows, 3);
  EXPECT_TRUE(std::isnan(numbers(table(), "a__mean")[1]));
}

TEST_F(Extract, StopsAtABadFileUnderFailAndLeavesTheOldTable) {
  write_segments();
  folder_.write("in/8.csv", "a,b\n4,1\n5,x\n");
  folder_.write("t.csv", "old");
  ExtractOptions fail = options();
  fail.on_error = OnError::kFail;
  EXPECT_THROW(static_cast<void>(extract(fail)), InputError);
  EXPECT_EQ(folder_.read("t.csv"), "old");
}

}  // namespace
}  // namespace pumice
