/// Tables that a run reads beside its inputs: labels, and what another table was made with; and that none is lost.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/extract_fixture.hpp"
#include "pumice/extract.hpp"
#include "pumice/table.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::Extract;

TEST_F(Extract, JoinsLabelsById) {
  write_segments();
  folder_.write("labels.csv", "segment_id,time\n9,900\n7,700\n1,100\n");
  ExtractOptions labelled = options();
  labelled.labels = folder_ / "labels.csv";
  const ExtractReport report = extract(labelled);
  EXPECT_EQ(report.rows_without_label, 1);
  EXPECT_EQ(report.labels_without_row, 1);
  const Table made = table();
  EXPECT_EQ(made.schema.columns.back().name, "time");
  EXPECT_EQ(made.schema.columns.back().type, ColumnType::kInteger);
  EXPECT_EQ(made.data.columns.back().integers[0], 700);
  EXPECT_EQ(made.data.columns.back().valid[1], 0);
  EXPECT_EQ(made.data.columns.back().integers[2], 900);
}

TEST_F(Extract, FindsTheIdsOfALabelFileAndPassesOverASavedIndex) {
  write_segments();
  ExtractOptions labelled = options();
  labelled.labels = folder_ / "labels.csv";
  for (const char* text : {"kind,ID\nvt,7\nlp,9\n", ",Segment_ID,kind\n7,9,lp\n8,7,vt\n", "event,kind\n9,lp\n7,vt\n"}) {
    folder_.write("labels.csv", text);
    static_cast<void>(extract(labelled));
    const Table made = table();
    ASSERT_EQ(made.schema.columns.size(), 6U) << text;
    EXPECT_EQ(made.schema.columns.back().name, "kind");
    EXPECT_THAT(made.data.columns.back().texts, ElementsAre("vt", "", "lp")) << text;
    EXPECT_THAT(made.data.columns.back().valid, ElementsAre(1, 0, 1));
  }
}

TEST_F(Extract, FindsWholeIdsThatAreWrittenAsRealNumbers) {
  for (const char* id : {"100000", "7", "0"}) {
    folder_.write(fmt::format("in/{}.csv", id), "a,b\n1,2\n3,4\n");
  }
  folder_.write("labels.csv", "segment_id,kind\n100000.0,vt\n7.0,lp\n-0.0,zero\n0.5,none\n");
  ExtractOptions labelled = options();
  labelled.labels = folder_ / "labels.csv";
  static_cast<void>(extract(labelled));
  EXPECT_THAT(table().data.columns.back().texts, ElementsAre("zero", "vt", "lp"));
}

TEST_F(Extract, FindsIdsBeyond64Bits) {
  folder_.write("in/9223372036854775808.csv", "a,b\n1,2\n3,4\n");
  folder_.write("in/9223372036854775809.csv", "a,b\n1,2\n3,4\n");
  folder_.write("labels.csv", "segment_id,kind\n9223372036854775809,vt\n");
  ExtractOptions labelled = options();
  labelled.labels = folder_ / "labels.csv";
  static_cast<void>(extract(labelled));
  EXPECT_THAT(table().data.columns.back().texts, ElementsAre("", "vt"));
}

TEST_F(Extract, LikeMakesTheSameColumnsOfOtherFiles) {
  write_segments();
  ExtractOptions train = options();
  train.missing = MissingPolicy::kZero;
  train.features = {"b__mean", "a__maximum"};
  static_cast<void>(extract(train));
  folder_.write("test/1.csv", "b,a\n4,1\n,3\n");
  ExtractOptions test = options("test.csv");
  test.input.inputs = {folder_ / "test"};
  test.features = ExtractOptions{}.features;
  test.like = folder_ / "t.csv";
  static_cast<void>(extract(test));
  const Table made = table("test.csv");
  ASSERT_EQ(made.schema.columns.size(), 3U);
  EXPECT_EQ(made.schema.columns[1].name, "b__mean");
  EXPECT_THAT(numbers(made, "b__mean"), ElementsAre(2));
  EXPECT_THAT(numbers(made, "a__maximum"), ElementsAre(3));

  test.missing = MissingPolicy::kSkip;
  EXPECT_THAT(message_of(test), HasSubstr("`--missing skip` contradicts"));
  test.missing.reset();
  folder_.write("test/2.csv", "a,c\n4,1\n");
  folder_.write("test/3.csv", "a,b,c\n4,1,7\n");
  const ExtractReport report = extract(test);
  EXPECT_EQ(report.rows, 2) << "what the table does not ask for is passed over";
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_EQ(report.skipped[0].message(), (folder_ / "test/2.csv") + ": has no column b");
  EXPECT_THAT(report.left_out, testing::IsEmpty());
  test.input.inputs = {folder_ / "test/2.csv"};
  EXPECT_EQ(message_of(test),
            (folder_ / "test/2.csv") + " has no channel `b`, which `--like " + (folder_ / "t.csv") + "` was made with");
}

TEST_F(Extract, OptionsThatSayWhatTheTableHasDoNotContradictIt) {
  write_segments();
  ExtractOptions train = options();
  train.features = {"core"};
  train.sample_rate = 2;
  train.nperseg = 2;
  train.window = WindowLength{.value = 2};
  static_cast<void>(extract(train));
  ExtractOptions test = options("same.csv");
  test.features = ExtractOptions{}.features;
  test.like = folder_ / "t.csv";
  test.window = test.hop = WindowLength{.value = 1, .in_seconds = true};
  test.bands = parse_bands("0.1-0.5,0.5-1,1-2,2-4.5,4.5-8,8-16,16-25,25-50");
  test.overlap = 1;
  test.sample_rate = 2;
  test.input.channels = {"a", "b"};
  static_cast<void>(extract(test));
  EXPECT_EQ(folder_.read("same.csv"), folder_.read("t.csv"));
  test.bands = parse_bands("0.1-0.5");
  EXPECT_THAT(message_of(test), HasSubstr("`--bands 0.1-0.5` contradicts"));
}

TEST_F(Extract, NeverWritesOverWhatItReads) {
  write_segments();
  const std::string before = folder_.read("in/7.csv");
  EXPECT_THAT(message_of(options("in/7.csv")), HasSubstr("in/7.csv, which is an input"));
  EXPECT_THAT(message_of(options("in/../in/7.csv")), HasSubstr("which is an input"));
  EXPECT_EQ(folder_.read("in/7.csv"), before);
  folder_.write("labels.csv", "segment_id,time_to_eruption\n7,1\n8,2\n9,3\n");
  ExtractOptions labelled = options("labels.csv");
  labelled.labels = folder_ / "labels.csv";
  EXPECT_THAT(message_of(labelled), HasSubstr("labels.csv, which is the table of `--labels`"));
  for (const std::string beside : {"u.csv.errors.csv", "u.csv.meta.json"}) {
    std::filesystem::create_hard_link(folder_ / "labels.csv", folder_ / beside);
    ExtractOptions over = labelled;
    over.output = folder_ / "u.csv";
    EXPECT_THAT(message_of(over), HasSubstr(beside + ", which is the table of `--labels`"));
    EXPECT_TRUE(folder_.has(beside));
    std::filesystem::remove(folder_ / beside);
  }
  folder_.write("names.csv", "maximum\n");
  ExtractOptions chosen = options("names.csv");
  chosen.features_files = {folder_ / "other.txt", folder_ / "in/../names.csv"};
  EXPECT_THAT(message_of(chosen), HasSubstr("names.csv, which is the file of `--features`"));
  EXPECT_EQ(folder_.read("names.csv"), "maximum\n");
  static_cast<void>(extract(options()));
  ExtractOptions like = options();
  like.features = {"core"};
  like.like = folder_ / "t.csv";
  EXPECT_THAT(message_of(like), HasSubstr("t.csv, which is the table of `--like`"));
}

TEST_F(Extract, ReplacesAnEarlierTableThatLiesAmongTheInputs) {
  write_segments();
  static_cast<void>(extract(options("in/t.csv")));
  const std::string first = folder_.read("in/t.csv");
  static_cast<void>(extract(options("in/t.csv")));
  EXPECT_EQ(folder_.read("in/t.csv"), first);
}

}  // namespace
}  // namespace pumice
