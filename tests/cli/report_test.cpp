/// `pumice report` hands its arguments to a Python: here a script that says what it was given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/program.hpp"

namespace pumice {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProgramResult;
using testing::TemporaryDirectory;
using testing::write_text;

/// A Python with or without the package, which prints its arguments, one a line, and exits with 7.
void make_python(const std::string& path, const std::string& name, bool has_package) {
  fs::create_directories(fs::path(path).parent_path());
  write_text(path, "#!/bin/sh\nif [ \"$1\" = -c ]; then echo noise; exit " + std::string(has_package ? "0" : "1") +
                       "; fi\necho " + name + "\nfor one in \"$@\"; do echo \"$one\"; done\nexit 7\n");
  fs::permissions(path, fs::perms::owner_all);
}

/// Runs `pumice ARGUMENTS` in `folder` with `environment` before it.
ProgramResult run_in(const TemporaryDirectory& folder, const std::string& environment, const std::string& arguments,
                     const std::string& program = PUMICE_PROGRAM) {
  return testing::run_program(arguments, "cd '" + folder.path().string() + "' && " + environment, program);
}

TEST(Report, HandsItsArgumentsToTheNamedPythonAndKeepsItsExitCode) {
  const TemporaryDirectory folder;
  make_python(folder / "my python", "named", true);
  const ProgramResult result = run_in(folder, "PUMICE_PYTHON='./my python'", "report 'a b' -o 'c$d' --unit ''");
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.out, "named\n-m\npumice.report\na b\n-o\nc$d\n--unit\n\n");
  EXPECT_EQ(result.err, "");
}

TEST(Report, TakesThePythonBesideTheProgramFirst) {
  const TemporaryDirectory folder;
  make_python(folder / "bin/python3", "beside", true);
  make_python(folder / ".venv/bin/python", "venv", true);
  const std::string program = folder / "bin/pumice";
  fs::copy_file(PUMICE_PROGRAM, program);
  const std::string libraries = fs::path(PUMICE_PROGRAM).parent_path().string();
  const ProgramResult result =
      run_in(folder, "PUMICE_PYTHON= LD_LIBRARY_PATH='" + libraries + "'", "report x", program);
  EXPECT_EQ(result.out, "beside\n-m\npumice.report\nx\n") << result.err;
}

TEST(Report, TakesThePythonOfDotVenvBeforeThatOfThePath) {
  const TemporaryDirectory folder;
  make_python(folder / ".venv/bin/python", "venv", true);
  make_python(folder / "bin/python3", "path", true);
  EXPECT_THAT(run_in(folder, "PUMICE_PYTHON= PATH=\"$PWD/bin:$PATH\"", "report x").out, HasSubstr("venv\n-m\n"));
}

TEST(Report, PassesOverPythonsWithoutThePackage) {
  const TemporaryDirectory folder;
  make_python(folder / ".venv/bin/python", "venv", false);
  make_python(folder / "bin/python3", "path", true);
  const ProgramResult result = run_in(folder, "PUMICE_PYTHON= PATH=\"$PWD/bin:$PATH\"", "report x");
  EXPECT_EQ(result.out, "path\n-m\npumice.report\nx\n");
}

TEST(Report, SaysWhatToDoWhereNoPythonHasThePackage) {
  const TemporaryDirectory folder;
  make_python(folder / "bin/python3", "path", false);
  const ProgramResult result = run_in(folder, "PUMICE_PYTHON= PATH=\"$PWD/bin\"", "report x");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("pip install 'pumice[plot]'"));
  EXPECT_THAT(result.err, HasSubstr("PUMICE_PYTHON"));
  EXPECT_EQ(result.out, "");
}

TEST(Report, NamesAPythonThatIsNotThere) {
  const TemporaryDirectory folder;
  const ProgramResult result = run_in(folder, "PUMICE_PYTHON=./nowhere", "report x");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("`./nowhere` cannot be started"));
}

TEST(Report, HelpsWithoutAnyPython) {
  const TemporaryDirectory folder;
  for (const char* const arguments : {"report --help", "report x -h", "help report"}) {
    const ProgramResult result = run_in(folder, "PUMICE_PYTHON=./nowhere", arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments;
    EXPECT_THAT(result.out, HasSubstr("--against DIR_OR_TABLE")) << arguments;
  }
}

TEST(Report, WantsSomethingToReportOn) {
  const TemporaryDirectory folder;
  const ProgramResult result = run_in(folder, "PUMICE_PYTHON=./nowhere", "report");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("report needs a directory or a table"));
  EXPECT_THAT(result.err, Not(HasSubstr("nowhere")));
}

}  // namespace
}  // namespace pumice
