/// `pumice extract`: files in, a feature table out.
#include "pumice/extract.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdio>
#include <cxxopts.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/message.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "core/error_list.hpp"
#include "core/option_text.hpp"
#include "core/recipe.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

/// Skipped and left-out files that a summary names; --verbose names all.
constexpr std::size_t kNamedFiles = 3;
constexpr std::size_t kLineWidth = 98;
constexpr double kShownSeconds = 0.005;  // less is 0.00 when printed

enum class Talk : std::uint8_t { kQuiet, kNormal, kVerbose };

cxxopts::Options make_options() {
  cxxopts::Options options("pumice extract",
                           "Makes a table of features: a row a segment, a column a channel and "
                           "feature.\n");
  options.set_width(100);
  const auto text = [] { return cxxopts::value<std::string>(); };
  add_input_options(options);
  options.add_options("Output")("o,output", "the table: .parquet, .csv, .arrow, .feather or .npy", text(), "OUT")(
      "layout", "a row a segment (wide), or a row a segment and channel (long)", text()->default_value("wide"),
      "wide|long")("names",
                   "column names; safe: letters, digits and _ only; recipe: those of what the set "
                   "reproduces (today basic: the notebook's, sensor_1_max ..)",
                   text()->default_value("default"), "default|safe|notebook|recipe")(
      "labels", "a table whose columns are joined by segment id", text(), "FILE")(
      "on-error", "a file that cannot be used: leave it out, keep a row of nulls, or stop",
      text()->default_value("skip"), "skip|nan|fail")("dry-run", "say what would be done, and write nothing");
  options.add_options("Features")("features", "sets, families, features or columns; @FILE: one a line",
                                  text()->default_value("core"), "NAME,..|@FILE")(
      "like", "the same columns in the same order as a table that pumice made, with its settings", text(), "TABLE")(
      "sample-rate", "samples a second (default: from a time column; 100 where the files have INGV's shape)",
      cxxopts::value<double>(), "HZ")("missing", "what a missing sample becomes", text()->default_value("skip"),
                                      "skip|zero|ffill|interpolate|nan")(
      "window", "a row a window: 100s are seconds, 10000n samples (default: the whole file)", text(), "LENGTH")(
      "hop", "from one window's start to the next one's (default: the window)", text(), "LENGTH");
  options.add_options("Spectra")("bands", "frequency bands in Hz (default: eight from 0.1 to 50)", text(),
                                 "0.1-0.5,0.5-1,..")("nperseg", "samples a Welch block (default: 1024)",
                                                     cxxopts::value<int>(), "N")(
      "overlap", "samples that blocks share (default: half a block)", cxxopts::value<int>(), "N")(
      "taper", "the blocks' taper (default: hann)", text(), "hann|hamming|blackman|boxcar")(
      "precision", "of spectra (default: float)", text(), "float|double");
  add_machine_options(options, WithDevice::kYes);
  add_gpu_options(options);
  options.add_options("Machine")("batch", "segments a batch on the GPU (default: chosen)", cxxopts::value<int>(), "N");
  options.add_options("Messages")("progress", "auto: a bar on a terminal, else a line every 10 s",
                                  text()->default_value("auto"),
                                  "auto|always|never")("quiet", "only warnings and errors")(
      "verbose", "name every file that was skipped or left out")("h,help", "this text");
  return options;
}

/// The value of an option that was given, through `parse`; none where it was not.
template <class Parse>
auto given(const cxxopts::ParseResult& parsed, const char* name, Parse parse)
    -> std::optional<decltype(parse(std::string()))> {
  if (parsed.count(name) == 0) {
    return std::nullopt;
  }
  return parse(parsed[name].as<std::string>());
}

template <class T>
std::optional<T> given_number(const cxxopts::ParseResult& parsed, const char* name) {
  return parsed.count(name) > 0 ? std::optional(parsed[name].as<T>()) : std::nullopt;
}

ExtractOptions extract_options(const cxxopts::ParseResult& parsed) {
  const MachineOptions machine = machine_options(parsed);
  ExtractOptions options;
  options.input = input_options(parsed);
  options.output = text_option(parsed, "output");
  if (parsed.count("like") > 0) {
    options.like = text_option(parsed, "like");
    if (parsed.count("features") > 0) {
      throw UsageError("`--features` and `--like` both choose the columns: leave one of them out");
    }
  } else {
    const std::string features = text_option(parsed, "features");
    options.features = split_features(features);
    options.features_files = files_of_features(features);
    if (options.features.empty()) {
      throw UsageError(fmt::format("`--features {}` names nothing", features));
    }
  }
  const auto text = [](const std::string& value) { return value; };
  options.labels = given(parsed, "labels", text);
  options.sample_rate = given_number<double>(parsed, "sample-rate");
  options.missing = given(parsed, "missing", parse_missing_policy);
  options.precision = given(parsed, "precision", parse_precision);
  options.bands = given(parsed, "bands", parse_bands);
  options.nperseg = given_number<int>(parsed, "nperseg");
  options.overlap = given_number<int>(parsed, "overlap");
  options.taper = given(parsed, "taper", parse_taper);
  options.names = given(parsed, "names", parse_naming);
  options.window = given(parsed, "window", parse_window_length);
  options.hop = given(parsed, "hop", parse_window_length);
  options.layout = given(parsed, "layout", parse_layout);
  options.device = machine.device;
  options.device_settings = gpu_options(parsed);
  options.simd = machine.simd;
  options.threads = machine.threads;
  options.memory_bytes = machine.memory_bytes;
  if (const auto batch = given_number<int>(parsed, "batch")) {
    options.batch_segments = check_batch(*batch);
  }
  options.on_error = parse_on_error(text_option(parsed, "on-error"));
  options.dry_run = parsed.count("dry-run") > 0;
  return options;
}

std::string rate_text(const ExtractReport& report) {
  return report.sample_rate > 0
             ? fmt::format("{} Hz ({})", shortest_number(report.sample_rate), report.sample_rate_reason)
             : report.sample_rate_reason;
}

void print_line(std::FILE* to, const char* what, const std::string& text) { say_to(to, "  {:<12}{}\n", what, text); }

/// A text of words, on as many lines as it takes.
void print_wrapped(std::FILE* to, const char* what, const std::string& text) {
  constexpr std::size_t kRoom = kLineWidth - 14;
  std::string_view rest = text;
  while (rest.size() > kRoom) {
    std::size_t space = rest.rfind(' ', kRoom);
    space = space == std::string_view::npos ? rest.find(' ') : space;
    if (space == std::string_view::npos) {
      break;
    }
    print_line(to, what, std::string(rest.substr(0, space)));
    rest.remove_prefix(space + 1);
    what = "";
  }
  print_line(to, what, std::string(rest));
}

/// "1 row", "2 rows"
std::string plural(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void print_problems(std::FILE* to, const char* what, const std::vector<InputProblem>& problems, Talk talk,
                    const std::string& more_in) {
  if (problems.empty()) {
    return;
  }
  print_line(to, what, plural(static_cast<std::int64_t>(problems.size()), "file"));
  const std::size_t named = talk == Talk::kVerbose ? problems.size() : std::min(problems.size(), kNamedFiles);
  for (std::size_t i = 0; i < named; ++i) {
    print_line(to, "", problems[i].message());
  }
  if (named < problems.size() || !more_in.empty()) {
    print_line(to, "", more_in.empty() ? "--verbose names them all" : fmt::format("all in {}", more_in));
  }
}

/// "cpu (AMD EPYC, AVX3_ZEN4, 2 threads); asked for": the reason says the device's name once more.
std::string device_text(const ExtractReport& report) {
  const std::string name = report.device.substr(0, report.device.find(' ')) + ": ";
  return report.device_reason.starts_with(name)
             ? fmt::format("{}; {}", report.device, report.device_reason.substr(name.size()))
             : report.device;
}

/// "cuda:0 4000 segments, cpu 431": where more than one device computed.
std::string work_text(const std::vector<DeviceWork>& devices) {
  std::string text;
  for (const DeviceWork& work : devices) {
    text += text.empty() ? fmt::format("{} {}", work.device, plural(work.segments, "segment"))
                         : fmt::format(", {} {}", work.device, work.segments);
  }
  return text;
}

std::string stage_times(const StageSeconds& s) {
  const std::array<std::pair<const char*, double>, 10> stages{{{"read", s.read},
                                                               {"decode", s.decode},
                                                               {"policy", s.prepare},
                                                               {"upload", s.upload},
                                                               {"moments", s.moments},
                                                               {"order statistics", s.order_statistics},
                                                               {"welch", s.welch},
                                                               {"features", s.features},
                                                               {"download", s.download},
                                                               {"write", s.write}}};
  double longest = 0;
  for (const auto& [name, seconds] : stages) {
    longest = std::max(longest, seconds);
  }
  const int digits = longest < 1 ? 3 : 2;
  const double shown = digits == 3 ? kShownSeconds / 10 : kShownSeconds;
  std::string text;
  for (const auto& [name, seconds] : stages) {
    if (seconds >= shown) {
      text += fmt::format("{}{} {:.{}f}", text.empty() ? "" : ", ", name, seconds, digits);
    }
  }
  return text;
}

/// "1250", "12.5", "0.19"
std::string three_digits(double value) {
  return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.{}f}", value, value >= 10 ? 1 : 2);
}

std::string rate_in_bytes(double bytes_per_second) {
  return bytes_per_second >= 1e8 ? fmt::format("{:.2f} GB/s", bytes_per_second / 1e9)
                                 : fmt::format("{} MB/s", three_digits(bytes_per_second / 1e6));
}

void print_summary(const ExtractReport& report, OnError on_error, Talk talk) {
  const double seconds = std::max(report.seconds, 1e-9);
  say("{} -> {} x {} in {:.1f} s ({} segments/s, {})\n", plural(report.recordings, "segment"),
      plural(report.rows, "row"), plural(report.feature_columns, "feature"), report.seconds,
      three_digits(static_cast<double>(report.recordings) / seconds),
      rate_in_bytes(static_cast<double>(report.total_bytes) / seconds));
  print_wrapped(stderr, "device", device_text(report));
  if (report.run.devices.size() > 1) {
    print_wrapped(stderr, "computed", work_text(report.run.devices));
  }
  print_line(stderr, "rate", rate_text(report));
  if (const std::string stages = stage_times(report.run.seconds); !stages.empty()) {
    print_wrapped(stderr, "stages",
                  fmt::format("{} (seconds, summed over {})", stages, plural(report.run.threads, "thread")));
  }
  print_wrapped(stderr, "limited by", report.limited_by);
  if (report.partial_windows_left_out > 0) {
    print_line(stderr, "windows",
               fmt::format("{} left out", plural(report.partial_windows_left_out, "partial last window")));
  }
  if (report.rows_without_label > 0 || report.labels_without_row > 0) {
    print_line(stderr, "labels",
               fmt::format("{} without a label, {} without a row", plural(report.rows_without_label, "row"),
                           plural(report.labels_without_row, "label")));
  }
  print_problems(stderr, "left out", report.left_out, talk, {});
  print_problems(stderr, on_error == OnError::kNan ? "null rows" : "skipped", report.skipped, talk,
                 error_list_path(report.output));
  std::error_code error;
  const auto bytes = std::filesystem::file_size(report.output, error);
  print_line(
      stderr, "table",
      fmt::format("{}, {}", report.output, error ? "size unknown" : bytes_text(static_cast<std::int64_t>(bytes))));
}

void print_dry_run(const ExtractReport& report, Talk talk) {
  fmt::print("{}, {} -> {} x {}\n", plural(report.recordings, "segment"), bytes_text(report.total_bytes),
             plural(report.rows, "row"), plural(report.feature_columns, "feature"));
  print_line(stdout, "rate", rate_text(report));
  print_wrapped(stdout, "device", device_text(report));
  print_line(stdout, "time", fmt::format("about {}", duration_text(std::max(1.0, report.estimated_seconds))));
  print_line(stdout, "memory", fmt::format("about {}", bytes_text(report.estimated_memory_bytes)));
  print_problems(stdout, "left out", report.left_out, talk, {});
  print_problems(stdout, "skipped", report.skipped, talk, {});
  print_line(stdout, "table", report.output.empty() ? "none named" : report.output);
  fmt::print("nothing was written\n");
}

}  // namespace

int run_extract(int argc, const char* const* argv) {
  cxxopts::Options options = make_options();
  const cxxopts::ParseResult parsed = options.parse(argc, argv);
  if (parsed.count("help") > 0) {
    fmt::print("{}\n", options.help({"Input", "Output", "Features", "Spectra", "Machine", "Messages"}));
    return kSuccess;
  }
  const Talk talk = parsed.count("quiet") > 0     ? Talk::kQuiet
                    : parsed.count("verbose") > 0 ? Talk::kVerbose
                                                  : Talk::kNormal;
  const ExtractOptions job = extract_options(parsed);
  const ProgressMode mode = parse_progress_mode(text_option(parsed, "progress"));
  ProgressPrinter printer(talk == Talk::kQuiet || job.dry_run ? ProgressMode::kNever : mode);

  const Interrupt interrupt;
  const ExtractHooks hooks{.message =
                               [&](const std::string& line) {
                                 if (talk != Talk::kQuiet || line.starts_with("warning: ")) {
                                   printer.message(line);
                                 }
                               },
                           .progress = [&](const Progress& progress) { printer.update(progress); },
                           .stop = interrupt.token()};
  ExtractReport report;
  try {
    report = extract(job, hooks);
  } catch (const Cancelled&) {
    printer.clear();
    say("pumice: stopped; no table was written\n");
    return kSignalled + interrupt.signal();
  }
  printer.clear();
  if (job.dry_run) {
    print_dry_run(report, talk);
    return report.skipped.empty() ? kSuccess : kSomeSkipped;
  }
  if (talk != Talk::kQuiet) {
    print_summary(report, job.on_error, talk);
  }
  return report.skipped.empty() ? kSuccess : kSomeSkipped;
}

}  // namespace pumice::cli
