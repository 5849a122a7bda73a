// What holds for tables of every format.
#include "pumice/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "pumice/error.hpp"
#include "table_support.hpp"

namespace pumice {
namespace {

using test::bytes_of;
using test::Folder;
using test::message_of;
using test::sample_table;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Files may not grow beyond a size, and the process is told so instead of killed.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

class TableOfFormat : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::string path(const std::string& stem = "t") const { return folder_.path(stem + GetParam()); }
  Folder folder_;
};

TEST_P(TableOfFormat, ReadsBackWhatWasWritten) {
  test::write_table(path(), sample_table());
  test::expect_same_table(sample_table(), read_table(path()));
}

TEST_P(TableOfFormat, ReadsBackATableWithoutRows) {
  Table table = sample_table();
  table.data.rows = 0;
  table.data.columns.assign(4, {});
  test::write_table(path(), table);
  test::expect_same_table(table, read_table(path()));
}

TEST_P(TableOfFormat, ReadsTheSchemaAlone) {
  test::write_table(path(), sample_table());
  const TableSchema schema = read_table_schema(path());
  ASSERT_EQ(schema.columns.size(), 4U);
  EXPECT_EQ(schema.columns[1].name, "sensor_1__mean");
  EXPECT_EQ(schema.columns[1].unit, "{x}");
  EXPECT_EQ(schema.columns[2].type, ColumnType::kText);
  EXPECT_EQ(schema.metadata, sample_table().schema.metadata);
}

TEST_P(TableOfFormat, IsTheSameWhateverTheChunksItCameIn) {
  Table table;
  table.schema.columns = {
      {"id", ColumnType::kInteger, ""}, {"x", ColumnType::kNumber, ""}, {"label", ColumnType::kInteger, ""}};
  constexpr std::int64_t kRows = 1300;
  TableChunk whole{kRows, {{}, {}, {}}};
  for (std::int64_t i = 0; i < kRows; ++i) {
    whole.columns[0].integers.push_back(i);
    whole.columns[1].numbers.push_back(i % 7 == 0 ? test::kNone : 1.0 / static_cast<double>(i + 1));
    whole.columns[2].integers.push_back(2 * i);
    whole.columns[2].valid.push_back(i < 700 || i > 900 ? 1 : 0);
  }
  table.data = whole;
  test::write_table(path("whole"), table);

  const auto writer = open_table_writer(path("pieces"), table.schema);
  for (std::int64_t first = 0; first < kRows; first += 130) {
    TableChunk piece{130, {{}, {}, {}}};
    for (std::int64_t i = first; i < first + 130; ++i) {
      const auto row = static_cast<std::size_t>(i);
      piece.columns[0].integers.push_back(whole.columns[0].integers[row]);
      piece.columns[1].numbers.push_back(whole.columns[1].numbers[row]);
      piece.columns[2].integers.push_back(whole.columns[2].integers[row]);
      piece.columns[2].valid.push_back(whole.columns[2].valid[row]);
    }
    if (std::ranges::find(piece.columns[2].valid, 0) == piece.columns[2].valid.end()) {
      piece.columns[2].valid.clear();
    }
    writer->write(piece);
  }
  writer->finish();
  EXPECT_TRUE(bytes_of(path("whole")) == bytes_of(path("pieces")));
  test::expect_same_table(table, read_table(path("pieces")));
}

TEST_P(TableOfFormat, IsNotThereUntilItIsFinished) {
  const auto writer = open_table_writer(path(), sample_table().schema);
  writer->write(sample_table().data);
  EXPECT_FALSE(std::filesystem::exists(path()));
  writer->finish();
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_P(TableOfFormat, LeavesAnExistingTableAndNothingElseWhereItIsNotFinished) {
  test::write_table(path(), sample_table());
  const std::string before = bytes_of(path());
  const std::vector<std::string> names = folder_.names();
  {
    const auto writer = open_table_writer(path(), sample_table().schema);
    writer->write(sample_table().data);
    writer->write(sample_table().data);
  }
  EXPECT_EQ(folder_.names(), names);
  EXPECT_TRUE(bytes_of(path()) == before);
}

TEST_P(TableOfFormat, ReplacesAnExistingTable) {
  (void)folder_.put("t" + GetParam(), "old");
  test::write_table(path(), sample_table());
  test::expect_same_table(sample_table(), read_table(path()));
}

TEST_P(TableOfFormat, SaysThatTheFileCannotGrowAndLeavesNothing) {
  const FileSizeLimit limit(100'000);
  TableSchema schema;
  TableChunk chunk;
  chunk.rows = 1000;
  for (int i = 0; i < 100; ++i) {
    schema.columns.push_back({"x" + std::to_string(i), ColumnType::kNumber, ""});
    std::vector<double> values(1000);
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] = std::sin(static_cast<double>(k) * 1.37 + i);
    }
    chunk.columns.push_back(test::numbers(values));
  }
  const std::string message = message_of<Error>([&] {
    const auto writer = open_table_writer(path(), schema);
    writer->write(chunk);
    writer->finish();
  });
  EXPECT_EQ(message, "cannot write " + path() + ": the file is larger than the system allows");
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_P(TableOfFormat, HoldsTenThousandColumns) {
  Table table;
  table.data.rows = 3;
  for (int i = 0; i < 10'000; ++i) {
    table.schema.columns.push_back({"sensor_" + std::to_string(i) + "__quantile__q_0.5", ColumnType::kNumber, "{x}"});
    table.data.columns.push_back(test::numbers({1.0 * i, test::kNone, i / 3.0}));
  }
  test::write_table(path(), table);
  test::expect_same_table(table, read_table(path()));
}

TEST_P(TableOfFormat, NamesTheFolderThatIsMissing) {
  const std::string path = folder_.path("nowhere/t" + GetParam());
  const std::string expected = "cannot write " + path + ": there is no folder " + folder_.path("nowhere");
  EXPECT_EQ(message_of<UsageError>([&] { check_table_path(path); }), expected);
  EXPECT_EQ(message_of<UsageError>([&] { (void)open_table_writer(path, {}); }), expected);
}

TEST_P(TableOfFormat, RefusesAFolderAsItsName) {
  std::filesystem::create_directory(path());
  EXPECT_THAT(message_of<UsageError>([&] { check_table_path(path()); }), HasSubstr("it is a folder"));
  EXPECT_THROW((void)read_table(path()), InputError);
}

TEST_P(TableOfFormat, RefusesOneColumnTwice) {
  TableSchema schema = sample_table().schema;
  schema.columns.push_back(schema.columns[1]);
  EXPECT_THAT(message_of<UsageError>([&] { (void)open_table_writer(path(), schema); }),
              HasSubstr("column `sensor_1__mean` would be in it twice"));
}

TEST_P(TableOfFormat, RefusesAChunkOfAnotherShape) {
  const auto writer = open_table_writer(path(), sample_table().schema);
  TableChunk chunk = sample_table().data;
  chunk.columns[1].numbers.pop_back();
  EXPECT_THROW(writer->write(chunk), std::invalid_argument);
}

TEST_P(TableOfFormat, SaysThatAFileIsNotThere) {
  EXPECT_EQ(message_of<InputError>([&] { (void)read_table(path()); }), path() + ": there is no such file");
}

TEST_P(TableOfFormat, RefusesAFileOfAnotherKind) {
  (void)folder_.put("t" + GetParam(), std::string("\0\1 not a table at all", 22));
  EXPECT_THROW((void)read_table(path()), InputError);
}

TEST_P(TableOfFormat, RefusesAnEmptyFile) {
  (void)folder_.put("t" + GetParam(), "");
  EXPECT_THROW((void)read_table(path()), InputError);
}

INSTANTIATE_TEST_SUITE_P(Formats, TableOfFormat, testing::Values(PUMICE_TEST_FORMATS),
                         [](const auto& suite) { return suite.param.substr(1); });

TEST(TablePath, NamesTheExtensionsThatAreWritten) {
  const std::string message = message_of<UsageError>([] { check_table_path("t.xlsx"); });
  EXPECT_THAT(message, HasSubstr("t.xlsx"));
  EXPECT_THAT(message, HasSubstr(".parquet, .csv, .arrow, .feather or .npy"));
}

TEST(TablePath, TakesExtensionsOfAnyCase) {
  const Folder folder;
  test::write_table(folder.path("T.CSV"), sample_table());
  EXPECT_THAT(folder.names(), ElementsAre("T.CSV", "T.CSV.meta.json"));
}

TEST(TablePath, SaysWhatIsMissingWithoutTheArrowModule) {
  const Folder folder;
  const std::string message =
      message_of<UnavailableError>([&] { check_table_path(folder.path("t.parquet"), folder.path("")); });
  EXPECT_EQ(message,
            "writing .parquet needs the Arrow module, which this build does not have (libpumice_arrow.so): install "
            "pyarrow in .venv and build again, or use .csv or .npy");
  EXPECT_THAT(message_of<UnavailableError>([&] { (void)read_table(folder.path("t.feather"), folder.path("")); }),
              HasSubstr("reading .feather needs the Arrow module"));
}

TEST(TablePath, SaysWhyTheArrowModuleCannotBeOpened) {
  const Folder folder;
  (void)folder.put("libpumice_arrow.so", "not a library");
  const std::string message =
      message_of<UnavailableError>([&] { check_table_path(folder.path("t.arrow"), folder.path("")); });
  EXPECT_THAT(message, HasSubstr("writing .arrow needs the Arrow module (libpumice_arrow.so), which cannot be opened"));
}

TEST(Table, FindsAColumnByName) {
  EXPECT_EQ(sample_table().find("note"), 2);
  EXPECT_EQ(sample_table().find("nothing"), -1);
}

}  // namespace
}  // namespace pumice
