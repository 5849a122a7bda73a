#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/cuda_module.hpp"
#include "core/late_backend.hpp"
#include "core/module.hpp"
#include "pumice/backend.hpp"
#include "pumice/device_memory.hpp"
#include "pumice/engine.hpp"
#include "pumice/error.hpp"

namespace pumice {

namespace {

using Kind = DeviceRequest::Kind;

/// What opening the driver, making a context and loading the kernels cost, in seconds of CPU work not done meanwhile.
constexpr double kCudaStartUp = 0.5;

/// "0.1 s", "0.02 s", "under 0.01 s": short, and never "0 s".
std::string seconds_text(double seconds) {
  return seconds < 0.01 ? "under 0.01 s" : fmt::format("{:.{}f} s", seconds, seconds < 0.1 ? 2 : 1);
}

/// A whole number of at least 0, or -1.
std::int64_t whole_number(std::string_view text) {
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= 0 ? number : -1;
}

/// Parts between commas, empty ones too.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(comma + 1);
  }
}

/// GPUs of this machine. Throws UnavailableError with the cause where there is none.
int count_cuda_devices(const std::string& module_directory) {
  const Module module = open_module("cuda", module_directory);
  std::string reason;
  const int count = module.function<CountCudaDevices>(kCountCudaDevices)(reason);
  if (count == 0) {
    throw UnavailableError(reason);
  }
  return count;
}

/// True where the driver's folder shows one GPU: then it need not be asked, which takes long, how many there are. Of
/// several, it alone knows which this process may use.
bool shows_one_gpu(const std::string& folder) {
  std::error_code error;
  int gpus = 0;
  for (std::filesystem::directory_iterator entry(folder, error); !error && entry != end(entry);
       entry.increment(error)) {
    ++gpus;
  }
  return !error && gpus == 1;
}

std::vector<int> first_ordinals(int count) {
  std::vector<int> ordinals;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    ordinals.push_back(ordinal);
  }
  return ordinals;
}

std::string cuda_name(int ordinal) { return fmt::format("cuda:{}", ordinal); }

std::shared_ptr<Backend> gpu_of(int ordinal, const ChoiceOptions& options, const DeviceSettings& settings) {
  return options.warm != nullptr ? options.warm->lend(ordinal, options.module_directory, settings)
                                 : make_cuda_backend(ordinal, options.module_directory, settings);
}

ChosenBackends choose_cpu(const ChoiceOptions& options, const std::string& why) {
  ChosenBackends chosen;
  chosen.devices.push_back(make_cpu_backend(options.simd));
  chosen.reason = fmt::format("cpu: {}", why);
  return chosen;
}

ChosenBackends choose_cuda(const std::vector<int>& ordinals, const ChoiceOptions& options) {
  ChosenBackends chosen;
  const DeviceSettings settings = share_of(options.settings, ordinals.size());
  for (const int ordinal : ordinals) {
    try {
      chosen.devices.push_back(gpu_of(ordinal, options, settings));
    } catch (const UnavailableError& error) {
      throw UnavailableError(fmt::format("{} cannot be used: {}", cuda_name(ordinal), error.what()));
    }
  }
  for (const auto& device : chosen.devices) {
    chosen.reason += fmt::format("{}{} {}", chosen.reason.empty() ? "" : "; ", device->name(), device->description());
  }
  return chosen;
}

ChosenBackends choose_cuda_as_asked(const DeviceRequest& request, const ChoiceOptions& options) {
  if (!request.ordinals.empty()) {
    return choose_cuda(request.ordinals, options);
  }
  int count = 0;
  try {
    count = count_cuda_devices(options.module_directory);
  } catch (const UnavailableError& error) {
    throw UnavailableError(fmt::format("cuda cannot be used: {}", error.what()));
  }
  return choose_cuda(first_ordinals(count), options);
}

/// The CPU at once, and every GPU as soon as it has started.
ChosenBackends choose_all(const ChoiceOptions& options) {
  int count = 1;
  if (!find_module("cuda", options.module_directory) || !shows_one_gpu(options.gpu_folder)) {
    try {
      count = count_cuda_devices(options.module_directory);
    } catch (const UnavailableError& error) {
      return choose_cpu(options, fmt::format("alone ({})", error.what()));
    }
  }
  ChosenBackends chosen = choose_cpu(options, {});
  chosen.spare = make_cpu_backend(options.simd);
  chosen.reason = fmt::format("all: the CPU, and {} GPU{} as soon as CUDA has started", count, count == 1 ? "" : "s");
  const DeviceSettings settings = share_of(options.settings, static_cast<std::size_t>(count));
  for (const int ordinal : first_ordinals(count)) {
    chosen.devices.push_back(std::make_shared<LateBackend>(
        cuda_name(ordinal), [ordinal, options, settings] { return gpu_of(ordinal, options, settings); }));
  }
  return chosen;
}

ChosenBackends choose_by_itself(const ChoiceOptions& options) {
  if (!find_module("cuda", options.module_directory)) {
    return choose_cpu(options, "built without CUDA: there is no libpumice_cuda.so");
  }
  // Where samples lie on a GPU, CUDA has started already.
  const bool is_worth_it = options.cpu_seconds >= kCudaStartUp || options.resident_on >= 0;
  if (!is_worth_it && !options.settings.faults.any()) {
    return choose_cpu(options,
                      fmt::format("{} of work is less than CUDA's start-up", seconds_text(options.cpu_seconds)));
  }
  std::string why_not;
  try {
    ChosenBackends chosen;
    chosen.devices.push_back(gpu_of(std::max(0, options.resident_on), options, options.settings));
    chosen.reason = fmt::format("{} {}", chosen.devices[0]->name(), chosen.devices[0]->description());
    chosen.spare = make_cpu_backend(options.simd);
    return chosen;
  } catch (const UnavailableError& error) {
    why_not = error.what();
  } catch (const CudaError& error) {
    why_not = error.what();
  }
  return choose_cpu(options, why_not);
}

}  // namespace

DeviceRequest parse_device(std::string_view text) {
  if (text == "auto") {
    return {Kind::kAuto};
  }
  if (text == "cpu") {
    return {Kind::kCpu};
  }
  if (text == "all") {
    return {Kind::kAll};
  }
  if (text == "cuda") {
    return {Kind::kCuda, {0}};
  }
  if (text == "cuda:all") {
    return {Kind::kCuda};
  }
  constexpr std::string_view kPrefix = "cuda:";
  const auto refuse = [&] {
    throw UsageError(fmt::format(
        "unknown device `{}`: use auto, cpu, cuda or cuda:N, cuda:0,1 or cuda:all for several, or all", text));
  };
  if (!text.starts_with(kPrefix)) {
    refuse();
  }
  DeviceRequest request{Kind::kCuda};
  for (const std::string_view part : parts_of(text.substr(kPrefix.size()))) {
    const std::int64_t number = whole_number(part);
    if (number < 0 || number > INT32_MAX) {
      refuse();
    }
    const auto ordinal = static_cast<int>(number);
    if (std::find(request.ordinals.begin(), request.ordinals.end(), ordinal) != request.ordinals.end()) {
      throw UsageError(fmt::format("`{}` names GPU {} twice", text, ordinal));
    }
    request.ordinals.push_back(ordinal);
  }
  return request;
}

DeviceFaults parse_faults(std::string_view text) {
  DeviceFaults faults;
  for (const std::string_view part : parts_of(text)) {
    const std::size_t colon = part.find(':');
    const std::string_view kind = part.substr(0, colon);
    const std::int64_t number = colon == std::string_view::npos ? -1 : whole_number(part.substr(colon + 1));
    if (part == "pinned") {
      faults.refuses_pinned = true;
    } else if (kind == "memory" && number >= 0 && number <= INT32_MAX) {
      faults.largest_batch = static_cast<int>(number);
    } else if (kind == "error" && number >= 0) {
      faults.failing_batch = number;
    } else if (kind == "fatal" && number >= 0) {
      faults.fatal_batch = number;
    } else if (kind == "counters" && number >= 0) {
      faults.counter_bytes = number;
    } else {
      throw UsageError(
          fmt::format("unknown fault `{}`: use memory:N, error:N, fatal:N, counters:BYTES or pinned", part));
    }
  }
  return faults;
}

std::vector<DeviceInfo> list_devices(const std::string& module_directory) {
  std::vector<DeviceInfo> devices;
  const auto cpu = make_cpu_backend();
  devices.push_back({.name = cpu->name(), .description = cpu->description(), .usable = true, .reason = {}});
  try {
    const Module module = open_module("cuda", module_directory);
    module.function<ListCudaDevices>(kListCudaDevices)(devices);
  } catch (const UnavailableError& error) {
    devices.push_back({.name = "cuda", .description = {}, .usable = false, .reason = error.what()});
  }
  return devices;
}

std::unique_ptr<Backend> make_cuda_backend(int ordinal, const std::string& module_directory,
                                           const DeviceSettings& settings) {
  const Module module = open_module("cuda", module_directory);
  return std::unique_ptr<Backend>(module.function<MakeCudaBackend>(kMakeCudaBackend)(ordinal, settings));
}

DeviceMemory open_device_memory(const std::string& module_directory) {
  const Module module = open_module("cuda", module_directory);
  DeviceMemory memory;
  module.function<GetDeviceMemory>(kGetDeviceMemory)(memory);
  return memory;
}

DeviceSettings share_of(DeviceSettings settings, std::size_t devices) {
  // Of the host's memory: locked pages are lost to everybody else.
  constexpr std::int64_t kHostShare = 8;
  const std::int64_t all = settings.pinned_bytes > 0 ? settings.pinned_bytes : usable_memory_bytes() / kHostShare;
  settings.pinned_bytes = std::max<std::int64_t>(1, all / static_cast<std::int64_t>(std::max<std::size_t>(1, devices)));
  return settings;
}

std::string ChosenBackends::name() const {
  std::string text;
  for (const auto& device : devices) {
    text += text.empty() ? "" : "+";
    text += device->name();
  }
  return text;
}

std::string ChosenBackends::description() const {
  std::string text;
  for (const auto& device : devices) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", device->name(), device->description());
  }
  return text;
}

ChosenBackends choose_backends(const DeviceRequest& request, const ChoiceOptions& options) {
  switch (request.kind) {
    case Kind::kCpu:
      return choose_cpu(options, "asked for");
    case Kind::kCuda:
      return choose_cuda_as_asked(request, options);
    case Kind::kAll:
      return choose_all(options);
    case Kind::kAuto:
      break;
  }
  return choose_by_itself(options);
}

}  // namespace pumice
