/// What `pumice bench` measures beside pumice: what the files and the machine allow.
#pragma once

#include <vector>

#include "cli/bench_report.hpp"
#include "pumice/extract.hpp"
#include "pumice/source.hpp"

namespace pumice::cli {

/// Takes recordings that cannot be decoded out of what was found. All files come into the page cache. Throws Error
/// where none is left.
[[nodiscard]] std::vector<InputProblem> take_unusable(Discovery& discovery, const ExtractOptions& options);

/// Reads and decodes the files `runs` times; they must be usable, and in the page cache.
[[nodiscard]] ReadLimits measure_limits(const Discovery& discovery, const ExtractOptions& options, int runs);

/// Seconds that several threads take to read all files (read_files), into memory that is more than a processor's caches
/// hold, and is not page-locked.
[[nodiscard]] double read_in_parallel(const std::vector<Recording>& recordings, int threads);

}  // namespace pumice::cli
