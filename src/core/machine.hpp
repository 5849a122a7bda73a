/// What the control group (a container's limits) leaves of the machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace pumice {

struct ControlGroupLimits {
  std::optional<double> cpus;          ///< quota over period; none: not limited
  std::optional<std::int64_t> memory;  ///< bytes; none: not limited
};

/// The tightest limits from this process's group up to the root, versions 1 and 2.
/// `membership`: /proc/self/cgroup; `mount`: /sys/fs/cgroup.
[[nodiscard]] ControlGroupLimits read_control_group_limits(const std::filesystem::path& membership,
                                                           const std::filesystem::path& mount);

}  // namespace pumice
