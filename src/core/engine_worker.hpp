/// One thread of the engine: decodes recordings, cuts and prepares their segments, and keeps its slots busy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/engine_lanes.hpp"
#include "core/engine_run.hpp"
#include "core/text_route.hpp"
#include "pumice/prepare.hpp"
#include "pumice/source.hpp"

namespace pumice {

/// Recordings under way, oldest first, at places that stay theirs.
class PendingQueue {
 public:
  explicit PendingQueue(std::int64_t most) : places_(static_cast<std::size_t>(most)) {}
  [[nodiscard]] bool empty() const { return first_ == end_; }
  [[nodiscard]] PendingRecording& front() { return places_[first_ % places_.size()]; }
  PendingRecording& push(RecordingResult& result) {
    PendingRecording& pending = places_[end_++ % places_.size()];
    pending = {.result = &result};
    return pending;
  }
  void pop() { ++first_; }

 private:
  std::vector<PendingRecording> places_;
  std::size_t first_ = 0;
  std::size_t end_ = 0;
};

class EngineWorker {
 public:
  EngineWorker(EngineRun& run, EngineGroup& group);

  /// Takes recordings until there are none left, or the run stops.
  void work();
  /// Adds what this worker did to the totals of the run and the group.
  void report();

 private:
  void process(std::int64_t recording);
  void read_ahead(std::int64_t recording);
  [[nodiscard]] bool add_text(const Recording& file, PendingRecording& pending);
  void cut(PendingRecording& pending);
  [[nodiscard]] PreparedSegment prepare(std::int64_t first, std::int64_t count);
  [[nodiscard]] ColumnView narrowed(const ColumnView& window, std::size_t channel);
  void flush();
  void deliver_finished();

  EngineRun& run_;
  EngineGroup& group_;
  std::unique_ptr<Decoder> decoder_;
  Preparer preparer_;
  DecodedRecording decoded_;
  std::vector<ColumnView> columns_;
  std::vector<ColumnBuffer> narrowed_;  ///< [channels]
  PendingQueue pending_;
  StageSeconds seconds_;
  TextRoute texts_;
  EngineLanes lanes_;
  bool files_are_cold_ = false;
};

/// A worker from beginning to end; its exception ends the run.
void run_engine_worker(EngineRun& run, EngineGroup& group);

}  // namespace pumice
