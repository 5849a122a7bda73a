/// `pumice devices`: what this machine can compute on, and why not on the rest.
#include <fmt/core.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "pumice/backend.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

cxxopts::Options devices_options() {
  cxxopts::Options options("pumice devices", "Lists what `--device` can name on this machine.\n");
  options.custom_help("[options]");
  options.set_width(100);
  // clang-format off
  options.add_options()
      ("format", "text or json", cxxopts::value<std::string>()->default_value("text"), "FORMAT")
      ("h,help", "this help");
  // clang-format on
  return options;
}

void print_text(const std::vector<DeviceInfo>& devices) {
  std::size_t width = 0;
  for (const DeviceInfo& device : devices) {
    width = std::max(width, device.name.size());
  }
  for (const DeviceInfo& device : devices) {
    std::string line = device.description;
    if (!device.usable) {
      line += fmt::format("{}not usable: {}", line.empty() ? "" : "; ", device.reason);
    }
    fmt::print("{:<{}}  {}\n", device.name, width, line);
  }
}

void print_json(const std::vector<DeviceInfo>& devices) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const DeviceInfo& device : devices) {
    list.push_back({{"name", device.name},
                    {"description", device.description},
                    {"usable", device.usable},
                    {"reason", device.reason}});
  }
  fmt::print("{}\n", list.dump(2));
}

}  // namespace

int run_devices(int argc, const char* const* argv) {
  cxxopts::Options parser = devices_options();
  const cxxopts::ParseResult given = parser.parse(argc, argv);
  if (given.count("help") != 0) {
    fmt::print("{}", parser.help());
    return kSuccess;
  }
  if (!given.unmatched().empty()) {
    throw UsageError(fmt::format("devices takes no arguments, but was given `{}`", given.unmatched().front()));
  }
  const auto format = given["format"].as<std::string>();
  if (format != "text" && format != "json") {
    throw UsageError(fmt::format("unknown format `{}`: use text or json", format));
  }
  const std::vector<DeviceInfo> devices = list_devices();
  format == "json" ? print_json(devices) : print_text(devices);
  return kSuccess;
}

}  // namespace pumice::cli
