#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_folder.hpp"

namespace pumice {
namespace {

using testing::HasSubstr;
using testing_support::TemporaryFolder;

/// The program, run on a folder of its own; its messages are in `out` and `err` there.
class Program : public testing::Test {
 protected:
  pid_t start(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{PUMICE_PROGRAM};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& argument : all) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    const std::string out = folder_ / "out";
    const std::string err = folder_ / "err";
    const pid_t child = fork();
    if (child == 0) {
      dup2(open(out.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644), STDOUT_FILENO);
      dup2(open(err.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644), STDERR_FILENO);
      execv(argv.front(), argv.data());
      _exit(127);
    }
    return child;
  }
  static int wait_for(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  [[nodiscard]] int run(const std::vector<std::string>& arguments) const { return wait_for(start(arguments)); }
  [[nodiscard]] std::string out() const { return folder_.read("out"); }
  [[nodiscard]] std::string err() const { return folder_.read("err"); }

  /// `t.csv`, what is beside it, and what will become it.
  [[nodiscard]] int files_of_table() const {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / ".")) {
      files += entry.path().filename().string().find("t.csv") != std::string::npos ? 1 : 0;
    }
    return files;
  }
  void wait_until_it_writes() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (files_of_table() == 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_GT(files_of_table(), 0) << "no temporary file was seen";
  }

  TemporaryFolder folder_;
};

TEST_F(Program, SaysItsVersionAndCommands) {
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_THAT(out(), testing::StartsWith("pumice "));
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_THAT(out(), HasSubstr("extract"));
  EXPECT_EQ(run({}), 2);
}

TEST_F(Program, HelpOfACommandIsWhatTheCommandSays) {
  EXPECT_EQ(run({"extract", "--help"}), 0);
  const std::string text = out();
  EXPECT_EQ(run({"help", "extract"}), 0);
  EXPECT_EQ(out(), text);
  EXPECT_EQ(run({"help", "extrct"}), 2);
}

TEST_F(Program, NamesTheNearestCommand) {
  EXPECT_EQ(run({"extrct"}), 2);
  EXPECT_THAT(err(), HasSubstr("there is no command `extrct`; the nearest: extract"));
}

TEST_F(Program, ExplainsExtractInGroups) {
  EXPECT_EQ(run({"extract", "--help"}), 0);
  for (const char* word : {"Input options", "Output options", "Features options", "Spectra options", "--on-error",
                           "--like", "--nperseg", "(default: stem)"}) {
    EXPECT_THAT(out(), HasSubstr(word));
  }
}

TEST_F(Program, RefusesWrongUsageWithTwo) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  const std::string in = folder_ / "in";
  const std::string table = folder_ / "t.csv";
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"--nope"}, "nope"},
      {{"--threads", "0"}, "`--threads 0`"},
      {{"--simd", "mmx"}, "unknown SIMD instructions `mmx`"},
      {{"--threads", "many"}, "`--threads many`: not a number"},
      {{"--nperseg=x"}, "`--nperseg=x`: not a number"},
      {{"--features", ","}, "names nothing"},
      {{"--names", "mine"}, "default, safe, notebook or recipe"},
      {{"--memory", "lots"}, "4GiB"},
      {{"--missing", "ignore"}, "zero"},
      {{"--window", "100"}, "100s for seconds or 10000n for samples"},
      {{"--hop", "1s"}, "`--hop` goes with `--window`"},
      {{"--features", "meen"}, "mean"},
      {{"--device", "gpu"}, "cuda"},
      {{"--like", table, "--features", "mean"}, "leave one of them out"},
      {{"--on-error", "cry"}, "skip, nan or fail"},
      {{"--progress", "maybe"}, "auto, always or never"},
      {{}, "--sample-rate"}};
  for (const auto& [arguments, message] : cases) {
    std::vector<std::string> all{"extract", in, "-o", table};
    all.insert(all.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(run(all), 2) << message;
    EXPECT_THAT(err(), HasSubstr(message));
    EXPECT_FALSE(folder_.has("t.csv"));
  }
  EXPECT_EQ(run({"extract", in, "--features", "mean"}), 2);
  EXPECT_THAT(err(), HasSubstr("-o OUT"));
  EXPECT_EQ(run({"extract", "-o", table}), 2);
  EXPECT_THAT(err(), HasSubstr("no input"));
}

TEST_F(Program, ExtractsAndSaysWhatItDid) {
  folder_.write("in/1,5.csv", "a\n1\n2\n");
  EXPECT_EQ(run({"extract", folder_ / "in/1,5.csv", "-o", folder_ / "t.csv", "--features", "mean"}), 0);
  EXPECT_EQ(folder_.read("t.csv"), "segment_id,a__mean\n\"1,5\",1.5\n");
  for (const char* word : {"1 segment -> 1 row x 1 feature", "device", "limited by", "table"}) {
    EXPECT_THAT(err(), HasSubstr(word));
  }
  EXPECT_EQ(out(), "");
}

TEST_F(Program, NeverWritesOverTheNamesOfFeaturesThatItReads) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  const std::string names = folder_ / "names.csv";
  folder_.write("names.csv", "mean\n");
  EXPECT_EQ(run({"extract", folder_ / "in", "-o", names, "--features", "minimum, @" + names}), 2);
  EXPECT_THAT(err(), HasSubstr("names.csv, which is the file of `--features`: choose another `-o`"));
  EXPECT_EQ(folder_.read("names.csv"), "mean\n");
  EXPECT_EQ(run({"extract", folder_ / "in", "-o", folder_ / "t.csv", "--features", "@" + names}), 0);
}

TEST_F(Program, UsesTheInstructionsThatItIsTold) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  EXPECT_EQ(run({"extract", folder_ / "in", "-o", folder_ / "t.csv", "--features", "mean", "--simd", "scalar"}), 0);
  EXPECT_THAT(err(), testing::AnyOf(HasSubstr("SCALAR"), HasSubstr("EMU128")));
}

TEST_F(Program, IsQuietWhenAsked) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  EXPECT_EQ(run({"extract", folder_ / "in", "-o", folder_ / "t.csv", "--features", "mean", "--quiet"}), 0);
  EXPECT_EQ(err(), "");
}

TEST_F(Program, EndsWithThreeWhereInputsWereSkipped) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  folder_.write("in/2.csv", "a\n1\nx\n");
  EXPECT_EQ(run({"extract", folder_ / "in", "-o", folder_ / "t.csv", "--features", "mean"}), 3);
  EXPECT_THAT(err(), HasSubstr("2.csv: row 3, column a"));
  EXPECT_EQ(folder_.read("t.csv"), "segment_id,a__mean\n1,1.5\n");
}

TEST_F(Program, EndsWithThreeWhereSomethingNamedIsNotThereAndWithTwoWhereNothingIs) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  const std::vector<std::string> rest{"-o", folder_ / "t.csv", "--features", "mean"};
  const auto extract = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "extract");
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return run(arguments);
  };
  EXPECT_EQ(extract({folder_ / "in", folder_ / "2.csv", folder_ / "gone/*.csv"}), 3);
  EXPECT_EQ(folder_.read("t.csv"), "segment_id,a__mean\n1,1.5\n");
  EXPECT_THAT(err(), HasSubstr("2.csv: cannot be opened: No such file"));
  EXPECT_THAT(err(), HasSubstr("gone/*.csv: no such file or directory, and no file matches it"));
  EXPECT_EQ(extract({folder_ / "in", folder_ / "2.csv", "--dry-run"}), 3);
  EXPECT_THAT(out(), HasSubstr("2.csv: cannot be opened"));
  EXPECT_EQ(extract({folder_ / "in", folder_ / "gone", "--on-error", "fail"}), 1);
  EXPECT_THAT(err(), HasSubstr("gone: no such file or directory"));
  EXPECT_EQ(extract({folder_ / "2.csv", folder_ / "gone"}), 2);
  EXPECT_THAT(err(), HasSubstr("2.csv: no such file or directory (none of the 2 inputs can be used)"));
  EXPECT_EQ(extract({folder_ / "2.csv"}), 2);
  EXPECT_EQ(run({"describe", folder_ / "in", folder_ / "gone", folder_ / "2.csv"}), 3);
  EXPECT_THAT(out(), HasSubstr("2 files cannot be used"));
}

TEST_F(Program, NamesWhatHasADataFilesNameAndIsNone) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  folder_.write("in/4.csv/readme", "");
  std::filesystem::create_symlink("nowhere", folder_ / "in/2.csv");
  ASSERT_EQ(mkfifo((folder_ / "in/3.csv").c_str(), 0600), 0);
  EXPECT_EQ(run({"extract", folder_ / "in", "-o", folder_ / "t.csv", "--features", "mean"}), 3);
  EXPECT_EQ(folder_.read("t.csv"), "segment_id,a__mean\n1,1.5\n");
  const std::string list = folder_.read("t.csv.errors.csv");
  EXPECT_THAT(list, HasSubstr("2.csv,,,,cannot be opened: No such file"));
  EXPECT_THAT(list, HasSubstr("3.csv,,,,is not a regular file"));
  EXPECT_THAT(list, HasSubstr("4.csv,,,,is a directory"));
}

TEST_F(Program, LeavesNothingWhereAFileMayNotGrow) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tiny{.rlim_cur = 512, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tiny), 0);
  const int code =
      run({"extract", folder_ / "in", "-o", folder_ / "t.npy", "--features", "core", "--sample-rate", "1", "--quiet"});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(code, 1);
  EXPECT_THAT(err(), HasSubstr("larger than the system allows"));
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / ".")) {
    EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr("t.npy")));
  }
}

TEST_F(Program, LosesItsMessagesAloneWhereNobodyTakesThem) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  const std::string command = "'" PUMICE_PROGRAM "' extract '" + (folder_ / "in") + "' -o '" + (folder_ / "t.csv") +
                              "' --features mean --progress always ";
  for (const char* streams : {"2>&-", "2>&- >&- <&-", "2>/dev/full", "2>&1 | true"}) {
    std::filesystem::remove(folder_ / "t.csv");
    EXPECT_EQ(std::system((command + streams).c_str()), 0) << streams;
    EXPECT_EQ(folder_.read("t.csv"), "segment_id,a__mean\n1,1.5\n") << streams;
  }
  EXPECT_EQ(WEXITSTATUS(std::system("'" PUMICE_PROGRAM "' describe nothing 2>/dev/full")), 2);
  EXPECT_EQ(WEXITSTATUS(std::system("'" PUMICE_PROGRAM "' --version 2>/dev/null >/dev/full")), 1)
      << "what was asked for is no message";
}

TEST_F(Program, EndsWithOneWhereItFails) {
  folder_.write("in/1.csv", "a\n1\nx\n");
  EXPECT_EQ(run({"extract", folder_ / "in", "-o", folder_ / "t.csv", "--features", "mean"}), 1);
  EXPECT_FALSE(folder_.has("t.csv"));
}

TEST_F(Program, ADryRunTellsAndWritesNothing) {
  folder_.write("in/1.csv", "a\n1\n2\n");
  EXPECT_EQ(run({"extract", folder_ / "in", "-o", folder_ / "t.csv", "--features", "mean", "--dry-run"}), 0);
  EXPECT_THAT(out(), HasSubstr("1 segment, 6 bytes -> 1 row x 1 feature"));
  EXPECT_FALSE(folder_.has("t.csv"));
}

TEST_F(Program, LeavesNoTableWhenInterrupted) {
  std::string text = "a,b\n";
  for (int i = 0; i < 20000; ++i) {
    text += std::to_string(i * 7919 % 10007) + ".25," + std::to_string(i) + "\n";
  }
  for (int i = 0; i < 3; ++i) {
    folder_.write("in/" + std::to_string(i) + ".csv", text);
  }
  for (const int number : {SIGINT, SIGTERM}) {
    // A window a sample: hundreds of thousands of rows of work.
    const pid_t child = start({"extract", folder_ / "in", "-o", folder_ / "t.csv", "--sample-rate", "100", "--window",
                               "5000n", "--hop", "1n", "--threads", "1"});
    wait_until_it_writes();
    ASSERT_EQ(kill(child, number), 0);
    EXPECT_EQ(wait_for(child), 128 + number);
    EXPECT_THAT(err(), HasSubstr("no table was written"));
    EXPECT_EQ(files_of_table(), 0);
  }
}

}  // namespace
}  // namespace pumice
