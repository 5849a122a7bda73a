/// Puts results that finish in any order back into input order, and holds workers back that run too far ahead.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <optional>

#include "pumice/engine.hpp"

namespace pumice {

/// Shared by the workers, which take recordings and put results, and one consumer.
///
/// A worker may start recording k only when k < delivered + window. A worker that has to wait for that must first put
/// every result it still owes: then whoever owes the next result is never the one that waits, and nothing blocks.
class Sequencer {
 public:
  /// `total` recordings, of which at most `window` are between "started" and "delivered".
  Sequencer(std::int64_t total, std::int64_t window) : total_(total), window_(window) {}

  /// The next recording, or none once all are taken or the run is stopping.
  [[nodiscard]] std::optional<std::int64_t> take();
  /// True where `recording` may be started now.
  [[nodiscard]] bool has_room(std::int64_t recording);
  /// Blocks until it may; false where the run is stopping.
  [[nodiscard]] bool wait_for_room(std::int64_t recording);
  void put(RecordingResult&& result);

  /// Ends the run: wakes everybody. The first failure is kept.
  void stop();
  void fail(std::exception_ptr failure);
  [[nodiscard]] bool stopping() const;
  [[nodiscard]] std::exception_ptr failure() const;

  enum class Next : std::uint8_t { kResult, kTimeout, kEnd, kStopped };
  /// Waits for the next result in input order. kResult: `out` holds it, and it counts as delivered.
  [[nodiscard]] Next next(RecordingResult& out, std::chrono::steady_clock::time_point deadline);

 private:
  const std::int64_t total_;
  const std::int64_t window_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable ready_;
  std::map<std::int64_t, RecordingResult> waiting_;
  std::int64_t taken_ = 0;
  std::int64_t delivered_ = 0;
  bool stopping_ = false;
  std::exception_ptr failure_;
};

}  // namespace pumice
