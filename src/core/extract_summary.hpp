/// What a run will take, and what held it up.
#pragma once

#include <cstdint>
#include <string>

#include "pumice/backend.hpp"
#include "pumice/engine.hpp"
#include "pumice/plan.hpp"
#include "pumice/source.hpp"

namespace pumice {

/// How much is to be computed of what is read.
struct WorkSize {
  double coverage = 1;  ///< windows that a sample lies in
  double values = 0;    ///< of the table
};

/// Seconds of one CPU core for decoding and computing all of it, from the bytes of text and the features asked for.
[[nodiscard]] double estimate_core_seconds(const Discovery& discovery, const std::vector<std::string>& features,
                                           const WorkSize& work);

/// What to look at to learn what held a run up.
struct RunTimes {
  StageSeconds stages;     ///< summed over threads
  double engine_s = 0;     ///< from the first file read to the last row
  double total_s = 0;      ///< of the whole run: finding files, planning and finishing the table included
  std::int64_t bytes = 0;  ///< of input on disk
};

/// "disk, 2.1 GB/s", "reading from the page cache, 40.2 GB/s", "decoding, 1.3 GB/s", "compute (welch 43 %)", "writing
/// the table (70 % of the time)", or "start-up" where more time went before the first file was read than after.
/// "nothing: 20 ms in all" of a run that is too short to tell.
[[nodiscard]] std::string limited_by(const RunTimes& times);

}  // namespace pumice
