/// The engine: worker threads take recordings from a source, a backend turns their segments into values, and rows come
/// out in input order, whatever the number of threads or the size of a batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "pumice/backend.hpp"
#include "pumice/plan.hpp"
#include "pumice/source.hpp"

namespace pumice {

/// Cuts recordings into windows: `length` and `hop` in samples; no window: one segment a recording.
struct WindowRule {
  std::int64_t length = 0;
  std::int64_t hop = 0;

  /// Windows of a recording of `n` samples; 1 where recordings are not cut.
  [[nodiscard]] std::int64_t count(std::int64_t n) const {
    return length == 0 ? 1 : n < length ? 0 : (n - length) / hop + 1;
  }
};

/// The results of one recording, in input order. `values`: [windows][plan.n_values], NaN where there is no value.
struct RecordingResult {
  std::int64_t recording = 0;           ///< index into Source::recordings()
  std::optional<InputProblem> problem;  ///< set: no values
  std::int64_t windows = 0;
  std::int64_t samples = 0;
  bool partial_window_left_out = false;
  bool shorter_than_nperseg = false;
  bool has_infinities = false;
  std::vector<double> values;

  /// Makes it empty; `values` keeps its memory.
  void clear();
};

struct Progress {
  std::int64_t done = 0;  ///< recordings
  std::int64_t total = 0;
  std::int64_t bytes = 0;  ///< of text decoded
  std::int64_t skipped = 0;
  double seconds = 0;
};

struct EngineOptions {
  int threads = 0;  ///< 0: the CPUs that affinity and cgroup allow
  /// 0: a quarter of the machine's. Workers and waiting results keep within it, unless one recording's own rows, times
  /// the two that one thread needs, exceed it.
  std::int64_t memory_bytes = 0;
  std::int64_t segment_samples = 60001;  ///< expected length, to size slots
  std::int64_t recording_samples = 0;    ///< expected length, to size the results of its windows; 0: one window each
  int batch_segments = 0;                ///< 0: the backend's own choice
  /// One line, as it happens, from the calling thread: a device took a smaller batch, or failed.
  std::function<void(const std::string& line)> message = {};
};

/// Where a run computes. Nothing is owned.
struct EngineBackends {
  /// All take recordings from one queue; threads are shared out evenly, and each has at least one.
  std::vector<Backend*> devices;
  /// Computes what a device had not finished when it failed, and all that it would have done after; what a device has
  /// too little memory for, too. Null: a failure ends the run.
  Backend* spare = nullptr;
};

/// Segments that one backend computed.
struct DeviceWork {
  std::string device;
  std::int64_t segments = 0;
};

struct RunReport {
  StageSeconds seconds;
  Progress progress;
  int threads = 0;
  std::vector<DeviceWork> devices;  ///< in the order of EngineBackends::devices, then the spare where it was used
};

/// Runs a plan over a source. `consume` is called with every result in input order, by one thread at a time; the result
/// is lent to it, and may be moved from. An exception of its, or of a backend without a spare, ends the run and is
/// thrown here. `observe` is called now and then from one thread. Throws Cancelled once `stop` is requested.
[[nodiscard]] RunReport run_engine(const Plan& plan, const Source& source, const EngineBackends& backends,
                                   const WindowRule& window, const EngineOptions& options,
                                   const std::function<void(RecordingResult&)>& consume,
                                   const std::function<void(const Progress&)>& observe, const std::stop_token& stop);

/// CPUs that affinity and the cgroup's quota allow, at least 1.
[[nodiscard]] int usable_cpus();
/// Bytes of memory that the machine or the cgroup has.
[[nodiscard]] std::int64_t usable_memory_bytes();

}  // namespace pumice
