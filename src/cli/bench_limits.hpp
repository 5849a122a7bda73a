/// What `pumice bench` measures beside pumice: what the files and the machine allow.
#pragma once

#include <vector>

#include "cli/bench_report.hpp"
#include "pumice/extract.hpp"
#include "pumice/source.hpp"

namespace pumice::cli {

/// Reads and decodes the files `runs` times. The files come into the page cache first.
[[nodiscard]] ReadLimits measure_limits(const Discovery& discovery, const ExtractOptions& options, int runs);

/// Seconds that several threads take to read all files, a file a thread, each into memory of its own that is more than
/// a processor's caches hold.
[[nodiscard]] double read_in_parallel(const std::vector<Recording>& recordings, int threads);

}  // namespace pumice::cli
