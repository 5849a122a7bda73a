/// Chooses the command, and turns what it throws into a message and an exit code.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <cxxopts.hpp>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/message.hpp"
#include "core/printable_text.hpp"
#include "pumice/catalogue.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(int argc, const char* const* argv);
};

/// One line a command, in the order of `pumice --help`.
std::vector<Command> commands() {
  return {
      {"extract", "make a table of features from files of segments", run_extract},
      {"describe", "look at what the files hold", run_describe},
      {"features", "list what can be computed", run_features},
      {"compare", "say where two tables differ, by how much and why", run_compare},
      {"report", "write a page about a data set or a table (by the package for Python)", run_report},
      {"synth", "make a synthetic data set of the INGV set's shape", run_synth},
      {"devices", "list what `--device` can name on this machine", run_devices},
      {"selftest", "compute the features' examples on a device", run_selftest},
      {"bench", "measure devices on the same input", run_bench},
  };
}

void print_help() {
  fmt::print("pumice {}: features of multichannel time series, on a GPU or on the CPU\n\n", PUMICE_VERSION);
  fmt::print("usage: pumice COMMAND [options]\n\ncommands:\n");
  for (const Command& command : commands()) {
    fmt::print("  {:<12}{}\n", command.name, command.summary);
  }
  fmt::print("\n`pumice COMMAND --help` says what a command takes.\n");
}

int dispatch(int argc, const char* const* argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name == "--version" || name == "-V") {
    fmt::print("pumice {}\n", PUMICE_VERSION);
    return kSuccess;
  }
  if (name == "help" && argc > 2) {
    const std::array<const char*, 3> of_command{argv[0], argv[2], "--help"};
    return dispatch(static_cast<int>(of_command.size()), of_command.data());
  }
  if (name == "--help" || name == "-h" || name == "help") {
    print_help();
    return kSuccess;
  }
  if (name.empty()) {
    print_help();
    return kWrongUsage;
  }
  if (name == "catalogue") {
    return run_features(argc - 1, argv + 1);
  }
  for (const Command& command : commands()) {
    if (command.name == name) {
      return command.run(argc - 1, argv + 1);
    }
  }
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    names.emplace_back(command.name);
  }
  throw UsageError(fmt::format("there is no command `{}`; the nearest: {}; `pumice --help` lists all", name,
                               fmt::join(nearest_names(name, names), ", ")));
}

int fail(std::string_view message, int code) {
  std::fflush(stdout);
  say("pumice: {}\n", printable_text(message));
  return code;
}

/// "`--threads many`: not a number": cxxopts names the value alone.
std::string option_of(const std::string& message, int argc, const char* const* argv) {
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    const bool joined = argument.starts_with("-") && equals != std::string::npos;
    const std::string value = joined ? argument.substr(equals + 1) : argument;
    const bool has_option = joined || std::string_view(argv[i - 1]).starts_with("-");
    if (has_option && message.find("\xE2\x80\x98" + value + "\xE2\x80\x99") != std::string::npos) {
      return fmt::format("`{}`: not a number that it takes",
                         joined ? argument : fmt::format("{} {}", argv[i - 1], value));
    }
  }
  return message;
}

/// A file that is opened would otherwise be one of the standard streams, and get what is written there.
void open_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) < 0 && errno == EBADF) {
      static_cast<void>(open("/dev/null", O_RDWR));  // takes the lowest number that is free
    }
  }
}

int run(int argc, const char* const* argv) {
  try {
    const int code = dispatch(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      return fail(fmt::format("the output cannot be written: {}", std::strerror(errno)), kFailed);
    }
    return code;
  } catch (const cxxopts::exceptions::incorrect_argument_type& error) {
    return fail(fmt::format("{}; `pumice {} --help` lists the options", option_of(error.what(), argc, argv), argv[1]),
                kWrongUsage);
  } catch (const cxxopts::exceptions::exception& error) {
    return fail(fmt::format("{}; `pumice {} --help` lists the options", error.what(), argv[1]), kWrongUsage);
  } catch (const UsageError& error) {
    return fail(error.what(), kWrongUsage);
  } catch (const std::bad_alloc&) {
    return fail("out of memory: give it less with --memory or --threads", kFailed);
  } catch (const std::exception& error) {
    return fail(error.what(), kFailed);
  }
}

}  // namespace
}  // namespace pumice::cli

int main(int argc, char** argv) {
  // A file that grows beyond the shell's limit is then a failed write, with a message and nothing left behind.
  std::signal(SIGXFSZ, SIG_IGN);
  pumice::cli::open_closed_streams();
  return pumice::cli::run(argc, argv);
}
