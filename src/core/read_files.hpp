/// Reading files as fast as the system gives them, which is what no run can beat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pumice {

struct FilesRead {
  double seconds = 0;
  std::int64_t bytes = 0;
};

/// Reads all files by `threads` threads with pread, a file a thread, each into a share of `memory` of its own: pieces
/// of a megabyte at most, one after the other, so that they go to memory where it is more than the processor's caches
/// hold. `memory` has at least a byte a thread. A file that cannot be opened has no bytes.
[[nodiscard]] FilesRead read_files(const std::vector<std::string>& paths, int threads, std::span<std::byte> memory);

}  // namespace pumice
