/// What `pumice bench` measures beside pumice: what the files and the machine allow.
#pragma once

#include "cli/bench_report.hpp"
#include "pumice/extract.hpp"
#include "pumice/source.hpp"

namespace pumice::cli {

/// Reads and decodes the files `runs` times. The files come into the page cache first.
[[nodiscard]] ReadLimits measure_limits(const Discovery& discovery, const ExtractOptions& options, int runs);

}  // namespace pumice::cli
