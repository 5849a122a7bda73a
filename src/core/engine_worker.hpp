/// One thread of the engine: decodes recordings, cuts and prepares their segments, and has them computed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/engine_feeder.hpp"
#include "core/engine_run.hpp"
#include "core/text_route.hpp"
#include "core/window_cutter.hpp"
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
  [[nodiscard]] bool add_resident(const ResidentSegment& whole, PendingRecording& pending);
  [[nodiscard]] PreparedSegment prepare(std::int64_t first, std::int64_t count);
  template <class Add>
  [[nodiscard]] bool cut(PendingRecording& pending, std::int64_t n, Add add);

  EngineRun& run_;
  EngineGroup& group_;
  std::unique_ptr<Decoder> decoder_;
  DecodedRecording decoded_;
  WindowCutter cutter_;
  std::vector<SampleArray> arrays_;  ///< of a window that lies on the device
  StageSeconds seconds_;
  TextRoute texts_;
  EngineFeeder feeder_;
  bool files_are_cold_ = false;
};

/// A worker from beginning to end; its exception ends the run.
void run_engine_worker(EngineRun& run, EngineGroup& group);

}  // namespace pumice
