/// A segment in the INGV set's text format.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synth/signals.hpp"

namespace pumice::synth {

/// Writes segments as text: a header, then a row a sample; every cell is "260.0", never "-0.0", or empty where the
/// sample is missing; LF ends every row.
class SegmentText {
 public:
  SegmentText();
  /// Replaces `text` with the segment.
  void write(const SegmentMaker& segment, std::string& text) const;

 private:
  struct Cell {
    char text[8];  ///< of the magnitude
  };
  std::vector<Cell> cells_;           ///< [kFullScale + 1], by magnitude
  std::vector<std::uint8_t> length_;  ///< of the magnitude's text
};

}  // namespace pumice::synth
