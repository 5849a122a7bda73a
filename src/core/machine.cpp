#include "core/machine.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "pumice/engine.hpp"

namespace pumice {
namespace {

namespace fs = std::filesystem;

/// A group without a limit of its own (version 1) reports a number near 2^63.
constexpr std::int64_t kUnlimitedMemory = std::int64_t{1} << 60;

/// The first two words of a file; empty where there are none.
std::pair<std::string, std::string> first_words(const fs::path& path) {
  std::ifstream file(path);
  std::string first;
  std::string second;
  file >> first >> second;
  return {first, second};
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

void lower_cpus(ControlGroupLimits& limits, const std::string& quota, const std::string& period) {
  const auto quota_us = to_integer(quota);
  const auto period_us = to_integer(period);
  if (quota_us && period_us && *quota_us > 0 && *period_us > 0) {
    const double cpus = static_cast<double>(*quota_us) / static_cast<double>(*period_us);
    limits.cpus = std::min(cpus, limits.cpus.value_or(cpus));
  }
}

void lower_memory(ControlGroupLimits& limits, const std::string& text) {
  const auto bytes = to_integer(text);
  if (bytes && *bytes > 0 && *bytes < kUnlimitedMemory) {
    limits.memory = std::min(*bytes, limits.memory.value_or(*bytes));
  }
}

/// Calls `visit` with the group's folder below `mount` and with each of its parents, `mount` included. In a container
/// the group's path may be the host's and absent here: then only what exists counts.
template <class Visit>
void for_each_ancestor(const fs::path& mount, std::string_view group, Visit visit) {
  fs::path folder = mount / fs::path(group).relative_path();
  while (folder != mount && folder.has_relative_path()) {
    visit(folder);
    folder = folder.parent_path();
  }
  visit(mount);
}

bool has_controller(std::string_view controllers, std::string_view wanted) {
  while (!controllers.empty()) {
    const std::size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == wanted) {
      return true;
    }
    controllers = comma == std::string_view::npos ? std::string_view{} : controllers.substr(comma + 1);
  }
  return false;
}

int affinity_cpus() {
  for (int capacity = 1024; capacity <= 1 << 20; capacity *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(capacity), [](cpu_set_t* p) { CPU_FREE(p); });
    const std::size_t bytes = CPU_ALLOC_SIZE(capacity);
    if (set && sched_getaffinity(0, bytes, set.get()) == 0) {
      return std::max(1, CPU_COUNT_S(bytes, set.get()));
    }
  }
  return std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
}

/// Asked once: it takes dozens of files, and short runs in one process are many.
const ControlGroupLimits& own_limits() {
  static const ControlGroupLimits limits = read_control_group_limits("/proc/self/cgroup", "/sys/fs/cgroup");
  return limits;
}

}  // namespace

ControlGroupLimits read_control_group_limits(const fs::path& membership, const fs::path& mount) {
  ControlGroupLimits limits;
  std::ifstream file(membership);
  std::string line;
  while (std::getline(file, line)) {
    // "0::/group" (version 2) or "4:cpu,cpuacct:/group" (version 1)
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      for_each_ancestor(mount, group, [&](const fs::path& folder) {
        const auto [quota, period] = first_words(folder / "cpu.max");
        lower_cpus(limits, quota, period);
        lower_memory(limits, first_words(folder / "memory.max").first);
      });
      continue;
    }
    if (has_controller(controllers, "cpu")) {
      for (const fs::path& controller : {mount / "cpu", mount / "cpu,cpuacct"}) {
        for_each_ancestor(controller, group, [&](const fs::path& folder) {
          lower_cpus(limits, first_words(folder / "cpu.cfs_quota_us").first,
                     first_words(folder / "cpu.cfs_period_us").first);
        });
      }
    }
    if (has_controller(controllers, "memory")) {
      for_each_ancestor(mount / "memory", group, [&](const fs::path& folder) {
        lower_memory(limits, first_words(folder / "memory.limit_in_bytes").first);
      });
    }
  }
  return limits;
}

int usable_cpus() {
  const int cpus = affinity_cpus();
  const auto quota = own_limits().cpus;
  return quota ? std::clamp(static_cast<int>(std::ceil(*quota)), 1, cpus) : cpus;
}

std::int64_t usable_memory_bytes() {
  const std::int64_t machine =
      static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::int64_t>(sysconf(_SC_PAGESIZE));
  return std::min(machine, own_limits().memory.value_or(std::numeric_limits<std::int64_t>::max()));
}

}  // namespace pumice
