/// What `pumice bench` measures beside pumice: what the files and the machine allow.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/bench_report.hpp"
#include "pumice/extract.hpp"
#include "pumice/source.hpp"

namespace pumice::cli {

/// What came of decoding each file once.
struct DecodedFiles {
  std::vector<InputProblem> problems;
  std::int64_t samples = 0;       ///< of the first that can be used
  std::vector<SampleType> types;  ///< of any column
};

/// Takes recordings that cannot be decoded out of what was found. All files come into the page cache. Throws Error
/// where none is left.
[[nodiscard]] DecodedFiles take_unusable(Discovery& discovery, const ExtractOptions& options);

[[nodiscard]] std::vector<std::string> paths_of(const std::vector<Recording>& recordings);

/// Reads and decodes the files `runs` times; they must be usable, and in the page cache.
[[nodiscard]] ReadLimits measure_limits(const Discovery& discovery, const ExtractOptions& options, int runs);

/// Seconds that several threads take to read all files (read_files), into memory that is more than a processor's caches
/// hold, and is not page-locked.
[[nodiscard]] double read_in_parallel(const std::vector<Recording>& recordings, int threads);

}  // namespace pumice::cli
