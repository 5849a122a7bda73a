/// What a set of recordings holds, channel by channel, in one pass and in constant memory.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "pumice/engine.hpp"
#include "pumice/error.hpp"
#include "pumice/source.hpp"

namespace pumice {

struct ChannelDescription {
  std::string name;
  std::int64_t samples = 0;
  std::int64_t missing = 0;         ///< samples
  std::int64_t wholly_missing = 0;  ///< recordings without a sample of it
  std::int64_t constant = 0;        ///< recordings in which all its samples are equal
  double minimum = 0;               ///< NaN, as the next three, where there is no sample
  double maximum = 0;
  double mean = 0;
  double standard_deviation = 0;  ///< of a sample (ddof 1), over the whole set
};

struct Description {
  std::int64_t recordings = 0;  ///< that could be read
  std::int64_t rows = 0;
  std::int64_t fewest_rows = 0;  ///< of a recording
  std::int64_t most_rows = 0;
  std::int64_t text_bytes = 0;              ///< decompressed
  std::int64_t recordings_with_blanks = 0;  ///< with a missing sample
  std::int64_t recordings_with_infinities = 0;
  std::vector<ChannelDescription> channels;
  std::vector<InputProblem> problems;  ///< in input order
  double seconds = 0;
};

/// Reads all recordings of `source` on `threads` threads. The same for any number of threads. `observe` is called after
/// each recording, by one thread at a time. Throws Cancelled.
[[nodiscard]] Description describe(const Source& source, int threads,
                                   const std::function<void(const Progress&)>& observe = {}, std::stop_token stop = {});

}  // namespace pumice
