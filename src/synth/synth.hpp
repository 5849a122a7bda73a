/// Synthetic data sets of the INGV set's shape: segments of text files and their labels.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace pumice {

struct SynthOptions {
  std::string directory;
  std::int64_t segments = 0;       ///< DIR/train/<id>.csv, and DIR/train.csv with their labels
  std::int64_t test_segments = 0;  ///< DIR/test/<id>.csv, and DIR/sample_submission.csv
  std::uint64_t seed = 0;
  std::int64_t samples = 60001;  ///< rows of a segment, at 100 Hz
  int sensors = 10;
  int threads = 1;
  bool overwrite = false;  ///< replace a data set that this function made
};

struct SynthReport {
  std::int64_t segments = 0;  ///< train and test
  std::int64_t bytes = 0;
  double seconds = 0;
};

/// Writes a data set; the same options give the same bytes, on every machine and with any number of threads. A file
/// appears under its name when it is complete, the labels after all segments. `observe` is told the number of segments
/// done, by one thread at a time. Throws UsageError (the directory is not empty; what the options cannot be), Error (a
/// file cannot be written), Cancelled.
[[nodiscard]] SynthReport synthesise(const SynthOptions& options,
                                     const std::function<void(const SynthReport& so_far)>& observe = {},
                                     std::stop_token stop = {});

}  // namespace pumice
