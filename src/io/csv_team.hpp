/// Plain texts of numbers as the blocks of a GPU parse them: the grammar of PlainParser (csv_fast.hpp) without its
/// words, as templates over a team, so that the host can run them, too.
///
/// A text is cut into tiles of kTextTileBytes. Which row and column a cell belongs to follows from its number alone: so
/// tiles need know of each other only how many cells end before them.
///
/// 1. `count_cells`, a team a tile: the cells that end in it.
/// 2. `place_cells`, a team a text: the number of each tile's first cell; how many rows there are.
/// 3. `parse_cells` as int16, a team a tile: each cell's value goes to its column.
/// 4. `choose_way`, a team a text: what was refused, and whether the cells are to be read as decimals.
/// 5. `parse_cells` as double, a team a tile, where they are.
/// 6. `finish_column`, a team a column: the column's extremes, type and gaps, and gaps filled.
///
/// Nothing is added in an order that could vary, and no atomics are used: the same text gives the same bytes.
#pragma once

#include <bit>
#include <cstdint>

#include "io/csv_plain_cell.hpp"
#include "io/csv_team_cell.hpp"
#include "io/csv_team_text.hpp"
#include "pumice/host_device.hpp"
#include "pumice/samples.hpp"
#include "pumice/team.hpp"

namespace pumice::io {

/// Memory that the lanes of a team share while they take a tile.
struct TextTileMemory {
  std::uint64_t words[kTextTileBytes / 8 + 1];  ///< the tile, and the eight bytes before it
  std::uint32_t marks[kLanes];                  ///< a bit for each byte that ends a cell
  std::uint32_t totals[2][kLanes];              ///< cells that end in the lanes' bytes, running
  std::uint16_t ends[kTextTileBytes];           ///< places of cells' ends in the tile
};

namespace detail {

/// Bytes of a tile whose marks one lane holds.
inline constexpr int kMarkedBytes = 32;
static_assert(kTextTileBytes == std::int64_t{kLanes} * kMarkedBytes);
/// From so many rows in a tile on, cells are taken column by column, so that neighbouring lanes store neighbours.
inline constexpr std::int32_t kRowsForColumns = 8;

[[nodiscard]] PUMICE_HD inline std::int32_t bit_count(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return __popc(bits);
#else
  return std::popcount(bits);
#endif
}

[[nodiscard]] PUMICE_HD inline std::int32_t lowest_bit(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return __ffs(static_cast<int>(bits)) - 1;
#else
  return std::countr_zero(bits);
#endif
}

[[nodiscard]] PUMICE_HD inline std::int32_t highest_bit(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return 31 - __clz(static_cast<int>(bits));
#else
  return 31 - std::countl_zero(bits);
#endif
}

/// The eight bytes from p, a multiple of eight on a device.
[[nodiscard]] PUMICE_HD inline std::uint64_t aligned_word(const char* p) {
#if defined(__CUDA_ARCH__)
  return *reinterpret_cast<const std::uint64_t*>(p);
#else
  return load_word(p);
#endif
}

/// A bit for each byte of `word` that is `byte`.
[[nodiscard]] PUMICE_HD inline std::uint32_t bytes_equal(std::uint64_t word, char byte) {
  const std::uint64_t other = word ^ static_cast<unsigned char>(byte) * kEachByte;
  const std::uint64_t equal = ~(((other & 0x7f * kEachByte) + 0x7f * kEachByte) | other) >> 7 & kEachByte;
  return static_cast<std::uint32_t>(equal * 0x0102040810204080u >> 56);
}

/// The bits of `marks`, of the eight bytes from `at`, that lie in the body.
[[nodiscard]] PUMICE_HD inline std::uint32_t marks_in_body(const TeamText& text, std::int64_t at, std::uint32_t marks) {
  if (at < text.first) {
    marks &= 0xffu << (text.first - at);
  }
  if (at + 8 > text.last) {
    marks &= 0xffu >> (at + 8 - text.last);
  }
  return marks;
}

/// A bit for each of the eight bytes from `at`, which is less than text.last, that ends a cell.
[[nodiscard]] PUMICE_HD inline std::uint32_t find_ends(const TeamText& text, std::int64_t at, std::uint64_t word) {
  return marks_in_body(text, at, bytes_equal(word, '\n') | bytes_equal(word, text.delimiter));
}

/// Cells that end in some bytes, and the place of the last such end.
struct FoundEnds {
  std::int64_t last = -1;
  std::int32_t cells = 0;
  PUMICE_HD void add(std::int64_t at, std::uint32_t marks) {
    if (marks != 0) {
      cells += bit_count(marks);
      const std::int64_t end = at + highest_bit(marks);
      last = end > last ? end : last;
    }
  }
  PUMICE_HD void merge(const FoundEnds& other) {
    cells += other.cells;
    last = other.last > last ? other.last : last;
  }
};

/// Bytes before a tile that lie in its memory.
inline constexpr std::int32_t kBytesBefore = 8;

/// The byte at `at` of the tile in `memory`, from -kBytesBefore.
[[nodiscard]] PUMICE_HD inline char byte_of(const TextTileMemory& memory, std::int32_t at) {
  const std::int32_t from_first = at + kBytesBefore;
  return static_cast<char>(memory.words[from_first / 8] >> (8 * (from_first % 8)));
}

/// The eight bytes before `at` of the tile in `memory`.
[[nodiscard]] PUMICE_HD inline std::uint64_t word_before(const TextTileMemory& memory, std::int32_t at) {
  const std::uint64_t low = memory.words[at / 8];
  const int shift = 8 * (at % 8);
  return shift == 0 ? low : low >> shift | memory.words[at / 8 + 1] << (64 - shift);
}

/// True where every byte of [first, last) is from ' ' to '~', and none a quote: what cells that are passed over hold.
[[nodiscard]] PUMICE_HD inline bool is_printable(const char* first, const char* last) {
  bool printable = true;
  for (; first != last; ++first) {
    printable = printable && *first >= ' ' && *first <= '~' && *first != '"';
  }
  return printable;
}

/// A tile that was indexed.
struct IndexedTile {
  std::int64_t begin = 0;   ///< place of its first byte
  std::int64_t before = 0;  ///< place of the end before its first cell
  std::int64_t row = 0;     ///< of its first cell
  std::int32_t column = 0;  ///< of its first cell
  std::int32_t cells = 0;
};

/// A cell that is stored: the bytes [begin, begin + size) of a tile, perhaps from before it.
struct CellPlace {
  const char* text = nullptr;
  std::int64_t begin = 0;
  std::int64_t size = 0;
};

[[nodiscard]] PUMICE_HD inline bool read_cell(const TextTileMemory& memory, const CellPlace& cell,
                                              std::int16_t& value) {
  // A carriage return that was cut off may stand before the tile, and with it the end of the cell.
  const std::int64_t end = cell.begin + cell.size;
  if (cell.size > 0 && cell.size <= 8 && end >= 0 &&
      read_int16_word(word_before(memory, static_cast<std::int32_t>(end)), static_cast<std::uint64_t>(cell.size),
                      value)) {
    return true;
  }
  return read_int16_cell(cell.text, cell.text + cell.size, value);
}

[[nodiscard]] PUMICE_HD inline bool read_cell(const TextTileMemory& memory, const CellPlace& cell, double& value) {
  const auto begin = static_cast<std::int32_t>(cell.begin);
  const bool in_memory = begin >= -kBytesBefore;
  return read_team_decimal(
      [&](std::int64_t i) { return in_memory ? byte_of(memory, begin + static_cast<std::int32_t>(i)) : cell.text[i]; },
      cell.size, value);
}

/// Stores the value of cell `j` of a tile; `place`: its number from the beginning of the tile's first row.
template <class T>
[[nodiscard]] PUMICE_HD TextRefusal take_cell(const TeamText& text, const TextTileMemory& memory,
                                              const IndexedTile& tile, std::int32_t j, std::int32_t place) {
  const std::int32_t column = place % text.columns;
  std::int32_t end = memory.ends[j];
  const std::int64_t begin = j > 0 ? memory.ends[j - 1] + 1 : tile.before + 1 - tile.begin;
  const auto refused = [&](TextStatus status) { return TextRefusal{tile.begin + begin, status}; };
  const bool is_last = column + 1 == text.columns;
  if ((byte_of(memory, end) == '\n') != is_last) {
    return refused(TextStatus::kRow);
  }
  if (is_last && end > begin && static_cast<char>(word_before(memory, end) >> 56) == '\r') {
    --end;
  }
  const std::int64_t size = end - begin;
  if (size > kLongestTeamCell) {
    return refused(TextStatus::kCell);
  }
  const char* const first = text.text + tile.begin + begin;
  const std::int32_t target = text.target[column];
  if (target < 0) {
    return is_printable(first, first + size) ? TextRefusal{} : refused(TextStatus::kCell);
  }
  T value = kMissing<T>;
  if (!read_cell(memory, {first, begin, size}, value)) {
    return refused(TextStatus::kCell);
  }
  const std::int64_t row = tile.row + place / text.columns;
  if (row < text.room) {
    column_of<T>(text, target)[row] = value;
  }
  return {};
}

/// Finds the ends of the cells of the tile from `begin`.
template <class Team>
PUMICE_HD void index_tile(Team& team, const TeamText& text, std::int64_t begin, TextTileMemory& memory) {
  auto* const marks = reinterpret_cast<unsigned char*>(memory.marks);
  team.for_each(kTextTileBytes / 8 + 1, [&](std::int64_t i) {
    const std::int64_t at = begin + 8 * (i - 1);
    const std::uint64_t word = at < text.last ? aligned_word(text.text + at) : 0;
    memory.words[i] = word;
    if (i > 0) {
      marks[i - 1] = static_cast<unsigned char>(at < text.last ? find_ends(text, at, word) : 0);
    }
  });
  team.for_each(kLanes, [&](std::int64_t lane) {
    memory.totals[0][lane] = static_cast<std::uint32_t>(bit_count(memory.marks[lane]));
  });
  int from = 0;
  for (int k = 1; k < kLanes; k *= 2) {
    team.for_each(kLanes, [&](std::int64_t lane) {
      memory.totals[1 - from][lane] = memory.totals[from][lane] + (lane >= k ? memory.totals[from][lane - k] : 0);
    });
    from = 1 - from;
  }
  team.for_each(kLanes, [&](std::int64_t lane) {
    std::uint32_t rest = memory.marks[lane];
    std::uint32_t place = memory.totals[from][lane] - static_cast<std::uint32_t>(bit_count(rest));
    for (; rest != 0; rest &= rest - 1) {
      memory.ends[place++] = static_cast<std::uint16_t>(kMarkedBytes * lane + lowest_bit(rest));
    }
  });
}

}  // namespace detail

/// Fills in TextTile::cells and TextTile::last_end of tile `t`.
template <class Team>
PUMICE_HD void count_cells(Team& team, const TeamText& text, std::int64_t t) {
  const std::int64_t begin = tile_begin(text, t);
  const auto found = team.template reduce<detail::FoundEnds>(
      kTextTileBytes / 8,
      [&](detail::FoundEnds& ends, std::int64_t i) {
        const std::int64_t at = begin + 8 * i;
        if (at < text.last) {
          ends.add(at, detail::find_ends(text, at, detail::aligned_word(text.text + at)));
        }
      },
      [](detail::FoundEnds& ends, const detail::FoundEnds& other) { ends.merge(other); });
  team.once([&] {
    text.tiles[t].cells = found.cells;
    text.tiles[t].last_end = found.last;
  });
}

/// Memory that the lanes of a team share while they place cells.
struct PlaceMemory {
  std::int64_t cells[kLanes];
  std::int64_t before[kLanes];
};

/// Fills in the other members of the tiles, and `text.rows`.
template <class Team>
PUMICE_HD void place_cells(Team& team, const TeamText& text, PlaceMemory& memory) {
  const std::int64_t tiles = tile_count(text);
  const std::int64_t chunk = chunk_size(tiles);
  const auto end_of = [=](std::int64_t lane) { return (lane + 1) * chunk < tiles ? (lane + 1) * chunk : tiles; };
  team.for_each(kLanes, [&](std::int64_t lane) {
    std::int64_t cells = 0;
    std::int64_t last = -1;
    for (std::int64_t t = lane * chunk; t < end_of(lane); ++t) {
      cells += text.tiles[t].cells;
      last = text.tiles[t].last_end > last ? text.tiles[t].last_end : last;
    }
    memory.cells[lane] = cells;
    memory.before[lane] = last;
  });
  team.once([&] {
    std::int64_t cells = 0;
    std::int64_t before = text.first - 1;
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::int64_t own_cells = memory.cells[lane];
      const std::int64_t own_last = memory.before[lane];
      memory.cells[lane] = cells;
      memory.before[lane] = before;
      cells += own_cells;
      before = own_last > before ? own_last : before;
    }
    text.rows->rows = cells / text.columns;
    text.rows->way = text.way;
    text.rows->refusal = cells % text.columns != 0          ? TextRefusal{text.last, TextStatus::kRow}
                         : cells / text.columns > text.room ? TextRefusal{text.last, TextStatus::kRoom}
                                                            : TextRefusal{};
  });
  team.for_each(kLanes, [&](std::int64_t lane) {
    std::int64_t cells = memory.cells[lane];
    std::int64_t before = memory.before[lane];
    for (std::int64_t t = lane * chunk; t < end_of(lane); ++t) {
      TextTile& tile = text.tiles[t];
      tile.first_cell = cells;
      tile.before = before;
      cells += tile.cells;
      before = tile.last_end > before ? tile.last_end : before;
    }
  });
}

/// Stores the values of the cells that end in tile `t`, and fills in TextTile::refusal, where they are read as T.
template <class T, class Team>
PUMICE_HD void parse_cells(Team& team, const TeamText& text, std::int64_t t, TextTileMemory& memory) {
  constexpr TextWay kWay = std::is_floating_point_v<T> ? TextWay::kDecimals : TextWay::kIntegers;
  if (text.rows->refusal.status != TextStatus::kTaken || text.rows->way != kWay) {
    return;
  }
  TextTile& tile = text.tiles[t];
  const detail::IndexedTile indexed{.begin = tile_begin(text, t),
                                    .before = tile.before,
                                    .row = tile.first_cell / text.columns,
                                    .column = static_cast<std::int32_t>(tile.first_cell % text.columns),
                                    .cells = tile.cells};
  detail::index_tile(team, text, indexed.begin, memory);
  const std::int32_t rows = (indexed.column + indexed.cells + text.columns - 1) / text.columns;
  const bool by_column = rows >= detail::kRowsForColumns;
  // A lane's own loop, which nothing unrolls: several cells at once would not fit its registers.
  const std::int64_t count = by_column ? static_cast<std::int64_t>(rows) * text.columns : indexed.cells;
  const auto refusal = team.template reduce<TextRefusal>(
      kLanes,
      [&](TextRefusal& first, std::int64_t lane) {
        for (auto k = static_cast<std::int32_t>(lane); k < count; k += kLanes) {
          const std::int32_t place = by_column ? k % rows * text.columns + k / rows : k + indexed.column;
          const std::int32_t j = place - indexed.column;
          if (j >= 0 && j < indexed.cells) {
            first.merge(detail::take_cell<T>(text, memory, indexed, j, place));
          }
        }
      },
      [](TextRefusal& first, const TextRefusal& other) { first.merge(other); });
  team.once([&] { tile.refusal = refusal; });
}

/// What the last parse_cells refused, of a text that was not refused before.
template <class Team>
[[nodiscard]] PUMICE_HD TextRefusal merge_refusals(Team& team, const TeamText& text) {
  return team.template reduce<TextRefusal>(
      tile_count(text), [&](TextRefusal& first, std::int64_t t) { first.merge(text.tiles[t].refusal); },
      [](TextRefusal& first, const TextRefusal& other) { first.merge(other); });
}

/// Where a cell is no int16, the text is to be read as decimals; what else was refused remains so.
template <class Team>
PUMICE_HD void choose_way(Team& team, const TeamText& text) {
  if (text.rows->refusal.status != TextStatus::kTaken || text.rows->way != TextWay::kIntegers) {
    return;
  }
  const TextRefusal refusal = merge_refusals(team, text);
  team.once([&] {
    if (refusal.status == TextStatus::kCell) {
      text.rows->way = TextWay::kDecimals;
    } else {
      text.rows->refusal = refusal;
    }
  });
}

}  // namespace pumice::io
