/// What a run will take, and what held it up.
#pragma once

#include <cstdint>
#include <string>

#include "pumice/backend.hpp"
#include "pumice/engine.hpp"
#include "pumice/plan.hpp"
#include "pumice/source.hpp"

namespace pumice {

/// Seconds of one CPU core for decoding and computing all of it, from the bytes of text and the features asked for.
[[nodiscard]] double estimate_core_seconds(const Discovery& discovery, const std::vector<std::string>& features);

/// "disk, 2.1 GB/s", "decoding, 1.3 GB/s", "compute (welch 43 %)", "writing the table". `bytes`: of input on disk;
/// `wall_s`: of the run.
[[nodiscard]] std::string limited_by(const StageSeconds& seconds, std::int64_t bytes, double wall_s);

}  // namespace pumice
