#include "pumice/extract.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/extract_fixture.hpp"
#include "pumice/error.hpp"
#include "pumice/table.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::Extract;

TEST_F(Extract, MakesARowASegmentInTheOrderOfTheFiles) {
  write_segments();
  const ExtractReport report = extract(options());
  EXPECT_EQ(report.rows, 3);
  EXPECT_EQ(report.feature_columns, 4);
  const Table made = table();
  EXPECT_EQ(made.schema.columns.front().name, "segment_id");
  EXPECT_THAT(numbers(made, "segment_id"), ElementsAre(7, 8, 9));
  EXPECT_THAT(numbers(made, "a__maximum"), ElementsAre(3, 9, -1));
  EXPECT_THAT(numbers(made, "b__mean"), ElementsAre(30, 1, 3));
}

TEST_F(Extract, MakesOfAPartWhatTheWholeMakesOfIt) {
  write_segments();
  folder_.write("in/x.csv", "a,b\n1,1,1\n");
  static_cast<void>(extract(options()));
  const Table whole = table();
  ExtractOptions dry = options();
  dry.dry_run = true;
  const Discovery found = extract(dry).discovery;
  ASSERT_EQ(found.recordings.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    ExtractEnds ends;
    ends.discovery = found;
    ends.discovery->recordings = {found.recordings[i]};
    ends.is_part = true;
    const ExtractReport report = extract(options("part.csv"), {}, std::move(ends));
    EXPECT_EQ(report.rows, i < 3 ? 1 : 0);  // and no error where nothing can be used
    if (i < 3) {
      const Table part = table("part.csv");
      EXPECT_EQ(numbers(part, "a__mean")[0], numbers(whole, "a__mean")[i]);
      EXPECT_THAT(part.data.columns.front().texts, ElementsAre(std::to_string(7 + i)));  // as `x` makes them
    }
  }
}

TEST_F(Extract, AppliesThePolicyOnce) {
  write_segments();
  ExtractOptions zero = options();
  zero.missing = MissingPolicy::kZero;
  static_cast<void>(extract(zero));
  EXPECT_THAT(numbers(table(), "b__mean"), ElementsAre(30, 1, 2));
}

TEST_F(Extract, KeepsIdsThatAreNotAllIntegersAsText) {
  write_segments();
  folder_.write("in/007.csv", "a,b\n1,1\n");
  static_cast<void>(extract(options("t.npy")));
  const Table made = table("t.npy");
  EXPECT_EQ(made.schema.columns.front().type, ColumnType::kText);
  EXPECT_THAT(made.data.columns.front().texts, ElementsAre("007", "7", "8", "9"));
}

TEST_F(Extract, GivesTheSameBytesForAnyNumberOfThreads) {
  for (int i = 0; i < 40; ++i) {
    folder_.write("in/" + std::to_string(i) + ".csv",
                  "a,b\n1," + std::to_string(i) + "\n" + std::to_string(i * i) + ".5,3\n,7\n2,2\n");
  }
  for (const char* ending : {".csv", ".npy"}) {
    for (const int threads : {1, 2, 5}) {
      ExtractOptions run = options("t" + std::to_string(threads) + ending);
      run.features = {"core"};
      run.sample_rate = 10;
      run.threads = threads;
      static_cast<void>(extract(run));
    }
    const std::string one = folder_.read(std::string("t1") + ending);
    EXPECT_GT(one.size(), 1000U);
    EXPECT_EQ(one, folder_.read(std::string("t2") + ending));
    EXPECT_EQ(one, folder_.read(std::string("t5") + ending));
  }
}

TEST_F(Extract, LongLayoutMakesARowAChannel) {
  write_segments();
  ExtractOptions tall = options("t.npy");
  tall.layout = Layout::kLong;
  EXPECT_EQ(extract(tall).rows, 6);
  const Table made = table("t.npy");
  EXPECT_THAT(made.data.columns[static_cast<std::size_t>(made.find("channel"))].texts,
              ElementsAre("a", "b", "a", "b", "a", "b"));
  EXPECT_THAT(numbers(made, "maximum"), ElementsAre(3, 60, 9, 1, -1, 4));
}

TEST_F(Extract, NamesColumnsAsTheNotebookDid) {
  write_segments();
  ExtractOptions notebook = options();
  notebook.names = Naming::kNotebook;
  static_cast<void>(extract(notebook));
  EXPECT_THAT(numbers(table(), "a_max"), ElementsAre(3, 9, -1));
  const std::vector<TableColumn> columns = table().schema.columns;
  notebook.names = Naming::kRecipe;
  static_cast<void>(extract(notebook));
  const std::vector<TableColumn> again = table().schema.columns;
  ASSERT_EQ(again.size(), columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    EXPECT_EQ(again[i].name, columns[i].name);
  }
  notebook.features = {"slope"};
  EXPECT_THAT(message_of(notebook), AllOf(HasSubstr("`--names recipe`"), HasSubstr("a__slope")));
}

TEST_F(Extract, AsksForTheRateThatASpectrumNeeds) {
  write_segments();
  ExtractOptions spectra = options();
  spectra.features = {"core"};
  EXPECT_THAT(message_of(spectra), HasSubstr("--sample-rate"));
}

TEST_F(Extract, ADryRunWritesNothing) {
  write_segments();
  ExtractOptions dry = options();
  dry.dry_run = true;
  const ExtractReport report = extract(dry);
  EXPECT_EQ(report.rows, 3);
  EXPECT_FALSE(folder_.has("t.csv"));
}

TEST_F(Extract, StopsOnRequest) {
  write_segments();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(static_cast<void>(extract(options(), {.message = {}, .progress = {}, .stop = stop.get_token()})),
               Cancelled);
  EXPECT_FALSE(folder_.has("t.csv"));
}

}  // namespace
}  // namespace pumice
