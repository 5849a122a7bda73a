/// Options that several commands share, and how their values are read.
#pragma once

#include <cstdint>
#include <cxxopts.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "pumice/backend.hpp"
#include "pumice/source.hpp"

namespace pumice::cli {

/// Adds the positional INPUT... and, in the group "Input", what says how to read it: --recursive, --id, --channels,
/// --time-column, --header, --delimiter, --decimal, --na.
void add_input_options(cxxopts::Options& options);
/// What add_input_options' options say. Throws UsageError where there is no input.
[[nodiscard]] DiscoveryOptions input_options(const cxxopts::ParseResult& parsed);

/// Adds --threads, --simd and --memory, and --device where the command computes, in the group "Machine".
enum class WithDevice : std::uint8_t { kNo, kYes };
void add_machine_options(cxxopts::Options& options, WithDevice with_device);
/// Adds --gpu-memory, --pinned-memory and the hidden --inject.
void add_gpu_options(cxxopts::Options& options);
[[nodiscard]] DeviceSettings gpu_options(const cxxopts::ParseResult& parsed);
struct MachineOptions {
  DeviceRequest device;
  Simd simd = Simd::kAuto;
  int threads = 0;                ///< 0: the CPUs that may be used
  std::int64_t memory_bytes = 0;  ///< 0: a quarter of the machine's
};
[[nodiscard]] MachineOptions machine_options(const cxxopts::ParseResult& parsed);

/// Parts between commas; empty ones are left out.
[[nodiscard]] std::vector<std::string> split_at_commas(std::string_view text);
/// The value of an option as text; empty where it was not given.
[[nodiscard]] std::string text_option(const cxxopts::ParseResult& parsed, const std::string& name);

}  // namespace pumice::cli
