#include "pumice/extract.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "pumice/error.hpp"
#include "pumice/table.hpp"
#include "support/temporary_folder.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::TemporaryFolder;

class Extract : public testing::Test {
 protected:
  [[nodiscard]] ExtractOptions options(const std::string& output = "t.csv") const {
    ExtractOptions options;
    options.input.inputs = {folder_ / "in"};
    options.output = folder_ / output;
    options.features = {"maximum", "mean"};
    options.device.kind = DeviceRequest::Kind::kCpu;
    options.threads = 2;
    return options;
  }
  /// Three good segments of two channels; the second channel of `9` has a gap.
  void write_segments() const {
    folder_.write("in/7.csv", "a,b\n1,10\n2,20\n3,60\n");
    folder_.write("in/8.csv", "a,b\n4,1\n5,1\n9,1\n");
    folder_.write("in/9.csv", "a,b\n-1,\n-2,4\n-6,2\n");
  }
  [[nodiscard]] Table table(const std::string& name = "t.csv") const { return read_table(folder_ / name); }
  [[nodiscard]] static std::vector<double> numbers(const Table& table, const std::string& column) {
    const int place = table.find(column);
    if (place < 0) {
      ADD_FAILURE() << "no column " << column;
      return {};
    }
    const ColumnValues& values = table.data.columns[static_cast<std::size_t>(place)];
    return values.numbers.empty() ? std::vector<double>(values.integers.begin(), values.integers.end())
                                  : values.numbers;
  }
  static std::string message_of(const ExtractOptions& options) {
    try {
      static_cast<void>(extract(options));
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  TemporaryFolder folder_;
};

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

TEST_F(Extract, WritesNoTableOfNothing) {
  folder_.write("in/1.csv", "a,b\n1,1\n2,2\n");
  ExtractOptions windowed = options();
  windowed.window = WindowLength{.value = 10};
  EXPECT_THAT(message_of(windowed), HasSubstr("no file has a whole window of 10 samples"));
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
