/// Runs the pumice program as a user would, and keeps a folder for a test.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace pumice::testing {

[[nodiscard]] inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A folder that is removed with what is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pumice-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      ADD_FAILURE() << "no temporary directory: " << pattern;
    }
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

struct ProgramResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// Runs `pumice ARGUMENTS` through the shell, with `before` in front of it, as `cd FOLDER && VARIABLE=value`. Tests
/// that use it define PUMICE_PROGRAM, the program's path.
#ifdef PUMICE_PROGRAM
[[nodiscard]] inline ProgramResult run_program(const std::string& arguments, const std::string& before = {},
                                               const std::string& program = PUMICE_PROGRAM) {
  const TemporaryDirectory folder;
  const std::string out = folder / "out";
  const std::string err = folder / "err";
  const std::string line = before + " '" + program + "' " + arguments + " >'" + out + "' 2>'" + err + "' </dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(out), read_text(err)};
}
#endif

}  // namespace pumice::testing
