#include "cli/bench_device.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "cli/commands.hpp"
#include "core/clock.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

constexpr mode_t kMode = 0600;

std::string name_of(const std::vector<DeviceWork>& devices) {
  std::string name;
  for (const DeviceWork& device : devices) {
    name += (name.empty() ? "" : "+") + device.device;
  }
  return name;
}

/// Recordings from the first on that hold about half of all bytes; none where there is only one.
std::vector<std::string> first_half(const Discovery& discovery, std::int64_t& bytes) {
  std::vector<std::string> paths;
  bytes = 0;
  for (const Recording& recording : discovery.recordings) {
    if (2 * (bytes + recording.bytes) > discovery.total_bytes + recording.bytes) {
      break;
    }
    bytes += recording.bytes;
    paths.push_back(recording.path);
  }
  return paths.size() < discovery.recordings.size() ? paths : std::vector<std::string>();
}

/// Runs this program with other arguments, its output going to `log`. Throws Error where it fails.
void run_this_program(std::vector<std::string> arguments, const std::string& log) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) {
    pointers.push_back(argument.data());
  }
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, kMode);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int error = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw Error(fmt::format("a process of pumice cannot be started: {}", std::strerror(error)));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || (WEXITSTATUS(status) != kSuccess && WEXITSTATUS(status) != kSomeSkipped)) {
    std::ifstream said(log);
    throw Error(fmt::format("a process of `pumice extract` failed:\n{}",
                            std::string(std::istreambuf_iterator<char>(said), {})));
  }
}

}  // namespace

DeviceBench::DeviceBench(ExtractOptions options, std::vector<std::string> arguments, const Discovery& discovery,
                         const std::string& device, const std::filesystem::path& table)
    : options_(std::move(options)) {
  times_.device = device;
  options_.device = parse_device(device);
  options_.output = table.string();
  half_ = options_;
  half_.input.inputs = first_half(discovery, times_.half_bytes);
  half_.input.inputs_are_recordings = true;
  half_.output = (table.parent_path() / ("half-" + table.filename().string())).string();
  const std::string whole = (table.parent_path() / ("process-" + table.filename().string())).string();
  arguments_ = {"pumice", "extract", "--quiet", "--device=" + device, "--output=" + whole};
  arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
}

void DeviceBench::start(const std::stop_token& stop) {
  try {
    times_.first_s = once(options_, stop);
    times_.threads = report_.run.threads;
    times_.device = name_of(report_.run.devices);
    times_.description = report_.device;
  } catch (const UnavailableError& error) {
    times_.absent = error.what();
  }
}

void DeviceBench::run(const std::stop_token& stop) {
  if (!half_.input.inputs.empty()) {
    times_.half_seconds.push_back(once(half_, stop));
  }
  times_.process_seconds.push_back(process(stop));
  times_.seconds.push_back(once(options_, stop));
  stages_.push_back(report_.run.seconds);
  const double middle = median(times_.seconds);
  const auto distance = [&](double seconds) { return std::abs(seconds - middle); };
  const auto nearest = std::min_element(times_.seconds.begin(), times_.seconds.end(),
                                        [&](double a, double b) { return distance(a) < distance(b); });
  times_.stages = stages_[static_cast<std::size_t>(nearest - times_.seconds.begin())];
}

void DeviceBench::run_cold(const std::stop_token& stop) { times_.cold_seconds.push_back(once(options_, stop)); }

double DeviceBench::once(const ExtractOptions& options, const std::stop_token& stop) {
  const Clock::time_point start = Clock::now();
  ExtractReport report = extract(options, {.message = {}, .progress = {}, .stop = stop});
  const double seconds = seconds_since(start);
  report_ = std::move(report);
  return seconds;
}

double DeviceBench::process(const std::stop_token& stop) const {
  const Clock::time_point start = Clock::now();
  try {
    run_this_program(arguments_, options_.output + ".log");
  } catch (const Error&) {
    if (stop.stop_requested()) {  // the signal was the process's, too
      throw Cancelled("stopped on request");
    }
    throw;
  }
  return seconds_since(start);
}

}  // namespace pumice::cli
