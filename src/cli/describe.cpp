/// `pumice describe`: what a bunch of files holds, and how to extract features from it.
#include "core/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cxxopts.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>
#include <vector>

#include "cli/commands.hpp"
#include "cli/feature_text.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/quantity.hpp"
#include "core/extract_settings.hpp"
#include "core/printable_text.hpp"
#include "pumice/table.hpp"

namespace pumice::cli {
namespace {

namespace fs = std::filesystem;

/// All that is known about the input.
struct Findings {
  std::string arguments;  ///< the input, as `pumice extract` takes it
  Discovery discovery;
  Description description;
  SampleRate rate;
  std::string labels;  ///< a table of labels that fits; empty where none was found
};

cxxopts::Options describe_options() {
  cxxopts::Options options(
      "pumice describe",
      "Looks at every sample of the input: what each channel holds, what is missing, what is wrong.\n"
      "Ends with the `pumice extract` command that fits.\n");
  options.set_width(100);
  add_input_options(options);
  add_machine_options(options, WithDevice::kNo);
  options.add_options("Messages")("format", "text or json", cxxopts::value<std::string>()->default_value("text"),
                                  "FORMAT")("progress", "auto: a bar on a terminal, else a line every 10 s",
                                            cxxopts::value<std::string>()->default_value("auto"),
                                            "auto|always|never")("h,help", "this text");
  return options;
}

/// `text` as one word of a POSIX shell.
std::string shell_word(const std::string& text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c >= 0x80 ||
           std::string_view("_-./,:=@%+").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) {
    return text;
  }
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

/// The input and how to read it, as it was given: what `pumice extract` has to be told, too.
std::string input_arguments(const cxxopts::ParseResult& given) {
  std::string text;
  for (const cxxopts::KeyValue& argument : given.arguments()) {
    if (argument.key() == "input") {
      text += (text.empty() ? "" : " ") + shell_word(argument.value());
    }
  }
  for (const cxxopts::KeyValue& argument : given.arguments()) {
    if (argument.key() == "recursive") {
      text += " --recursive";
    } else if (argument.key() != "input" && argument.key() != "format" && argument.key() != "progress" &&
               argument.key() != "threads" && argument.key() != "memory") {
      text += fmt::format(" --{} {}", argument.key(), shell_word(argument.value()));
    }
  }
  return text;
}

/// Whether `path` is a table one of whose columns holds most of the recordings' ids.
bool labels_fit(const std::string& path, const std::vector<Recording>& recordings) {
  try {
    const Table table = read_table(path);
    if (table.schema.columns.size() < 2) {
      return false;
    }
    const TableColumn& first = table.schema.columns.front();
    const ColumnValues& values = table.data.columns.front();
    std::unordered_set<std::string> ids;
    for (const std::int64_t id : values.integers) {
      ids.insert(std::to_string(id));
    }
    ids.insert(values.texts.begin(), values.texts.end());
    const auto known = std::count_if(recordings.begin(), recordings.end(),
                                     [&](const Recording& recording) { return ids.count(recording.id) != 0; });
    return first.type != ColumnType::kNumber && 2 * known > static_cast<std::ptrdiff_t>(recordings.size());
  } catch (const Error&) {
    return false;
  }
}

/// train.csv beside train/, or another of the usual places.
std::string find_labels(const DiscoveryOptions& options, const Discovery& discovery) {
  std::vector<fs::path> candidates;
  for (const std::string& input : options.inputs) {
    if (std::error_code error; fs::is_directory(input, error)) {
      const fs::path directory = fs::path(input) / "";
      const fs::path name = directory.parent_path().filename();
      const fs::path beside = directory.parent_path().parent_path();
      candidates.insert(candidates.end(), {beside / (name.string() + ".csv"), beside / "train.csv",
                                           beside / "labels.csv", directory / "train.csv", directory / "labels.csv"});
    }
  }
  for (const InputProblem& problem : discovery.left_out) {
    candidates.emplace_back(problem.path);
  }
  constexpr std::uintmax_t kLargest = 100'000'000;
  for (const fs::path& candidate : candidates) {
    std::error_code none;
    if (candidate.extension() == ".csv" && fs::is_regular_file(candidate, none) &&
        fs::file_size(candidate, none) <= kLargest && labels_fit(candidate.string(), discovery.recordings)) {
      return candidate.lexically_normal().string();
    }
  }
  return {};
}

std::string suggested_command(const Findings& findings) {
  std::string output = "features.parquet";
  try {
    check_table_path(output);
  } catch (const Error&) {
    output = "features.csv";
  }
  std::string command = fmt::format("pumice extract {} -o {}", findings.arguments, output);
  if (!findings.labels.empty()) {
    command += fmt::format(" --labels {}", shell_word(findings.labels));
  }
  if (findings.rate.hz <= 0) {
    command += " --sample-rate HZ";
  }
  return command;
}

/// Sentences on what to decide before extracting.
std::vector<std::string> hints(const Findings& findings) {
  std::vector<std::string> lines;
  const Description& d = findings.description;
  if (findings.rate.hz <= 0) {
    lines.emplace_back(
        "The sampling rate is not known: put it in place of HZ, or choose features that need none "
        "(--features basic).");
  }
  if (d.recordings_with_blanks > 0) {
    lines.push_back(
        fmt::format("{} of {} have missing samples. They are left out of statistics and bridged in spectra; "
                    "--missing zero takes them as 0, as the Dask notebook does.",
                    grouped(d.recordings_with_blanks), counted(d.recordings, "segment")));
  }
  if (d.recordings_with_infinities > 0) {
    lines.push_back(fmt::format("{} infinite samples, which count as missing.",
                                d.recordings_with_infinities == 1
                                    ? "1 segment has"
                                    : fmt::format("{} segments have", grouped(d.recordings_with_infinities))));
  }
  return lines;
}

std::string size_text(const Findings& findings) {
  const Description& d = findings.description;
  const bool alike = d.fewest_rows == d.most_rows;
  std::string text = fmt::format("{}, {}, {}", counted(d.recordings, "segment"),
                                 counted(static_cast<std::int64_t>(d.channels.size()), "channel"),
                                 bytes_text(findings.discovery.total_bytes));
  text += alike ? fmt::format("\n{} a segment", counted(d.most_rows, "row"))
                : fmt::format("\n{} to {} rows a segment, {} in all", grouped(d.fewest_rows), grouped(d.most_rows),
                              grouped(d.rows));
  if (findings.rate.hz > 0) {
    text += fmt::format(" at {:g} Hz ({})", findings.rate.hz, findings.rate.reason);
    text += alike ? fmt::format(": {}", duration_text(static_cast<double>(d.most_rows) / findings.rate.hz)) : "";
  } else {
    text += ", sampling rate not known";
  }
  return text + "\n";
}

using Row = std::vector<std::string>;

/// The first column to the left, the others to the right.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t k = 0; k < row.size(); ++k) {
      widths[k] = std::max(widths[k], row[k].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    text += fmt::format("{:<{}}", row.front(), widths.front());
    for (std::size_t k = 1; k < row.size(); ++k) {
      text += fmt::format("  {:>{}}", row[k], widths[k]);
    }
    text += '\n';
  }
  return text;
}

std::string channel_table(const Description& description) {
  std::vector<Row> rows{{"channel", "missing", "absent in", "constant in", "min", "max", "mean", "std"}};
  for (const ChannelDescription& channel : description.channels) {
    rows.push_back({channel.name, share_text(channel.missing, channel.samples), grouped(channel.wholly_missing),
                    grouped(channel.constant), number_text(channel.minimum), number_text(channel.maximum),
                    number_text(channel.mean), number_text(channel.standard_deviation)});
  }
  return aligned(rows) +
         "\nmissing: share of the samples. absent in, constant in: segments without a sample of the channel, or\n"
         "with one value only. min, max, mean, std: over all samples.\n";
}

/// The first ten of a list, and how many there are besides.
std::string problem_list(const std::vector<InputProblem>& problems) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t k = 0; k < std::min(kShown, problems.size()); ++k) {
    text += fmt::format("  {}\n", problems[k].message());
  }
  if (problems.size() > kShown) {
    text += fmt::format("  and {} more\n", grouped(static_cast<std::int64_t>(problems.size() - kShown)));
  }
  return text;
}

std::string as_text(const Findings& findings) {
  const Description& d = findings.description;
  std::string text = size_text(findings);
  for (const std::string& note : findings.discovery.notes) {
    text += note + "\n";
  }
  if (d.recordings > 0) {
    text += "\n" + channel_table(d);
  }
  if (!d.problems.empty()) {
    text += fmt::format("\n{} cannot be used:\n{}", counted(static_cast<std::int64_t>(d.problems.size()), "file"),
                        problem_list(d.problems));
  }
  if (!findings.discovery.left_out.empty()) {
    text += fmt::format("\nLeft out, {}:\n{}",
                        counted(static_cast<std::int64_t>(findings.discovery.left_out.size()), "file"),
                        problem_list(findings.discovery.left_out));
  }
  if (d.recordings == 0) {
    return text + "\nNo file can be used as it is.\n";
  }
  text += '\n';
  for (const std::string& hint : hints(findings)) {
    for (const std::string& line : wrapped(hint, 100)) {
      text += line + "\n";
    }
  }
  return text + fmt::format("\nTo extract features:\n\n    {}\n", suggested_command(findings));
}

nlohmann::ordered_json problems_json(const std::vector<InputProblem>& problems) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const InputProblem& problem : problems) {
    nlohmann::ordered_json json{{"path", printable_text(problem.path)}, {"reason", printable_text(problem.reason)}};
    if (problem.row) {
      json["row"] = *problem.row;
    }
    if (problem.column) {
      json["column"] = *problem.column;
    }
    list.push_back(json);
  }
  return list;
}

std::string as_json(const Findings& findings) {
  using Json = nlohmann::ordered_json;
  const Description& d = findings.description;
  Json channels = Json::array();
  for (const ChannelDescription& channel : d.channels) {
    const auto samples = static_cast<double>(channel.samples);
    channels.push_back(Json{{"name", channel.name},
                            {"samples", channel.samples},
                            {"missing", channel.missing},
                            {"missing_share", samples > 0 ? static_cast<double>(channel.missing) / samples : 0.0},
                            {"wholly_missing", channel.wholly_missing},
                            {"constant", channel.constant},
                            {"minimum", channel.minimum},
                            {"maximum", channel.maximum},
                            {"mean", channel.mean},
                            {"std", channel.standard_deviation}});
  }
  const Json json{{"segments", d.recordings},
                  {"bytes", findings.discovery.total_bytes},
                  {"rows", {{"total", d.rows}, {"fewest", d.fewest_rows}, {"most", d.most_rows}}},
                  {"sample_rate", findings.rate.hz > 0 ? Json(findings.rate.hz) : Json()},
                  {"sample_rate_reason", findings.rate.reason},
                  {"segments_with_missing", d.recordings_with_blanks},
                  {"channels", channels},
                  {"problems", problems_json(d.problems)},
                  {"left_out", problems_json(findings.discovery.left_out)},
                  {"notes", findings.discovery.notes},
                  {"hints", d.recordings > 0 ? Json(hints(findings)) : Json::array()},
                  {"labels", findings.labels.empty() ? Json() : Json(findings.labels)},
                  {"command", d.recordings > 0 ? Json(suggested_command(findings)) : Json()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

int run_describe(int argc, const char* const* argv) {
  cxxopts::Options parser = describe_options();
  const cxxopts::ParseResult given = parser.parse(argc, argv);
  if (given.count("help") != 0) {
    fmt::print("{}\n", parser.help());
    return kSuccess;
  }
  const auto format = given["format"].as<std::string>();
  if (format != "text" && format != "json") {
    throw UsageError(fmt::format("--format is text or json, not `{}`", format));
  }
  const MachineOptions machine = machine_options(given);
  ExtractOptions options;
  options.input = input_options(given);
  Findings findings{.arguments = input_arguments(given),
                    .discovery = discover(options.input),
                    .description = {},
                    .rate = {},
                    .labels = {}};
  const std::unique_ptr<Source> source =
      open_source(findings.discovery, options.input.format, findings.discovery.shape.sample_rate, machine.simd);
  const int threads = machine.threads;
  const Interrupt interrupt;
  try {
    ProgressPrinter printer(parse_progress_mode(given["progress"].as<std::string>()));
    findings.description = describe(
        *source, threads > 0 ? threads : usable_cpus(), [&](const Progress& progress) { printer.update(progress); },
        interrupt.token());
  } catch (const Cancelled&) {
    return kSignalled + interrupt.signal();
  }
  std::vector<InputProblem>& problems = findings.description.problems;
  problems.insert(problems.begin(), findings.discovery.unusable.begin(), findings.discovery.unusable.end());
  findings.rate =
      resolve_sample_rate(options, resolve_settings(options), findings.discovery.shape, findings.description.most_rows);
  findings.labels = find_labels(options.input, findings.discovery);
  fmt::print("{}", format == "json" ? as_json(findings) : as_text(findings));
  if (findings.description.recordings == 0) {
    return kFailed;
  }
  return findings.description.problems.empty() ? kSuccess : kSomeSkipped;
}

}  // namespace pumice::cli
