#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "io/csv_text.hpp"
#include "io/discover_paths.hpp"
#include "io/ids.hpp"
#include "pumice/source.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kSegment = "a,b\n1,2\n3,4\n";

DiscoveryOptions inputs(std::vector<std::string> paths) {
  DiscoveryOptions options;
  options.inputs = std::move(paths);
  return options;
}

std::vector<std::string> ids(const Discovery& discovery) {
  std::vector<std::string> result;
  for (const Recording& recording : discovery.recordings) {
    result.push_back(recording.id);
  }
  return result;
}

std::vector<std::string> messages(const std::vector<InputProblem>& problems) {
  std::vector<std::string> result;
  for (const InputProblem& problem : problems) {
    result.push_back(problem.message());
  }
  return result;
}

/// Without the rights of root, who may read anything, while it lives.
class Unprivileged {
 public:
  Unprivileged() : before_(geteuid()), is_so_(before_ != 0 || seteuid(kNobody) == 0) {}
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() { EXPECT_EQ(seteuid(before_), 0); }
  [[nodiscard]] bool is_so() const { return is_so_; }

 private:
  static constexpr uid_t kNobody = 65534;
  uid_t before_;
  bool is_so_;
};

template <class ErrorType>
std::string message_of(const DiscoveryOptions& options) {
  try {
    static_cast<void>(discover(options));
  } catch (const ErrorType& error) {
    return error.what();
  }
  return "found";
}

class DiscoverTest : public testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view text = kSegment) const {
    return folder.write(name, text);
  }
  [[nodiscard]] std::string at(const std::string& name) const { return folder.path() + "/" + name; }
  TemporaryFolder folder;
};

TEST_F(DiscoverTest, TakesTheDataFilesOfADirectorySortedBytewise) {
  for (const char* name :
       {"10.csv", "9.csv", "B.tsv", "a.TXT", "notes.md", ".hidden.csv", "out.csv.errors.csv", "below/1.csv"}) {
    write(name);
  }
  const Discovery found = discover(inputs({folder.path()}));
  EXPECT_THAT(ids(found), ElementsAre("10", "9", "B", "a"));
  EXPECT_THAT(found.channels, ElementsAre("a", "b"));
  EXPECT_EQ(found.total_bytes, 4 * 12);
  EXPECT_FALSE(found.ids_are_integers);
}

TEST_F(DiscoverTest, GoesBelowWhereAsked) {
  write("1.csv");
  write("x/2.csv");
  write("x/y/3.csv");
  std::filesystem::create_directory_symlink(folder.path(), at("x/loop"));
  DiscoveryOptions options = inputs({folder.path()});
  options.recursive = true;
  EXPECT_THAT(ids(discover(options)), ElementsAre("1", "2", "3"));
}

TEST_F(DiscoverTest, FollowsLinksAndCountsEachAsASegment) {
  write("data/1.csv");
  std::filesystem::create_directory(at("links"));
  std::filesystem::create_symlink(at("data/1.csv"), at("links/5.csv"));
  std::filesystem::create_symlink(at("data/1.csv"), at("links/6.csv"));
  std::filesystem::create_symlink(at("data/none.csv"), at("links/7.csv"));
  const Discovery found = discover(inputs({at("links")}));
  EXPECT_THAT(ids(found), ElementsAre("5", "6", "7")) << "a link to nothing is reported when it is opened";
  EXPECT_EQ(found.total_bytes, 24);
}

TEST_F(DiscoverTest, TakesAFileOnceHoweverItIsSpelled) {
  write("1.csv");
  write("2.csv");
  EXPECT_THAT(ids(discover(inputs({at("2.csv"), folder.path() + "/", at("./2.csv"), at("*.csv")}))),
              ElementsAre("2", "1"));
}

TEST_F(DiscoverTest, MatchesGlobs) {
  write("run1/1.csv");
  write("run1/2.csv");
  write("run2/deep/3.csv");
  write("run2/4.dat");
  EXPECT_THAT(ids(discover(inputs({at("run*/*.csv")}))), ElementsAre("1", "2"));
  EXPECT_THAT(ids(discover(inputs({at("**/*.csv")}))), ElementsAre("1", "2", "3"));
  EXPECT_THAT(ids(discover(inputs({at("run1/[2-9]*")}))), ElementsAre("2"));
  EXPECT_THAT(ids(discover(inputs({at("run2/*.dat")}))), ElementsAre("4"));
  EXPECT_THAT(message_of<UsageError>(inputs({at("*.tsv")})), HasSubstr("no file matches it"));
}

TEST_F(DiscoverTest, TakesANameWithWildcardsLiterallyWhereItExists) {
  write("a[1].csv");
  EXPECT_THAT(ids(discover(inputs({at("a[1].csv")}))), ElementsAre("a[1]"));
}

TEST_F(DiscoverTest, LeavesOutFilesWithOtherColumnsByName) {
  for (int i = 0; i < 5; ++i) {
    write(std::to_string(i) + ".csv");
  }
  write("train.csv", "segment_id,time_to_eruption\n1,5\n");
  write("zother.csv", "station,c\n1,5\n");
  const Discovery found = discover(inputs({folder.path()}));
  EXPECT_EQ(found.recordings.size(), 5u);
  ASSERT_EQ(found.left_out.size(), 2u);
  EXPECT_EQ(found.left_out[0].message(), at("train.csv") + ": its columns are segment_id, time_to_eruption");
  EXPECT_EQ(found.left_out[1].reason, "its columns are station, c");
  EXPECT_TRUE(found.ids_are_integers);
}

TEST_F(DiscoverTest, KeepsASegmentThatLacksAChannelSoThatItIsReported) {
  for (int i = 100; i < 150; ++i) {
    write(std::to_string(i) + ".csv");
  }
  write("101.csv", "a,c\n1,5\n");
  write("149.csv", "b\n1\n");
  const Discovery found = discover(inputs({folder.path()}));
  EXPECT_EQ(found.recordings.size(), 50u);
  EXPECT_THAT(found.left_out, IsEmpty());
}

TEST_F(DiscoverTest, LooksAtAWordAmongNumbersSoThatIdsStayIntegers) {
  for (int i = 100; i < 150; ++i) {
    write(std::to_string(i) + ".csv");
  }
  write("train.csv", "segment,label\n1,2\n");
  const Discovery found = discover(inputs({folder.path()}));
  EXPECT_TRUE(found.ids_are_integers);
  ASSERT_EQ(found.left_out.size(), 1u);
  EXPECT_EQ(found.left_out[0].path, at("train.csv"));
}

TEST_F(DiscoverTest, LeavesOutALabelFileThatComesAfterManySegments) {
  std::string segment = "a,b\n";
  for (int i = 0; i < 1000; ++i) {
    segment += "1,2\n";
  }
  for (int i = 100; i < 150; ++i) {
    write(std::to_string(i) + ".csv", segment);
  }
  write("train.csv", "segment_id,time_to_eruption\n1,5\n");
  const Discovery found = discover(inputs({folder.path()}));
  EXPECT_EQ(found.recordings.size(), 50u);
  ASSERT_EQ(found.left_out.size(), 1u);
  EXPECT_EQ(found.left_out[0].path, at("train.csv"));
}

TEST_F(DiscoverTest, TakesColumnsInAnotherOrderAsTheSame) {
  write("1.csv");
  write("2.csv", "b,a\n1,2\n");
  EXPECT_THAT(ids(discover(inputs({folder.path()}))), ElementsAre("1", "2"));
}

TEST_F(DiscoverTest, KeepsBadFilesSoThatTheyAreReported) {
  write("1.csv");
  write("2.csv", "");
  write("3.csv", "a,b\n");
  EXPECT_THAT(ids(discover(inputs({folder.path()}))), ElementsAre("1", "2", "3"));
}

TEST_F(DiscoverTest, TakesAFileThatIsNamedAtItsWord) {
  write("train.csv", "segment_id,time_to_eruption\n1,5\n2,6\n");
  EXPECT_THAT(discover(inputs({at("train.csv")})).channels, ElementsAre("segment_id", "time_to_eruption"));
}

TEST_F(DiscoverTest, SaysWhatIsThereInsteadOfSegments) {
  write("train/1.csv");
  write("train/2.csv");
  write("test/1.csv");
  EXPECT_EQ(message_of<UsageError>(inputs({folder.path()})),
            folder.path() + ": has no segments; " + at("test") + " has 1, " + at("train") + " 2");
  write("train.csv", "segment_id,time_to_eruption\n1,5\n");
  EXPECT_THAT(message_of<UsageError>(inputs({folder.path()})),
              HasSubstr(folder.path() + ": has no segments; " + at("test") + " has 1, " + at("train") + " 2; " +
                        at("train.csv") + " was left out: its columns are segment_id, time_to_eruption"));
}

TEST_F(DiscoverTest, RefusesFormatsByName) {
  write("x/1.parquet");
  write("x/2.parquet");
  EXPECT_EQ(message_of<UsageError>(inputs({at("x/1.parquet")})),
            at("x/1.parquet") + ": reading .parquet is not supported yet; pumice reads .csv .tsv .txt, also .gz .zst");
  EXPECT_EQ(message_of<UsageError>(inputs({at("x")})),
            at("x") + ": has no segments; it holds 2 .parquet; pumice reads .csv .tsv .txt, also .gz .zst");
  EXPECT_THAT(message_of<UsageError>(inputs({at("x/*")})), HasSubstr("reading .parquet is not supported yet"));
}

TEST_F(DiscoverTest, NamesAPathThatIsNotThere) {
  EXPECT_EQ(message_of<UsageError>(inputs({at("none.csv")})), at("none.csv") + ": no such file or directory");
}

TEST_F(DiscoverTest, GoesOnWithoutWhatIsOfNoUseBesideOthers) {
  write("in/1.csv");
  write("empty/readme.md");
  write("2.parquet");
  const Discovery found = discover(
      inputs({at("gone"), at("gone/*.csv"), at("7.csv"), at("in"), at("empty"), at("2.parquet"), "s3://a/b.csv"}));
  EXPECT_THAT(ids(found), ElementsAre("7", "1")) << "a file of one segment has an id, though it is not there";
  EXPECT_FALSE(found.recordings[0].is_there);
  EXPECT_TRUE(found.recordings[1].is_there);
  EXPECT_TRUE(found.ids_are_integers);
  EXPECT_THAT(messages(found.unusable),
              ElementsAre(at("gone") + ": no such file or directory",
                          at("gone/*.csv") + ": no such file or directory, and no file matches it",
                          HasSubstr(at("empty") + ": has no segments; it holds 1 .md"),
                          HasSubstr(at("2.parquet") + ": reading .parquet is not supported yet"),
                          HasSubstr("s3://a/b.csv: s3:// is not read by this build")));
}

TEST_F(DiscoverTest, IsAtItsEndWhereNoInputIsOfUse) {
  std::filesystem::create_directory(at("empty"));
  EXPECT_EQ(message_of<UsageError>(inputs({at("7.csv"), at("gone"), at("empty")})),
            at("7.csv") + ": no such file or directory (none of the 3 inputs can be used)");
}

TEST_F(DiscoverTest, GoesOnWithoutADirectoryThatItMayNotRead) {
  write("in/1.csv");
  write("in/listed/deep/2.csv");
  write("in/shut/3.csv");
  write("in/x/4.csv");
  const auto permit = [&](const char* name, int mode) {
    std::filesystem::permissions(at(name), static_cast<std::filesystem::perms>(mode));
  };
  permit("", 0755);
  permit("in/listed", 0444);
  permit("in/shut", 0);
  {
    const Unprivileged unprivileged;
    if (!unprivileged.is_so()) {
      GTEST_SKIP() << "root cannot be left";
    }
    DiscoveryOptions options = inputs({at("in")});
    options.recursive = true;
    const Discovery found = discover(options);
    EXPECT_THAT(ids(found), ElementsAre("1", "4"));
    EXPECT_THAT(messages(found.unusable), ElementsAre(at("in/listed/deep") + ": cannot be opened: Permission denied",
                                                      at("in/shut") + ": cannot be opened: Permission denied"));
    EXPECT_THAT(messages(discover(inputs({at("in/**/*.csv")})).unusable),
                testing::UnorderedElementsAreArray(messages(found.unusable)));
    for (const std::string& glob : {at("in/*/*.csv"), at("in/*")}) {
      EXPECT_THAT(messages(discover(inputs({glob})).unusable),
                  ElementsAre(at("in/shut") + ": cannot be opened: Permission denied"))
          << glob;
    }
    EXPECT_THAT(messages(discover(inputs({at("in/1.csv"), at("in/shut")})).unusable),
                ElementsAre(at("in/shut") + ": cannot be opened: Permission denied"));
    EXPECT_EQ(message_of<UsageError>(inputs({at("in/shut")})), at("in/shut") + ": cannot be opened: Permission denied");
    options.inputs = {at("in/listed")};
    EXPECT_EQ(message_of<UsageError>(options),
              at("in/listed") + ": has no segments; " + at("in/listed/deep") + ": cannot be opened: Permission denied");
  }
  permit("in/listed", 0755);
  permit("in/shut", 0755);
}

TEST_F(DiscoverTest, ReportsTheOnlyFileWhereItIsBad) {
  EXPECT_EQ(message_of<InputError>(inputs({write("1.csv", "")})), at("1.csv") + ": is empty");
}

TEST_F(DiscoverTest, PicksAndOrdersChannels) {
  write("1.csv", "a,b,c\n1,2,3\n");
  write("2.csv", "c,b\n1,2\n");
  write("3.csv", "a,d\n1,2\n");
  write("4.csv", "a,d\n1,2\n");
  DiscoveryOptions options = inputs({folder.path()});
  options.channels = {"c", "b"};
  const Discovery found = discover(options);
  EXPECT_THAT(found.channels, ElementsAre("c", "b"));
  EXPECT_THAT(ids(found), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(found.left_out, IsEmpty());
}

TEST_F(DiscoverTest, AnswersAnUnknownChannelWithTheNearest) {
  write("1.csv", "sensor_1,sensor_2,north\n1,2,3\n");
  DiscoveryOptions options = inputs({folder.path()});
  options.channels = {"sensr_2"};
  EXPECT_THAT(message_of<UsageError>(options), HasSubstr(at("1.csv") + " has no channel `sensr_2`; nearest: sensor_2"));
  options.channels = {"north", "north"};
  EXPECT_THAT(message_of<UsageError>(options), HasSubstr("twice"));
}

TEST_F(DiscoverTest, NotesTheTimeColumnThatItLeavesOut) {
  write("1.csv", "time,a\n0.00,1\n0.01,2\n0.02,3\n");
  DiscoveryOptions options = inputs({folder.path()});
  const Discovery found = discover(options);
  EXPECT_EQ(found.shape.sample_rate, 100);
  EXPECT_THAT(found.channels, ElementsAre("a"));
  EXPECT_THAT(found.notes, ElementsAre("column `time` was left out: it rises uniformly (100 Hz)"));
  options.format.time_column = "none";
  EXPECT_THAT(discover(options).notes, IsEmpty());
  options.format.time_column = "tme";
  EXPECT_THAT(message_of<UsageError>(options), HasSubstr("there is no time column `tme`; nearest: time"));
}

TEST_F(DiscoverTest, NotesAChannelThatRisesUniformly) {
  write("1.csv", "depth,a\n0,3\n2,1\n4,4\n6,1\n8,5\n10,9\n12,2\n14,6\n16,5\n");
  DiscoveryOptions options = inputs({folder.path()});
  EXPECT_THAT(
      discover(options).notes,
      ElementsAre("column `depth` rises uniformly and is kept as a channel; `--time-column depth` leaves it out"));
  options.format.time_column = "none";
  EXPECT_THAT(discover(options).notes, IsEmpty());
}

TEST_F(DiscoverTest, TakesTheRateOfMostFiles) {
  write("1.csv", "time,a\n0.00,1\n0.01,2\n0.02,3\n");
  write("2.csv", "time,a\n0.00,1\n0.02,2\n0.04,3\n");
  write("3.csv", "time,a\n0.00,1\n0.02,2\n0.04,3\n");
  EXPECT_EQ(discover(inputs({folder.path()})).shape.sample_rate, 50);
}

TEST_F(DiscoverTest, JudgesByTheFirstFileAloneWhereAsked) {
  write("1.csv");
  write("3.csv", "no table at all");
  write("4.csv");
  write("labels.csv", "labels,of,others\n1,2,3\n");
  DiscoveryOptions options = inputs({folder.path()});
  EXPECT_THAT(ids(discover(options)), ElementsAre("1", "3", "4"));
  options.first_file_alone = true;
  const Discovery found = discover(options);
  EXPECT_THAT(ids(found), ElementsAre("1", "3", "4", "labels"));
  EXPECT_THAT(found.channels, ElementsAre("a", "b"));
}

TEST_F(DiscoverTest, LeavesOutNoneThatIsNamedAsSegmentsAre) {
  write("1.csv");
  write("2.csv", "labels,of,others\n1,2,3\n");
  write("3.csv");
  const Discovery found = discover(inputs({folder.path()}));
  EXPECT_THAT(ids(found), ElementsAre("1", "2", "3"));
  EXPECT_THAT(found.channels, ElementsAre("a", "b"));
  EXPECT_TRUE(found.recordings[1].named) << "what is wrong with it is said as of any other";
}

TEST_F(DiscoverTest, RefusesUrlsByName) {
  EXPECT_THAT(message_of<UsageError>(inputs({"s3://bucket/train/*.csv"})),
              HasSubstr("s3:// is not read by this build"));
  EXPECT_THAT(message_of<UsageError>(inputs({"://bucket"})), HasSubstr("no such file"));
  write("1.csv");
  EXPECT_THAT(ids(discover(inputs({folder.path() + "//1.csv"}))), ElementsAre("1"));
}

TEST_F(DiscoverTest, MakesIdsByRule) {
  write("x/007.csv.gz.csv");
  write("y/8.csv");
  DiscoveryOptions options = inputs({at("x"), at("y")});
  EXPECT_THAT(ids(discover(options)), ElementsAre("007.csv.gz", "8"));
  options.id.kind = IdRule::Kind::kPath;
  EXPECT_THAT(ids(discover(options)), ElementsAre(at("x/007.csv.gz.csv"), at("y/8.csv")));
  options.id = {IdRule::Kind::kRegex, "([0-9]+)[^/]*$"};
  EXPECT_THAT(ids(discover(options)), ElementsAre("007", "8"));
  EXPECT_FALSE(discover(options).ids_are_integers);
  options.id.pattern = "(";
  EXPECT_THAT(message_of<UsageError>(options), HasSubstr("is no regular expression"));
  options.id.pattern = "x/.*";
  EXPECT_THAT(message_of<UsageError>(options), HasSubstr("matches nothing"));
}

TEST_F(DiscoverTest, RefusesAnIdThatTwoFilesHave) {
  write("x/1.csv");
  write("y/1.csv");
  const std::string message = message_of<InputError>(inputs({at("x"), at("y")}));
  EXPECT_THAT(message, HasSubstr(at("y/1.csv") + ": has the id `1`"));
  EXPECT_THAT(message, HasSubstr(at("x/1.csv")));
}

TEST_F(DiscoverTest, TakesEveryInputAsARecordingWhereAsked) {
  const std::string a = write("x/1.csv");
  const std::string b = write("y/1.csv");
  DiscoveryOptions options = inputs({at("gone.csv"), b, a, a, at("x"), at("1.npy")});
  options.inputs_are_recordings = true;
  const Discovery found = discover(options);
  EXPECT_THAT(ids(found), ElementsAre("0", "1", "2", "3", "4", "5"));
  EXPECT_TRUE(found.ids_are_integers);
  std::vector<bool> readable;
  const auto source = open_source(found, {});
  for (const Recording& recording : source->recordings()) {
    DecodedRecording decoded;
    StageSeconds seconds;
    readable.push_back(!source->make_decoder()->decode(recording, decoded, seconds).has_value());
  }
  EXPECT_THAT(readable, ElementsAre(false, true, true, true, false, false));
}

TEST_F(DiscoverTest, LooksForAnInputWithTheChannelsAskedForAmongRecordings) {
  std::vector<std::string> paths;
  for (int i = 0; i < 40; ++i) {
    paths.push_back(write(std::to_string(i) + ".csv", i < 39 ? "x,y\n1,2\n3,4\n" : kSegment));
  }
  DiscoveryOptions options = inputs(paths);
  options.channels = {"b"};
  EXPECT_THAT(message_of<UsageError>(options), HasSubstr("has no channel `b`"));
  options.inputs_are_recordings = true;
  EXPECT_EQ(discover(options).shape.path, paths[39]);
}

TEST(Ids, AreCutFromFileNames) {
  EXPECT_EQ(io::stem_of("train/17.csv"), "17");
  EXPECT_EQ(io::stem_of("17.CSV.GZ"), "17");
  EXPECT_EQ(io::stem_of("a.b.txt.zst"), "a.b");
  EXPECT_EQ(io::stem_of("x.y/run.dat"), "run");
  EXPECT_EQ(io::stem_of("plain"), "plain");
}

TEST(Ids, AreIntegersOnlyWhereCanonical) {
  for (const char* text : {"0", "7", "-7", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_TRUE(io::is_canonical_integer(text)) << text;
  }
  for (const char* text : {"", "-", "007", "-0", "+1", "1.0", "9223372036854775808", " 1", "1 "}) {
    EXPECT_FALSE(io::is_canonical_integer(text)) << text;
  }
}

}  // namespace
}  // namespace pumice
