/// One thread of the engine: decodes recordings, cuts and prepares their segments, and has them computed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/engine_feeder.hpp"
#include "core/engine_run.hpp"
#include "core/text_route.hpp"
#include "pumice/prepare.hpp"
#include "pumice/source.hpp"

namespace pumice {

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
  [[nodiscard]] bool cut(PendingRecording& pending);
  [[nodiscard]] PreparedSegment prepare(std::int64_t first, std::int64_t count);
  [[nodiscard]] ColumnView narrowed(const ColumnView& window, std::size_t channel);

  EngineRun& run_;
  EngineGroup& group_;
  std::unique_ptr<Decoder> decoder_;
  Preparer preparer_;
  DecodedRecording decoded_;
  std::vector<ColumnView> columns_;
  std::vector<ColumnBuffer> narrowed_;  ///< [channels]
  StageSeconds seconds_;
  TextRoute texts_;
  EngineFeeder feeder_;
  bool files_are_cold_ = false;
};

/// A worker from beginning to end; its exception ends the run.
void run_engine_worker(EngineRun& run, EngineGroup& group);

}  // namespace pumice
