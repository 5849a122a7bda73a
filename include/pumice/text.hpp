/// Texts as they lie in files: what a decoder reads into the memory of a slot that parses them itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pumice {

/// Bytes on both sides of a text that may be read and written.
inline constexpr std::size_t kTextRoomPadding = 128;

/// A recording's text in a slot's memory. Its rows are perhaps plain numbers, which parsing alone can tell.
struct TextSegment {
  std::span<char> text;    ///< the whole text, header included
  std::int64_t first = 0;  ///< place of the first row
  std::int64_t last = 0;   ///< behind the last row, which ends with a line feed, in the padding if need be
  char delimiter = ',';    ///< stands between cells, and in none
  std::span<const int>
      target;  ///< [cells a row]: the channel that a cell belongs to, or -1: none; lent until the next text
};

/// What became of a text.
struct TextResult {
  bool taken = false;           ///< false: its values are none; it has to be decoded and added as columns
  bool lacked_room = false;     ///< it was not taken for want of room alone, which later batches will have
  std::int64_t n = 0;           ///< rows, where it was taken
  bool has_infinities = false;  ///< some samples of a resident segment are
};

}  // namespace pumice
