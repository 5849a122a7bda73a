/// What the threads of one run of the engine share.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/engine_sizes.hpp"
#include "core/sequencer.hpp"
#include "core/slot_ring.hpp"
#include "core/text_gate.hpp"
#include "pumice/engine.hpp"

namespace pumice {

/// Bytes a second and thread that only memory gives, and no disk.
inline constexpr double kPageCacheRate = 2e9;

/// Lines for the user: added by any thread, handed out by the calling one.
class Notices {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    any_ = true;
  }
  /// Cheap where there are none.
  [[nodiscard]] std::vector<std::string> take() {
    if (!any_) {
      return {};
    }
    const std::lock_guard lock(mutex_);
    any_ = false;
    return std::exchange(lines_, {});
  }

 private:
  std::atomic<bool> any_ = false;
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// True where some spectrum has longer blocks than a segment of n samples.
[[nodiscard]] inline bool is_shorter_than_a_block(const Plan& plan, std::int64_t n) {
  return std::any_of(plan.welch.begin(), plan.welch.end(), [n](const auto& welch) { return n < welch.nperseg; });
}

/// One backend of a run, and what its workers share.
struct EngineGroup {
  Backend& backend;
  Backend* spare;  ///< or null
  EngineSizes sizes;
  std::unique_ptr<SlotRing> ring;  ///< null where the backend borrows
  TextGate texts;
  std::atomic<int> batch_segments;           ///< what fits, as far as any worker has found
  std::atomic<bool> retired = false;         ///< a fatal error was seen, and said
  std::atomic<bool> spoke_of_spare = false;  ///< of segments that it computes because they fail alone
  std::int64_t segments = 0;                 ///< computed on the backend; under EngineRun::totals_mutex
  std::int64_t spare_segments = 0;           ///< on the spare; likewise

  EngineGroup(Backend& of, Backend* its_spare, const EngineSizes& its_sizes)
      : backend(of),
        spare(its_spare),
        sizes(its_sizes),
        ring(of.borrows_input() ? nullptr : std::make_unique<SlotRing>(its_sizes.ring.slots)),
        batch_segments(its_sizes.ring.segments) {}
};

struct EngineRun {
  const Plan& plan;
  const Source& source;
  const WindowRule& window;
  const EngineOptions& options;
  int threads;                  ///< of all groups
  std::int64_t reorder_window;  ///< of all groups
  Sequencer sequencer;
  std::vector<PendingRecording> pending;  ///< [reorder_window], of recordings under way
  Notices notices;
  std::atomic<std::int64_t> bytes = 0;
  std::mutex totals_mutex;
  StageSeconds seconds;

  EngineRun(const Plan& its_plan, const Source& its_source, const WindowRule& its_window,
            const EngineOptions& its_options, int its_threads, std::int64_t its_reorder_window)
      : plan(its_plan),
        source(its_source),
        window(its_window),
        options(its_options),
        threads(its_threads),
        reorder_window(its_reorder_window),
        sequencer(static_cast<std::int64_t>(its_source.recordings().size()), its_reorder_window),
        pending(static_cast<std::size_t>(its_reorder_window)) {}

  [[nodiscard]] std::int64_t segment_samples() const { return std::max<std::int64_t>(1, options.segment_samples); }
  /// Where a recording that the sequencer has room for is kept until it is delivered; the caller has a share in it.
  [[nodiscard]] PendingRecording& start(std::int64_t recording) {
    PendingRecording& place = pending[static_cast<std::size_t>(recording % reorder_window)];
    place.result = &sequencer.result_of(recording);
    place.result->recording = recording;
    place.owed = 1;
    place.has_infinities = false;
    return place;
  }
  /// One of the shares in a recording is done; with the last one it is delivered.
  void take_share(PendingRecording& place) {
    const std::int64_t recording = place.result->recording;
    if (--place.owed == 0) {
      place.result->has_infinities = place.result->has_infinities || place.has_infinities;
      sequencer.put(recording);
    }
  }
};

}  // namespace pumice
