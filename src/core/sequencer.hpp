/// Puts results that finish in any order back into input order, and holds workers back that run too far ahead.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

#include "pumice/engine.hpp"

namespace pumice {

/// Shared by the workers, which take recordings and put results, and one consumer. Results live in a ring and keep
/// their memory from one recording to the next. Workers meet in no lock unless somebody has to be woken.
///
/// A worker may start recording k only when k < delivered + window. A worker that has to wait for that must first see
/// to it that every result it still owes is put, or in the hands of a worker that does not wait: then whoever owes the
/// next result is never the one that waits, and nothing blocks.
class Sequencer {
 public:
  /// `total` recordings, of which at most `window` are between "started" and "delivered".
  Sequencer(std::int64_t total, std::int64_t window);

  /// The next recording, or none once all are taken or the run is stopping.
  [[nodiscard]] std::optional<std::int64_t> take();
  /// True where `recording` may be started now.
  [[nodiscard]] bool has_room(std::int64_t recording) const;
  /// Blocks until it may; false where the run is stopping.
  [[nodiscard]] bool wait_for_room(std::int64_t recording);
  /// Where a recording that was started has its result: empty, but for memory that it may use again.
  [[nodiscard]] RecordingResult& result_of(std::int64_t recording);
  /// Hands over what is in result_of(recording).
  void put(std::int64_t recording);

  /// Ends the run: wakes everybody. The first failure is kept.
  void stop();
  void fail(std::exception_ptr failure);
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] std::exception_ptr failure() const;

  enum class Next : std::uint8_t { kResult, kTimeout, kEnd, kStopped };
  /// Waits for the next result in input order. kResult: `out` is lent to the caller until the next call, and counts as
  /// delivered from then on.
  [[nodiscard]] Next next(RecordingResult*& out, std::chrono::steady_clock::time_point deadline);

 private:
  static constexpr std::size_t kCacheLine = 64;
  struct alignas(kCacheLine) Place {
    RecordingResult result;
    std::atomic<bool> ready = false;
  };
  [[nodiscard]] Place& place_of(std::int64_t recording) {
    return places_[static_cast<std::size_t>(recording % window_)];
  }
  void take_back();
  void wake_who_waits_for_room();

  const std::int64_t total_;
  const std::int64_t window_;
  std::vector<Place> places_;  ///< [window]
  alignas(kCacheLine) std::atomic<std::int64_t> taken_ = 0;
  alignas(kCacheLine) std::atomic<std::int64_t> delivered_ = 0;
  alignas(kCacheLine) std::atomic<std::int64_t> put_ = 0;
  std::atomic<std::int64_t> asleep_since_ns_ = 0;  ///< of the consumer; 0: it is awake
  std::atomic<int> waiting_for_room_ = 0;
  std::atomic<bool> stopping_ = false;
  bool is_lent_ = false;  ///< the next result, to the consumer
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable ready_;
  std::exception_ptr failure_;
};

}  // namespace pumice
