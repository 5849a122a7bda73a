#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "core/cuda_module.hpp"
#include "core/module.hpp"
#include "pumice/backend.hpp"
#include "pumice/error.hpp"

namespace pumice {

namespace {

/// What opening the driver, making a context and loading the kernels cost, in seconds of CPU work not done meanwhile.
constexpr double kCudaStartUp = 0.5;

/// "0.1 s", "0.02 s", "under 0.01 s": short, and never "0 s".
std::string seconds_text(double seconds) {
  return seconds < 0.01 ? "under 0.01 s" : fmt::format("{:.{}f} s", seconds, seconds < 0.1 ? 2 : 1);
}

}  // namespace

DeviceRequest parse_device(std::string_view text) {
  using Kind = DeviceRequest::Kind;
  if (text == "auto") {
    return {Kind::kAuto, 0};
  }
  if (text == "cpu") {
    return {Kind::kCpu, 0};
  }
  if (text == "cuda") {
    return {Kind::kCuda, 0};
  }
  constexpr std::string_view kPrefix = "cuda:";
  if (text.starts_with(kPrefix)) {
    const std::string_view number = text.substr(kPrefix.size());
    int ordinal = -1;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), ordinal);
    if (error == std::errc{} && end == number.data() + number.size() && ordinal >= 0) {
      return {Kind::kCuda, ordinal};
    }
  }
  throw UsageError(fmt::format("unknown device `{}`: use auto, cpu, cuda or cuda:N", text));
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

std::unique_ptr<Backend> make_cuda_backend(int ordinal, const std::string& module_directory) {
  const Module module = open_module("cuda", module_directory);
  return std::unique_ptr<Backend>(module.function<MakeCudaBackend>(kMakeCudaBackend)(ordinal));
}

ChosenBackend choose_backend(const DeviceRequest& request, double cpu_seconds, const std::string& module_directory,
                             Simd simd) {
  const auto cpu = [simd](const std::string& why) {
    return ChosenBackend{make_cpu_backend(simd), fmt::format("cpu: {}", why)};
  };
  const auto cuda = [&](int ordinal) {
    ChosenBackend chosen{make_cuda_backend(ordinal, module_directory), {}};
    chosen.reason = fmt::format("{} {}", chosen.backend->name(), chosen.backend->description());
    return chosen;
  };
  switch (request.kind) {
    case DeviceRequest::Kind::kCpu:
      return cpu("asked for");
    case DeviceRequest::Kind::kCuda:
      try {
        return cuda(request.ordinal);
      } catch (const UnavailableError& error) {
        throw UnavailableError(fmt::format("cuda:{} cannot be used: {}", request.ordinal, error.what()));
      }
    case DeviceRequest::Kind::kAuto:
      break;
  }
  if (!find_module("cuda", module_directory)) {
    return cpu("built without CUDA: there is no libpumice_cuda.so");
  }
  if (cpu_seconds < kCudaStartUp) {
    return cpu(fmt::format("{} of work is less than CUDA's start-up", seconds_text(cpu_seconds)));
  }
  try {
    return cuda(0);
  } catch (const UnavailableError& error) {
    return cpu(error.what());
  } catch (const CudaError& error) {
    return cpu(error.what());
  }
}

}  // namespace pumice
