#include "core/extract_output.hpp"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/error_list.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

/// What the run would replace or remove, and is there now.
struct Target {
  std::string path;
  struct stat status;
};

std::vector<Target> targets_of(const std::string& output) {
  std::vector<Target> targets;
  for (const std::string& path : {output, error_list_path(output), output + ".meta.json"}) {
    Target target{.path = path, .status = {}};
    if (stat(path.c_str(), &target.status) == 0 && S_ISREG(target.status.st_mode)) {
      targets.push_back(target);
    }
  }
  return targets;
}

/// The target that is the same file as `path`, or none.
const Target* find(const std::vector<Target>& targets, const std::string& path) {
  struct stat status {};
  if (targets.empty() || stat(path.c_str(), &status) != 0) {
    return nullptr;
  }
  const auto found = std::find_if(targets.begin(), targets.end(), [&](const Target& target) {
    return target.status.st_dev == status.st_dev && target.status.st_ino == status.st_ino;
  });
  return found == targets.end() ? nullptr : &*found;
}

bool is_other_table(const Source& source, const Recording& recording) {
  DecodedRecording decoded;
  StageSeconds seconds;
  const auto problem = source.make_decoder()->decode(recording, decoded, seconds);
  return !recording.named && problem && problem->other_table;
}

void refuse(const Target& target, const std::string& what, const std::string& path) {
  throw UsageError(fmt::format("the run would write over {}, which is {}{}: choose another `-o`", target.path, what,
                               path == target.path ? "" : fmt::format(" ({})", path)));
}

}  // namespace

void refuse_overwriting(const ExtractOptions& options, const Discovery& discovery, const Source& source) {
  if (options.output.empty()) {
    return;
  }
  const std::vector<Target> targets = targets_of(options.output);
  for (const auto& [path, what] :
       {std::pair(options.labels, "the table of `--labels`"), std::pair(options.like, "the table of `--like`")}) {
    if (const Target* target = path ? find(targets, *path) : nullptr) {
      refuse(*target, what, *path);
    }
  }
  for (const std::string& path : options.features_files) {
    if (const Target* target = find(targets, path)) {
      refuse(*target, "the file of `--features`", path);
    }
  }
  for (const Recording& recording : discovery.recordings) {
    if (const Target* target = find(targets, recording.path); target != nullptr && !is_other_table(source, recording)) {
      refuse(*target, "an input", recording.path);
    }
  }
}

}  // namespace pumice
