/// `pumice bench`: the same input on each device in one run, the tables compared, and what the files alone allow.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <cxxopts.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench_cuda.hpp"
#include "cli/bench_device.hpp"
#include "cli/bench_limits.hpp"
#include "cli/bench_report.hpp"
#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "cli/page_cache.hpp"
#include "core/compare_tables.hpp"
#include "pumice/error.hpp"
#include "pumice/extract.hpp"
#include "pumice/source.hpp"
#include "pumice/table.hpp"

namespace pumice::cli {
namespace {

namespace fs = std::filesystem;

/// Files that may still be in the page cache when it was emptied of them, as a share.
constexpr double kStillHeld = 0.1;

cxxopts::Options bench_options() {
  cxxopts::Options options(
      "pumice bench",
      "Extracts features of the same input on each device, by turns, and compares times and tables.\n"
      "Tables go to a temporary folder. Beside runs in this process, which has started the device up: whole processes "
      "of\n"
      "`pumice extract`, and the steady state, which is what the second half of the files adds. The limits are what\n"
      "threads do with the same files, and, where a GPU is measured, what its bus, its memory, CUDA's start and\n"
      "reading into page-locked memory allow, in a process of their own.\n");
  options.set_width(100);
  const auto text = [](const char* usual) { return cxxopts::value<std::string>()->default_value(usual); };
  add_input_options(options);
  add_machine_options(options, WithDevice::kNo);
  add_gpu_options(options);
  options.add_options("Benchmark")("devices", "to measure; ratios are to the first; none: the limits alone",
                                   text("cpu,cuda"), "A,B,..")("runs", "that count, a device",
                                                               cxxopts::value<int>()->default_value("5"), "N")(
      "features", "as `pumice extract` takes them", text("core"), "NAME,..")("missing", "what a missing sample becomes",
                                                                             text("skip"), "POLICY")(
      "sample-rate", "samples a second", cxxopts::value<double>(), "HZ")("precision", "of spectra", text("float"),
                                                                         "float|double")(
      "cold", "runs of files that are not in the page cache, a device; it is emptied of them before each",
      cxxopts::value<int>()->default_value("0"),
      "N")("json", "write the results there, too", cxxopts::value<std::string>(), "FILE")("h,help", "this text");
  return options;
}

/// A folder for tables, gone with what is in it when the benchmark ends.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "pumice-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw Error(fmt::format("{}: {}", pattern, std::strerror(errno)));
    }
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TableDifference difference(const std::string& a, const std::string& b) {
  const Comparison comparison = compare_tables(read_table(a), read_table(b));
  TableDifference result;
  for (const ColumnComparison& column : comparison.columns) {
    result.nulls += column.only_a + column.only_b;
    result.absolute = std::max(result.absolute, column.absolute.difference);
    if (column.relative.difference > result.relative) {
      result.relative = column.relative.difference;
      result.column = column.name;
      result.row = column.relative.row;
    }
  }
  return result;
}

ExtractOptions extract_options(const cxxopts::ParseResult& given) {
  ExtractOptions options;
  options.input = input_options(given);
  options.features = split_features(given["features"].as<std::string>());
  options.missing = parse_missing_policy(given["missing"].as<std::string>());
  options.precision = parse_precision(given["precision"].as<std::string>());
  if (given.count("sample-rate") != 0) {
    options.sample_rate = given["sample-rate"].as<double>();
  }
  const MachineOptions machine = machine_options(given);
  options.threads = machine.threads;
  options.simd = machine.simd;
  options.memory_bytes = machine.memory_bytes;
  options.device_settings = gpu_options(given);
  return options;
}

/// The options of `pumice extract` that ask for what these ask for, but for the device and the table.
std::vector<std::string> extract_arguments(const cxxopts::ParseResult& given) {
  static constexpr std::array kOfBenchAlone{"devices", "runs", "cold", "json"};
  std::vector<std::string> options;
  std::vector<std::string> inputs;
  for (const cxxopts::KeyValue& one : given.arguments()) {
    if (one.key() == "input") {
      inputs.push_back(one.value());
    } else if (std::find(kOfBenchAlone.begin(), kOfBenchAlone.end(), one.key()) == kOfBenchAlone.end()) {
      options.push_back(fmt::format("--{}={}", one.key(), one.value()));
    }
  }
  options.emplace_back("--");
  options.insert(options.end(), inputs.begin(), inputs.end());
  return options;
}

/// Parquet, which is what people write, or CSV without Arrow.
std::string table_extension(const fs::path& folder) {
  try {
    check_table_path((folder / "table.parquet").string());
    return ".parquet";
  } catch (const UnavailableError&) {
    return ".csv";
  }
}

struct Runs {
  int hot = 5;
  int cold = 0;
};

/// Runs of files that are not in the page cache: reading them alone, then each device.
void measure_cold(const Discovery& discovery, int runs, std::vector<DeviceBench>& benches, ReadLimits& limits,
                  const std::stop_token& stop) {
  std::vector<double> reading;
  for (int run = 0; run < runs; ++run) {
    if (drop_from_page_cache(discovery.recordings) > kStillHeld) {
      limits.cold_absent = "the file system does not let go of files that were read";
      return;
    }
    reading.push_back(read_in_parallel(discovery.recordings, usable_cpus()));
    for (DeviceBench& bench : benches) {
      if (bench.ran()) {
        static_cast<void>(drop_from_page_cache(discovery.recordings));
        bench.run_cold(stop);
      }
    }
  }
  limits.cold_read_s = reading.empty() ? 0 : median(reading);
}

struct Input {
  Discovery discovery;  ///< without what cannot be used
  DecodedFiles files;
  std::optional<MeasuredCuda> cuda;
};

/// In this order: CUDA's start is measured before this process has a second thread.
Input prepare_input(const ExtractOptions& options, const std::vector<std::string>& devices, int runs) {
  Input input{.discovery = discover(options.input), .files = {}, .cuda = {}};
  input.files = take_unusable(input.discovery, options);
  input.cuda = measure_cuda_limits(devices, input.discovery, input.files, options, runs);
  return input;
}

BenchReport measure(const ExtractOptions& options, const std::vector<std::string>& arguments,
                    const std::vector<std::string>& devices, const Runs& runs, const Input& input,
                    const std::stop_token& stop) {
  const Discovery& discovery = input.discovery;
  const ScratchFolder folder;
  BenchReport report{.inputs = options.input.inputs,
                     .features = options.features,
                     .segments = static_cast<std::int64_t>(discovery.recordings.size()),
                     .unusable = input.files.problems,
                     .bytes = discovery.total_bytes,
                     .columns = 0,
                     .runs = runs.hot,
                     .simd = options.simd,
                     .devices = {},
                     .limits = measure_limits(discovery, options, runs.hot),
                     .cuda = input.cuda};
  std::vector<DeviceBench> benches;
  for (const std::string& device : devices) {
    const std::string table = std::to_string(benches.size()) + table_extension(folder.path());
    benches.emplace_back(options, arguments, discovery, device, folder.path() / table);
    benches.back().start(stop);
  }
  // By turns, so that what else the machine does falls on all of them.
  for (int run = 0; run < runs.hot; ++run) {
    for (DeviceBench& bench : benches) {
      if (bench.ran()) {
        bench.run(stop);
      }
    }
  }
  measure_cold(discovery, runs.cold, benches, report.limits, stop);
  const auto first = std::find_if(benches.begin(), benches.end(), [](const DeviceBench& bench) { return bench.ran(); });
  for (DeviceBench& bench : benches) {
    if (bench.ran()) {
      report.columns = bench.report().feature_columns;
      bench.times().difference = difference(first->table(), bench.table());
    }
    report.devices.push_back(bench.times());
  }
  return report;
}

}  // namespace

int run_bench(int argc, const char* const* argv) {
  cxxopts::Options parser = bench_options();
  const cxxopts::ParseResult given = parser.parse(argc, argv);
  if (given.count("help") != 0) {
    fmt::print("{}\n", parser.help({"Input", "Machine", "Benchmark"}));
    return kSuccess;
  }
  const ExtractOptions options = extract_options(given);
  std::vector<std::string> devices = split_at_commas(given["devices"].as<std::string>());
  const bool limits_alone = devices == std::vector<std::string>{"none"};
  if (limits_alone) {
    devices.clear();
  }
  const Runs runs{.hot = given["runs"].as<int>(), .cold = given["cold"].as<int>()};
  if (devices.empty() && !limits_alone) {
    throw UsageError("--devices names no device");
  }
  if (runs.hot < 1) {
    throw UsageError("--runs must be at least 1");
  }
  if (runs.cold < 0) {
    throw UsageError("--cold must be at least 0");
  }
  for (const std::string& device : devices) {
    (void)parse_device(device);
  }
  std::ofstream file;
  if (given.count("json") != 0) {  // before the work, not after it
    file.open(given["json"].as<std::string>());
    if (!file) {
      throw UsageError(fmt::format("{}: cannot be written", given["json"].as<std::string>()));
    }
  }
  const Input input = prepare_input(options, devices, runs.hot);
  const Interrupt interrupt;
  try {
    const BenchReport report = measure(options, extract_arguments(given), devices, runs, input, interrupt.token());
    fmt::print("{}", bench_text(report));
    if (file.is_open()) {
      if (!(file << bench_json(report)).flush()) {
        throw Error(fmt::format("{}: cannot be written", given["json"].as<std::string>()));
      }
    }
    const bool any = std::any_of(report.devices.begin(), report.devices.end(),
                                 [](const DeviceTimes& times) { return times.absent.empty(); });
    return any || limits_alone ? kSuccess : kFailed;
  } catch (const Cancelled&) {
    return kSignalled + interrupt.signal();
  }
}

}  // namespace pumice::cli
