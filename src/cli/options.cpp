#include "cli/options.hpp"

#include <fmt/core.h>

#include "core/option_text.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {

void add_input_options(cxxopts::Options& options) {
  const auto text = [] { return cxxopts::value<std::string>(); };
  options.add_options("Input")("input", "", cxxopts::value<std::vector<std::string>>())(
      "recursive", "take the files below directories too")(
      "id",
      "segment ids: the file name without its endings (stem), its path, or what a regular expression finds in "
      "the path (its first group)",
      text()->default_value("stem"),
      "stem|path|REGEX")("channels", "only these channels, in this order", text(), "A,B,..")(
      "time-column",
      "the column that holds time, which is no channel; none: there is none (default: found by its name "
      "and its uniform steps)",
      text(), "NAME|none")("header", "whether the first line names the columns (default: found)", text(), "yes|no")(
      "delimiter", "what separates cells: a character, tab or space (default: found)", text(), "C")(
      "decimal", "the decimal mark (default: found)", text(), ".|,")(
      "na", "words that mean missing, besides empty, NaN, -nan, NA, N/A, None and null in any case", text(), "WORD,..");
  options.parse_positional({"input"});
  options.positional_help("INPUT...");
}

DiscoveryOptions input_options(const cxxopts::ParseResult& parsed) {
  DiscoveryOptions input;
  if (parsed.count("input") == 0) {
    throw UsageError("no input: name files, directories or patterns");
  }
  input.inputs = parsed["input"].as<std::vector<std::string>>();
  input.recursive = parsed.count("recursive") > 0;
  input.id = parse_id(parsed["id"].as<std::string>());
  input.channels = split_at_commas(text_option(parsed, "channels"));
  input.format.time_column = text_option(parsed, "time-column");
  input.format.missing_words = split_at_commas(text_option(parsed, "na"));
  if (parsed.count("header") > 0) {
    input.format.header = parse_header(text_option(parsed, "header"));
  }
  if (parsed.count("delimiter") > 0) {
    input.format.delimiter = parse_delimiter(text_option(parsed, "delimiter"));
  }
  if (parsed.count("decimal") > 0) {
    input.format.decimal = parse_decimal(text_option(parsed, "decimal"));
  }
  return input;
}

void add_machine_options(cxxopts::Options& options, WithDevice with_device) {
  if (with_device == WithDevice::kYes) {
    options.add_options("Machine")("device", "where to compute; auto: the GPU where there is one and it pays",
                                   cxxopts::value<std::string>()->default_value("auto"),
                                   "auto|cpu|cuda[:N,..|:all]|all");
  }
  options.add_options("Machine")("threads", "worker threads (default: the CPUs that this process may use)",
                                 cxxopts::value<int>(), "N")(
      "simd", "instructions for CPU work; auto: the best there are",
      cxxopts::value<std::string>()->default_value("auto"), "auto|scalar|sse4|avx2|avx512 (avx3)|neon")(
      "memory", "memory to take, as 4GiB (default: a quarter of what there is)", cxxopts::value<std::string>(),
      "BYTES");
}

void add_gpu_options(cxxopts::Options& options) {
  const auto text = [] { return cxxopts::value<std::string>(); };
  options.add_options("Machine")("gpu-memory", "memory to take of each GPU (default: most of what is free)", text(),
                                 "BYTES")(
      "pinned-memory", "page-locked host memory that copies to GPUs may go through (default: an eighth of the host's)",
      text(), "BYTES");
  options.add_options("Hidden")("inject", "faults for the GPU's backend, to test what becomes of a run", text(),
                                "memory:N|error:N|fatal:N|pinned,..");
}

DeviceSettings gpu_options(const cxxopts::ParseResult& parsed) {
  DeviceSettings settings;
  if (parsed.count("gpu-memory") > 0) {
    settings.gpu_bytes = parse_bytes(parsed["gpu-memory"].as<std::string>());
  }
  if (parsed.count("pinned-memory") > 0) {
    settings.pinned_bytes = parse_bytes(parsed["pinned-memory"].as<std::string>());
  }
  if (parsed.count("inject") > 0) {
    settings.faults = parse_faults(parsed["inject"].as<std::string>());
  }
  return settings;
}

MachineOptions machine_options(const cxxopts::ParseResult& parsed) {
  MachineOptions machine;
  if (parsed.count("device") > 0) {
    machine.device = parse_device(text_option(parsed, "device"));
  }
  if (parsed.count("threads") > 0) {
    machine.threads = check_threads(parsed["threads"].as<int>());
  }
  machine.simd = parse_simd(text_option(parsed, "simd"));
  if (parsed.count("memory") > 0) {
    machine.memory_bytes = parse_bytes(parsed["memory"].as<std::string>());
  }
  return machine;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (comma != 0) {
      parts.emplace_back(text.substr(0, comma));
    }
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return parts;
}

std::string text_option(const cxxopts::ParseResult& parsed, const std::string& name) {
  return parsed.count(name) > 0 || parsed[name].has_default() ? parsed[name].as<std::string>() : std::string();
}

}  // namespace pumice::cli
