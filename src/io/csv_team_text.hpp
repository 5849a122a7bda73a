/// What teams are told about a text that they parse, and what they tell (csv_team.hpp): plain structs, the same on the
/// host and on a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "pumice/host_device.hpp"
#include "pumice/sample_array.hpp"
#include "pumice/samples.hpp"

namespace pumice::io {

/// Bytes that a team takes at once.
inline constexpr std::int64_t kTextTileBytes = 4096;
/// Bytes of the longest cell that teams take. PlainParser takes all of this length, too; of longer ones it takes some.
inline constexpr std::int64_t kLongestTeamCell = 16383;
/// Bytes that may be read before and behind the body.
inline constexpr std::int64_t kTeamPadding = 16;
/// Magnitude of the largest sample that is held as int16.
inline constexpr std::int32_t kMaxInt16Value = 32767;

enum class TextStatus : std::int32_t {
  kTaken,
  kCell,  ///< a cell is no plain number: one of another kind, or none
  kRow,   ///< a row has another number of cells
  kRoom,  ///< more rows than there is room for
};

/// Why a text was refused, and where.
struct TextRefusal {
  std::int64_t at = INT64_MAX;  ///< place in the text of the first cell that was; the body's end where it was no cell
  TextStatus status = TextStatus::kTaken;
  PUMICE_HD void merge(const TextRefusal& other) {
    if (other.at < at) {
      *this = other;
    }
  }
};

/// A tile, as the teams fill it in.
struct TextTile {
  std::int64_t first_cell = 0;  ///< number of the first cell that ends in it, or behind it
  std::int64_t before = 0;      ///< place of the end before that cell
  std::int64_t last_end = -1;   ///< place of the last end in it; -1: there is none
  TextRefusal refusal;
  std::int32_t cells = 0;  ///< that end in it
};

/// What the cells of a text are read as.
enum class TextWay : std::int32_t {
  kIntegers,  ///< int16; where a cell is none, as decimals after all
  kDecimals,  ///< doubles, of which columns of integers are then stored as such
};

struct TextRows {
  std::int64_t rows = 0;
  TextRefusal refusal;
  TextWay way = TextWay::kIntegers;
};

/// A column, without regard to what its gaps were filled with.
struct ColumnFacts {
  std::int64_t missing = 0;
  std::int64_t longest_gap = 0;                     ///< samples
  double low = std::numeric_limits<double>::max();  ///< of the samples that are not missing; low > high: there is none
  double high = std::numeric_limits<double>::lowest();
  bool has_fractions = false;
  bool has_infinities = false;  ///< among the missing ones, of an array
};

/// The narrowest type that holds the column (narrowest_type).
[[nodiscard]] PUMICE_HD constexpr SampleType type_of(const ColumnFacts& facts) {
  const auto holds = [&](double most) { return facts.low >= -most && facts.high <= most; };
  return facts.has_fractions                               ? SampleType::kFloat64
         : facts.low > facts.high || holds(kMaxInt16Value) ? SampleType::kInt16
         : holds(kMaxInt32Sample)                          ? SampleType::kInt32
                                                           : SampleType::kFloat64;
}

/// What becomes of the gaps of a column, as Preparer has it.
enum class GapFill : std::int32_t {
  kNone,     ///< they stay
  kZero,     ///< zeros
  kForward,  ///< the last valid sample; zeros where there is none before
  kLine,     ///< a line between their neighbours, in doubles, as long as any sample is valid
  kLeftOut,  ///< the same, and the valid samples beside it
};

/// A text without a header, on the device that works on it; or columns that lie there in another shape.
struct TeamText {
  const char* text = nullptr;        ///< places count from here; a multiple of eight bytes on a device
  std::int64_t first = 0;            ///< place of the body; kTeamPadding bytes on both sides may be read
  std::int64_t last = 0;             ///< behind the body, which ends with a line feed
  char delimiter = ',';              ///< is_plain_delimiter
  TextWay way = TextWay::kIntegers;  ///< to try first: the time alone depends on it
  GapFill fill = GapFill::kNone;
  std::int32_t columns = 0;              ///< cells a row
  std::int32_t kept = 0;                 ///< of them are stored
  const std::int32_t* target = nullptr;  ///< [columns]: which column a cell goes to, or -1: passed over
  std::int64_t room = 0;                 ///< rows
  std::int64_t stride = 0;               ///< samples from one column to the next
  double* doubles = nullptr;             ///< [kept][stride]: columns of decimals, and lines through gaps
  std::byte* values = nullptr;    ///< [kept][stride] of value_bytes: columns of integers, and samples without gaps
  std::uint32_t* gaps = nullptr;  ///< [kept][gap_words(stride)]: a bit a sample, where columns have valid ones
  TextTile* tiles = nullptr;      ///< [tile_count]
  TextRows* rows = nullptr;       ///< as far as it is known
  TextRows* outcome = nullptr;    ///< at the end
  ColumnFacts* facts = nullptr;   ///< [kept]; of a text that was refused, anything
  const SampleArray* arrays = nullptr;  ///< [kept]: instead of a text
};

/// Bytes for each of TeamText::values: of doubles where valid ones have to lie beside others.
[[nodiscard]] PUMICE_HD constexpr std::int64_t value_bytes(GapFill fill) { return fill == GapFill::kLeftOut ? 8 : 4; }
/// Samples that a word of TeamText::gaps, which kLeftOut alone needs, stands for.
inline constexpr int kGapBits = 32;
[[nodiscard]] PUMICE_HD constexpr std::int64_t gap_words(std::int64_t samples) {
  return (samples + kGapBits - 1) / kGapBits;
}

template <class T>
[[nodiscard]] PUMICE_HD T* values_of(const TeamText& text, std::int64_t column) {
  return reinterpret_cast<T*>(text.values + column * text.stride * value_bytes(text.fill));
}
[[nodiscard]] PUMICE_HD inline double* doubles_of(const TeamText& text, std::int64_t column) {
  return text.doubles + column * text.stride;
}
/// A column of type T, where its type has its place.
template <class T>
[[nodiscard]] PUMICE_HD T* column_of(const TeamText& text, std::int64_t column) {
  if constexpr (std::is_floating_point_v<T>) {
    return doubles_of(text, column);
  } else {
    return values_of<T>(text, column);
  }
}

/// Place of the first byte of tile `t`; of the first tile perhaps before the body.
[[nodiscard]] PUMICE_HD constexpr std::int64_t tile_begin(const TeamText& text, std::int64_t t) {
  return text.first / 8 * 8 + t * kTextTileBytes;
}
[[nodiscard]] PUMICE_HD constexpr std::int64_t tile_count(const TeamText& text) {
  return (text.last - tile_begin(text, 0) + kTextTileBytes - 1) / kTextTileBytes;
}

}  // namespace pumice::io
