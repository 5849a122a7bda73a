/// The limits of a GPU in `pumice bench`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/bench_limits.hpp"
#include "core/cuda_limits.hpp"
#include "pumice/extract.hpp"
#include "pumice/source.hpp"

namespace pumice::cli {

/// Of the first GPU that `devices` names, with the start of a run of these files, and reading them `runs` times; null
/// where none is named. To be called before this process has a second thread, or CUDA: what starting CUDA costs is
/// seen once. Throws UsageError as the run would.
[[nodiscard]] std::optional<MeasuredCuda> measure_cuda_limits(const std::vector<std::string>& devices,
                                                              const Discovery& discovery, const DecodedFiles& files,
                                                              const ExtractOptions& options, int runs);

}  // namespace pumice::cli
