/// The quick way through plain files of integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pumice::io {

/// Bytes behind the text that parse_plain_int16 may read.
inline constexpr std::size_t kFastOverread = 16;

/// Line feeds in [first, last).
[[nodiscard]] std::int64_t count_line_feeds(const char* first, const char* last);

struct FastOutcome {
  std::int64_t rows = 0;          ///< parsed before `stopped`
  const char* stopped = nullptr;  ///< first cell that is not plain, or null: the whole text was
};

/// Parses rows without a header: cells `-?[0-9]{1,5}(\.0+)?` of magnitude up to 32767 or empty, one delimiter between
/// them, LF or CRLF behind the last. Every byte is checked. Anything else, wrong numbers of cells included, stops it:
/// the general parser then takes the whole text, and says what is wrong where something is.
///
/// `last[-1]` is a line feed; kFastOverread bytes after `last` may be read. `columns`: [cells a row], each with room
/// for one value a line feed, or null for a column to pass over, whose cells may hold any ASCII but quotes.
/// Missing cells become INT16_MIN.
[[nodiscard]] FastOutcome parse_plain_int16(const char* first, const char* last, char delimiter,
                                            std::span<std::int16_t* const> columns);

}  // namespace pumice::io
