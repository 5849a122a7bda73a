#include "cli/bench_report.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/progress.hpp"
#include "cli/quantity.hpp"
#include "pumice/engine.hpp"

namespace pumice::cli {
namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown";
}

std::string system_name() {
  utsname name{};
  return uname(&name) == 0 ? fmt::format("{} {} {}", name.sysname, name.release, name.machine) : "unknown";
}

std::vector<std::pair<const char*, double>> stages(const StageSeconds& seconds) {
  return {{"read", seconds.read},     {"decode", seconds.decode},     {"prepare", seconds.prepare},
          {"upload", seconds.upload}, {"moments", seconds.moments},   {"order statistics", seconds.order_statistics},
          {"welch", seconds.welch},   {"features", seconds.features}, {"download", seconds.download},
          {"write", seconds.write}};
}

/// The first device that ran, or null.
const DeviceTimes* reference(const BenchReport& report) {
  const auto found = std::find_if(report.devices.begin(), report.devices.end(),
                                  [](const DeviceTimes& times) { return times.absent.empty(); });
  return found == report.devices.end() ? nullptr : &*found;
}

double gigabytes_per_second(std::int64_t bytes, double seconds) {
  return static_cast<double>(bytes) / 1e9 / std::max(seconds, 1e-9);
}

std::string left_out(const BenchReport& report) {
  if (report.unusable.empty()) {
    return {};
  }
  return fmt::format("{} cannot be used and {} left out; the first: {}\n",
                     counted(static_cast<std::int64_t>(report.unusable.size()), "file"),
                     report.unusable.size() == 1 ? "is" : "are", report.unusable.front().message());
}

std::string device_table(const BenchReport& report) {
  std::string text = fmt::format("{:<10}{:>9}{:>9}{:>9}{:>9}{:>13}{:>8}{:>8}\n", "device", "median s", "min", "max",
                                 "first", "segments/s", "GB/s", "ratio");
  const DeviceTimes* first = reference(report);
  for (const DeviceTimes& times : report.devices) {
    if (!times.absent.empty()) {
      text += fmt::format("{:<10}not available: {}\n", times.device, times.absent);
      continue;
    }
    const double seconds = median(times.seconds);
    const auto [low, high] = std::minmax_element(times.seconds.begin(), times.seconds.end());
    text += fmt::format("{:<10}{:>9.3f}{:>9.3f}{:>9.3f}{:>9.3f}{:>13.1f}{:>8.2f}{:>8.2f}\n", times.device, seconds,
                        *low, *high, times.first_s, static_cast<double>(report.segments) / seconds,
                        gigabytes_per_second(report.bytes, seconds), median(first->seconds) / seconds);
  }
  return text + fmt::format("ratio: how many times as fast as {}. first: a run that is not counted.\n",
                            first != nullptr ? first->device : "the first");
}

/// Bytes a second that the second half of the files adds; 0 where the runs do not tell.
double steady_rate(const BenchReport& report, const DeviceTimes& times) {
  if (times.half_seconds.empty()) {
    return 0;
  }
  const double seconds = median(times.seconds) - median(times.half_seconds);
  return seconds > 0 ? static_cast<double>(report.bytes - times.half_bytes) / seconds : 0;
}

std::string whole_table(const BenchReport& report) {
  std::string text = fmt::format("{:<10}{:>12}{:>8}{:>16}{:>12}\n", "device", "process s", "GB/s", "steady GB/s",
                                 report.limits.cold_read_s > 0 ? "cold GB/s" : "");
  for (const DeviceTimes& times : report.devices) {
    if (!times.absent.empty()) {
      continue;
    }
    const double process = median(times.process_seconds);
    const double steady = steady_rate(report, times);
    text +=
        fmt::format("{:<10}{:>12.3f}{:>8.2f}{:>16}", times.device, process, gigabytes_per_second(report.bytes, process),
                    steady > 0 ? fmt::format("{:.2f}", steady / 1e9) : "-");
    text += times.cold_seconds.empty()
                ? "\n"
                : fmt::format("{:>12.2f}\n", gigabytes_per_second(report.bytes, median(times.cold_seconds)));
  }
  text += "process: `pumice extract` from its start to its end. steady: what the second half of the files adds.\n";
  const ReadLimits& limits = report.limits;
  if (!limits.cold_absent.empty()) {
    return text + fmt::format("cold files: not measured: {}\n", limits.cold_absent);
  }
  if (limits.cold_read_s > 0) {
    text += fmt::format("cold: files that are not in the page cache; reading alone {:.2f} GB/s.\n",
                        gigabytes_per_second(report.bytes, limits.cold_read_s));
  }
  return text;
}

/// A GPU's times beside what its limits allow.
struct AgainstLimit {
  double limit_bytes_per_s = 0;
  double steady_bytes_per_s = 0;  ///< 0: the runs do not tell
  double process_s = 0;
  double start_up_s = 0;
  double bound_s = 0;  ///< of the process
};

/// How many times as long as at the limit a process may take for its bytes.
constexpr double kBoundOverLimit = 1.25;

/// Null for a device that is not the one GPU whose limits were measured.
std::optional<AgainstLimit> against_limit(const BenchReport& report, const DeviceTimes& times) {
  if (!report.cuda || !report.cuda->absent.empty() || !times.absent.empty() ||
      times.device != fmt::format("cuda:{}", report.cuda->ordinal)) {
    return std::nullopt;
  }
  const CudaLimits& limits = report.cuda->limits;
  const double seconds_at_limit = static_cast<double>(report.bytes) / std::max(limits.bytes_per_s(), 1.0);
  return AgainstLimit{.limit_bytes_per_s = limits.bytes_per_s(),
                      .steady_bytes_per_s = steady_rate(report, times),
                      .process_s = median(times.process_seconds),
                      .start_up_s = limits.start_up_s(),
                      .bound_s = limits.start_up_s() + kBoundOverLimit * seconds_at_limit};
}

std::string limit_table(const BenchReport& report) {
  for (const DeviceTimes& times : report.devices) {
    const std::optional<AgainstLimit> against = against_limit(report, times);
    if (!against) {
      continue;
    }
    const CudaLimits& limits = report.cuda->limits;
    const bool of_reading = limits.read_bytes_per_s < limits.host_to_device_bytes_per_s;
    const std::string steady =
        against->steady_bytes_per_s > 0
            ? fmt::format("{:.2f} GB/s, {:.0f} % of the limit", against->steady_bytes_per_s / 1e9,
                          100 * against->steady_bytes_per_s / std::max(against->limit_bytes_per_s, 1.0))
            : "not told by these runs";
    std::string text = fmt::format("\n{} beside its limit\n", times.device);
    text += fmt::format("  {:<16}{:.2f} GB/s: {}\n", "limit", against->limit_bytes_per_s / 1e9,
                        of_reading ? "reading into page-locked memory" : "copies from host to device");
    text += fmt::format("  {:<16}{}\n", "steady state", steady);
    text += fmt::format("  {:<16}{:.3f} s\n", "start-up", against->start_up_s);
    text += fmt::format("  {:<16}{:.3f} s\n", "whole process", against->process_s);
    return text + fmt::format("  {:<16}{:.3f} s: start-up + {} x bytes / limit\n", "its bound", against->bound_s,
                              kBoundOverLimit);
  }
  return {};
}

nlohmann::ordered_json limit_json(const AgainstLimit& against) {
  nlohmann::ordered_json json{{"limit_bytes_per_s", against.limit_bytes_per_s},
                              {"steady_bytes_per_s", nullptr},
                              {"steady_over_limit", nullptr},
                              {"process_s", against.process_s},
                              {"start_up_s", against.start_up_s},
                              {"process_bound_s", against.bound_s}};
  if (against.steady_bytes_per_s > 0) {
    json["steady_bytes_per_s"] = against.steady_bytes_per_s;
    json["steady_over_limit"] = against.steady_bytes_per_s / std::max(against.limit_bytes_per_s, 1.0);
  }
  return json;
}

std::string stage_table(const BenchReport& report) {
  std::vector<const DeviceTimes*> ran;
  std::string text = fmt::format("{:<20}", "seconds by stage");
  for (const DeviceTimes& times : report.devices) {
    if (times.absent.empty()) {
      ran.push_back(&times);
      text += fmt::format("{:>18}", times.device);
    }
  }
  text += '\n';
  for (std::size_t k = 0; k < stages({}).size(); ++k) {
    std::string line = fmt::format("  {:<18}", stages({})[k].first);
    bool used = false;
    for (const DeviceTimes* times : ran) {
      double total = 0;
      for (const auto& [name, seconds] : stages(times->stages)) {
        total += seconds;
      }
      const double seconds = stages(times->stages)[k].second;
      used = used || seconds > 0;
      line += fmt::format("{:>11.3f} {:>4.0f} %", seconds, 100 * seconds / std::max(total, 1e-9));
    }
    text += used ? line + "\n" : "";
  }
  text += "of the median run, summed over its threads";
  for (const DeviceTimes* times : ran) {
    text += fmt::format("{}{} of {}", times == ran.front() ? ": " : ", ", times->threads, times->device);
  }
  return text + "\n";
}

std::string difference_text(const BenchReport& report) {
  std::string text;
  const DeviceTimes* first = reference(report);
  for (const DeviceTimes& times : report.devices) {
    if (&times == first || !times.absent.empty()) {
      continue;
    }
    const TableDifference& difference = times.difference;
    text += fmt::format("{} and {}: ", first->device, times.device);
    text += difference.relative == 0 && difference.nulls == 0
                ? "the tables are the same to the bit"
                : fmt::format("largest relative difference {:.2g}, {} of segment {}", difference.relative,
                              difference.column, difference.row);
    text += difference.nulls > 0 ? fmt::format("; {} in one table only\n", counted(difference.nulls, "value")) : "\n";
  }
  return text.empty() ? text : "\n" + text;
}

std::string limits_table(const BenchReport& report) {
  const ReadLimits& limits = report.limits;
  std::string text = fmt::format("{:<24}{:>9}{:>8}{:>8}\n", "limits, one thread", "median s", "GB/s", "ratio");
  for (const auto& [what, seconds] : {std::pair{"read", limits.read_s},
                                      {"read and count lines", limits.count_s},
                                      {"read and decode", limits.decode_s}}) {
    text += fmt::format("{:<24}{:>9.3f}{:>8.2f}{:>8.2f}\n", what, seconds, gigabytes_per_second(report.bytes, seconds),
                        seconds / std::max(limits.count_s, 1e-9));
  }
  text += "of the same files from the page cache. ratio: how many times as long as counting lines.\n\n";
  text += fmt::format("{:<24}{:>9}{:>8}\n", "reading by threads", "median s", "GB/s");
  for (const ReadLimits::Readers& readers : limits.read_by_threads) {
    text += fmt::format("{:<24}{:>9.3f}{:>8.2f}\n", counted(readers.threads, "thread"), readers.seconds,
                        gigabytes_per_second(report.bytes, readers.seconds));
  }
  return text;
}

std::string cuda_table(const MeasuredCuda& measured, int runs) {
  if (!measured.absent.empty()) {
    return fmt::format("limits of the GPU: not measured: {}\n", measured.absent);
  }
  const CudaLimits& limits = measured.limits;
  const auto rate = [](double bytes_per_s) { return fmt::format("{:.1f} GB/s", bytes_per_s / 1e9); };
  const auto seconds = [](double value) { return fmt::format("{:.3f} s", value); };
  std::string text = "limits of the GPU, in a process of its own\n";
  for (const auto& [what, value] : {std::pair{"opening the module", seconds(limits.open_s)},
                                    {"context", seconds(limits.context_s)},
                                    {"loading kernels", seconds(limits.kernels_s)},
                                    {"first plan of cuFFT", seconds(limits.plan_s)},
                                    {"locking a ring", seconds(limits.ring_s)},
                                    {"start-up, all of it", seconds(limits.start_up_s())},
                                    {"locking host memory", rate(limits.pin_bytes_per_s)},
                                    {"reading the files", rate(limits.read_bytes_per_s)},
                                    {"host to device", rate(limits.host_to_device_bytes_per_s)},
                                    {"device to host", rate(limits.device_to_host_bytes_per_s)},
                                    {"device to device", rate(limits.device_copy_bytes_per_s)}}) {
    text += fmt::format("  {:<22}{:>14}\n", what, value);
  }
  return text + fmt::format(
                    "a ring has {} of the host. copies are of 256 MiB, the fastest of five. reading: by {} into that\n"
                    "ring's page-locked memory, the fastest of {}.\n",
                    bytes_text(limits.ring_bytes), counted(limits.readers, "thread"), counted(runs, "run"));
}

nlohmann::ordered_json cuda_json(const MeasuredCuda& measured) {
  if (!measured.absent.empty()) {
    return {{"absent", measured.absent}};
  }
  const CudaLimits& limits = measured.limits;
  return {{"open_s", limits.open_s},
          {"context_s", limits.context_s},
          {"kernels_s", limits.kernels_s},
          {"plan_s", limits.plan_s},
          {"ring_pin_s", limits.ring_s},
          {"ring_bytes", limits.ring_bytes},
          {"start_up_s", limits.start_up_s()},
          {"pin_gb_per_s", limits.pin_bytes_per_s / 1e9},
          {"read_pinned_gb_per_s", limits.read_bytes_per_s / 1e9},
          {"readers", limits.readers},
          {"limit_bytes_per_s", limits.bytes_per_s()},
          {"host_to_device_gb_per_s", limits.host_to_device_bytes_per_s / 1e9},
          {"device_to_host_gb_per_s", limits.device_to_host_bytes_per_s / 1e9},
          {"device_copy_gb_per_s", limits.device_copy_bytes_per_s / 1e9}};
}

nlohmann::ordered_json device_json(const BenchReport& report, const DeviceTimes& times) {
  using Json = nlohmann::ordered_json;
  if (!times.absent.empty()) {
    return Json{{"device", times.device}, {"absent", times.absent}};
  }
  const double seconds = median(times.seconds);
  Json json{{"device", times.device},
            {"description", times.description},
            {"threads", times.threads},
            {"first_s", times.first_s},
            {"runs_s", times.seconds},
            {"median_s", seconds},
            {"min_s", *std::min_element(times.seconds.begin(), times.seconds.end())},
            {"max_s", *std::max_element(times.seconds.begin(), times.seconds.end())},
            {"segments_per_s", static_cast<double>(report.segments) / seconds},
            {"gb_per_s", gigabytes_per_second(report.bytes, seconds)},
            {"process_s", times.process_seconds},
            {"process_median_s", median(times.process_seconds)},
            {"half_bytes", times.half_bytes},
            {"half_s", times.half_seconds},
            {"steady_gb_per_s", steady_rate(report, times) / 1e9},
            {"cold_s", times.cold_seconds},
            {"ratio", median(reference(report)->seconds) / seconds},
            {"stages_s", Json::object()},
            {"difference",
             {{"relative", times.difference.relative},
              {"absolute", times.difference.absolute},
              {"column", times.difference.column},
              {"row", times.difference.row},
              {"nulls", times.difference.nulls}}}};
  for (const auto& [name, stage_s] : stages(times.stages)) {
    json["stages_s"][name] = stage_s;
  }
  if (const auto against = against_limit(report, times)) {
    json["against_limit"] = limit_json(*against);
  }
  return json;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

std::string bench_text(const BenchReport& report) {
  const std::string input = counted(report.segments, "segment") + ", " + bytes_text(report.bytes);
  if (report.devices.empty()) {
    return fmt::format("{}; {}\n{}\n", input, counted(report.runs, "run"), left_out(report)) + limits_table(report);
  }
  std::string text = fmt::format("{}, {} of features; {} a device\n{}", input, counted(report.columns, "column"),
                                 counted(report.runs, "run"), left_out(report));
  for (const DeviceTimes& times : report.devices) {
    text += times.absent.empty() ? times.description + "\n" : "";
  }
  text += '\n';
  text += device_table(report);
  if (reference(report) != nullptr) {
    text += '\n' + whole_table(report);
    text += limit_table(report);
    text += '\n' + stage_table(report);
    text += difference_text(report);
  }
  text += '\n' + limits_table(report);
  return report.cuda ? text + '\n' + cuda_table(*report.cuda, report.runs) : text;
}

std::string bench_json(const BenchReport& report) {
  using Json = nlohmann::ordered_json;
  Json json{{"pumice", PUMICE_VERSION},
            {"machine",
             {{"cpu", cpu_model()},
              {"cpus", usable_cpus()},
              {"simd", simd_target(report.simd)},
              {"memory_bytes", usable_memory_bytes()},
              {"system", system_name()},
              {"compiler", __VERSION__}}},
            {"inputs", report.inputs},
            {"features", report.features},
            {"segments", report.segments},
            {"unusable", report.unusable.size()},
            {"bytes", report.bytes},
            {"columns", report.columns},
            {"runs", report.runs},
            {"devices", Json::array()},
            {"limits",
             {{"read_s", report.limits.read_s},
              {"count_lines_s", report.limits.count_s},
              {"decode_s", report.limits.decode_s},
              {"lines", report.limits.lines},
              {"rows", report.limits.rows},
              {"read_gb_per_s", gigabytes_per_second(report.bytes, report.limits.read_s)},
              {"count_lines_gb_per_s", gigabytes_per_second(report.bytes, report.limits.count_s)},
              {"decode_gb_per_s", gigabytes_per_second(report.bytes, report.limits.decode_s)},
              {"decode_over_count_lines", report.limits.decode_s / std::max(report.limits.count_s, 1e-9)}}}};
  json["limits"]["read_by_threads"] = Json::array();
  for (const ReadLimits::Readers& readers : report.limits.read_by_threads) {
    json["limits"]["read_by_threads"].push_back(
        {{"threads", readers.threads}, {"gb_per_s", gigabytes_per_second(report.bytes, readers.seconds)}});
  }
  if (report.limits.cold_read_s > 0) {
    json["limits"]["cold_read_gb_per_s"] = gigabytes_per_second(report.bytes, report.limits.cold_read_s);
  }
  if (report.cuda) {
    json["limits"]["cuda"] = cuda_json(*report.cuda);
  }
  for (const DeviceTimes& times : report.devices) {
    json["devices"].push_back(device_json(report, times));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pumice::cli
