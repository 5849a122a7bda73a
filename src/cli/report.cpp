/// `pumice report`: hands over to the package for Python, which draws and writes the page.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHelp =
    R"(Writes one HTML page about a data set or a table: what is in it, what is missing or dead, what
drifts between two sets, which features tell most about the label, and pictures of some segments.
The package for Python does it: pip install 'pumice[plot]'. PUMICE_PYTHON names the Python that has it
(default: python3 beside this program, .venv/bin/python here, python3 on the PATH).

Usage:
  pumice report DIR_OR_TABLE... [options]

  -o, --output FILE           the page (default: report.html)
      --against DIR_OR_TABLE  another set: how far each feature drifted from the first to it
      --labels FILE           labels by segment id
      --label COLUMN          the label that is wanted (default: time_to_eruption, or the first number)
      --segments DIR          where the files of a table's segments are, for pictures of some
      --examples N            segments that are drawn (default: 3)
      --title TEXT            the page's heading
      --unit TEXT             unit of the samples, as counts
      --features LIST         as for extract, where files are read (default: core)
      --missing POLICY        as for extract, where files are read (default: skip)
      --sample-rate HZ        samples a second, where the files do not say
      --threads N             threads (default: all CPUs that this process may use)
  -h, --help                  this text
)";

/// Where to look, best first.
std::vector<std::string> candidates() {
  std::vector<std::string> found;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) {
    found.push_back((program.parent_path() / "python3").string());
  }
  found.emplace_back(".venv/bin/python");
  found.emplace_back("python3");
  return found;
}

/// True where this Python can import the package. What it prints is nobody's business.
bool has_package(const std::string& python) {
  if (python.find('/') != std::string::npos && access(python.c_str(), X_OK) != 0) {
    return false;
  }
  const pid_t child = fork();
  if (child == 0) {
    static_cast<void>(std::freopen("/dev/null", "w", stdout));
    static_cast<void>(std::freopen("/dev/null", "w", stderr));
    execlp(python.c_str(), python.c_str(), "-c", "import pumice.report", static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// The Python that was named, taken at its word so that its own error is seen; else the first that has the package.
std::string find_python() {
  const char* named = std::getenv("PUMICE_PYTHON");
  if (named != nullptr && *named != '\0') {
    return named;
  }
  for (const std::string& python : candidates()) {
    if (has_package(python)) {
      return python;
    }
  }
  throw UnavailableError(
      "a report is written by the package for Python, and no python3 was found that has it (beside this program, "
      ".venv/bin/python, on the PATH): pip install 'pumice[plot]', or let PUMICE_PYTHON name the Python that has it");
}

}  // namespace

int run_report(int argc, const char* const* argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  for (const std::string& argument : arguments) {
    if (argument == "--") {
      break;
    }
    if (argument == "-h" || argument == "--help") {
      fmt::print("{}", kHelp);
      return kSuccess;
    }
  }
  if (arguments.empty()) {
    throw UsageError("report needs a directory or a table: pumice report DIR_OR_TABLE -o report.html");
  }
  const std::string python = find_python();
  std::vector<std::string> command{python, "-m", "pumice.report"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> texts;
  for (std::string& text : command) {
    texts.push_back(text.data());
  }
  texts.push_back(nullptr);
  std::fflush(stdout);
  execvp(python.c_str(), texts.data());
  throw UnavailableError(fmt::format("`{}` cannot be started ({}): PUMICE_PYTHON names the Python that has the package",
                                     python, std::strerror(errno)));
}

}  // namespace pumice::cli
