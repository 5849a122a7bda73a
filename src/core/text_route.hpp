/// The way of a recording whose text a slot parses, whichever worker has read it, and of one that lies on its device.
#pragma once

#include <cstdint>
#include <span>

#include "core/engine_run.hpp"
#include "core/window_cutter.hpp"
#include "pumice/source.hpp"

namespace pumice {

/// One a worker. Which way a recording goes changes the time alone: its values are the same.
class TextRoute {
 public:
  /// All are borrowed; `seconds` takes the time that decoding takes.
  TextRoute(const EngineRun& run, TextGate& gate, Decoder& decoder, StageSeconds& seconds)
      : run_(run), gate_(gate), decoder_(decoder), seconds_(seconds) {}

  /// True where the next recording should be tried: its text is not cut into windows, and those before it were taken.
  [[nodiscard]] bool is_open() { return run_.window.length == 0 && gate_.is_open(); }
  /// A slot has the values of the recording, of `n` rows.
  void was_taken(RecordingResult& result, std::int64_t n);
  void was_refused() { gate_.was_refused(); }

  /// Decodes and prepares a text that no slot has computed; false where something is wrong with it, which the result
  /// then says.
  [[nodiscard]] bool decode(RecordingResult& result, std::span<char> text);
  /// The same for a window of a recording that lies on a device, which is copied from there. Throws CudaError, and
  /// InputError where there is no memory for it.
  void read_resident(RecordingResult& result, std::int64_t window);
  /// Some samples of the recording that was decoded last are infinite.
  [[nodiscard]] bool has_infinities() const { return decoded_.has_infinities; }
  /// What was decoded; lent until the next is.
  [[nodiscard]] const PreparedSegment& segment() const { return segment_; }

 private:
  const EngineRun& run_;
  TextGate& gate_;
  Decoder& decoder_;
  StageSeconds& seconds_;
  DecodedRecording decoded_;
  std::int64_t resident_ = -1;  ///< recording that `decoded_` has; -1: none that lies on a device
  WindowCutter cutter_;
  PreparedSegment segment_;
};

}  // namespace pumice
