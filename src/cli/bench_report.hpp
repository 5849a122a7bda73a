/// What `pumice bench` measured, and how it is printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/cuda_limits.hpp"
#include "pumice/backend.hpp"
#include "pumice/error.hpp"
#include "pumice/simd.hpp"

namespace pumice::cli {

/// How far a device's table is from that of the first device that ran.
struct TableDifference {
  double relative = 0;  ///< largest |a - b| / max(|a|, |b|)
  double absolute = 0;  ///< largest |a - b|
  std::string column;   ///< where the relative one is
  std::string row;
  std::int64_t nulls = 0;  ///< values that one table has and the other has not
};

struct DeviceTimes {
  std::string device;       ///< "cpu", "cuda:0"; as it was asked for where it is absent
  std::string description;  ///< "AMD EPYC, AVX-512 .."
  std::string absent;       ///< why it did not run; empty where it did
  double first_s = 0;       ///< the run before those that count: it pays for starting up
  std::vector<double> seconds;
  std::vector<double> half_seconds;     ///< of the first half of the files; empty where there is one
  std::int64_t half_bytes = 0;          ///< what that half holds
  std::vector<double> process_seconds;  ///< of `pumice extract`, from the start of the process to its end
  std::vector<double> cold_seconds;     ///< of files that were not in the page cache
  StageSeconds stages;                  ///< of the median run, summed over its threads
  int threads = 0;
  TableDifference difference;
};

/// What one thread does with the same files in the page cache, and how fast several read them.
struct ReadLimits {
  double read_s = 0;       ///< reading them
  double count_s = 0;      ///< reading them and counting their newlines
  double decode_s = 0;     ///< reading them and decoding them into columns
  std::int64_t lines = 0;  ///< counted: a count that nobody reads is one that the compiler leaves out
  std::int64_t rows = 0;   ///< decoded
  struct Readers {
    int threads = 1;
    double seconds = 0;
  };
  std::vector<Readers> read_by_threads;  ///< 1, 2, 4 .. of them, and as many as there are processors
  double cold_read_s = 0;                ///< all processors reading what was not in the page cache; 0: not measured
  std::string cold_absent;               ///< why it was not, though asked for
};

struct BenchReport {
  std::vector<std::string> inputs;
  std::vector<std::string> features;
  std::int64_t segments = 0;  ///< that can be used
  std::vector<InputProblem> unusable;
  std::int64_t bytes = 0;    ///< of input
  std::int64_t columns = 0;  ///< of features
  int runs = 0;
  Simd simd = Simd::kAuto;
  std::vector<DeviceTimes> devices;
  ReadLimits limits;
  std::optional<MeasuredCuda> cuda;  ///< of the first GPU that was asked for
};

/// `values` has at least one.
[[nodiscard]] double median(std::vector<double> values);

[[nodiscard]] std::string bench_text(const BenchReport& report);
[[nodiscard]] std::string bench_json(const BenchReport& report);

}  // namespace pumice::cli
