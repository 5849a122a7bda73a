#include <algorithm>

#include "block_team.cuh"
#include "check.hpp"
#include "io/csv_team.hpp"
#include "io/csv_team_columns.hpp"
#include "launch.hpp"
#include "load_kernels.hpp"

namespace pumice::cuda {

namespace {

using CountMemory = TeamMemory<sizeof(io::detail::FoundEnds)>;
using ParseMemory = TeamMemory<sizeof(io::TextRefusal)>;
using ColumnMemory =
    TeamMemory<std::max({sizeof(io::TextRefusal), sizeof(io::ColumnFacts), sizeof(io::detail::GapRuns)})>;

/// blockIdx.y: the text; blockIdx.x: the first tile, of those that are a grid apart.
template <class Body>
__device__ void for_each_tile(const io::TeamText* texts, Body body) {
  const io::TeamText& text = texts[blockIdx.y];
  const std::int64_t tiles = io::tile_count(text);
  for (std::int64_t t = blockIdx.x; t < tiles; t += gridDim.x) {
    body(text, t);
  }
}

__global__ void __launch_bounds__(kLanes) count_cells(const io::TeamText* texts) {
  __shared__ CountMemory memory;
  BlockTeam<CountMemory> team(memory);
  for_each_tile(texts, [&](const io::TeamText& text, std::int64_t t) { io::count_cells(team, text, t); });
}

/// One block a text.
__global__ void __launch_bounds__(kLanes) place_cells(const io::TeamText* texts) {
  __shared__ CountMemory memory;
  __shared__ io::PlaceMemory places;
  BlockTeam<CountMemory> team(memory);
  io::place_cells(team, texts[blockIdx.x], places);
}

template <class T>
__global__ void __launch_bounds__(kLanes) parse_cells(const io::TeamText* texts) {
  __shared__ ParseMemory memory;
  __shared__ io::TextTileMemory tile;
  BlockTeam<ParseMemory> team(memory);
  for_each_tile(texts, [&](const io::TeamText& text, std::int64_t t) { io::parse_cells<T>(team, text, t, tile); });
}

/// One block a text.
__global__ void __launch_bounds__(kLanes) choose_way(const io::TeamText* texts) {
  __shared__ ParseMemory memory;
  BlockTeam<ParseMemory> team(memory);
  io::choose_way(team, texts[blockIdx.x]);
}

/// blockIdx.y: the text; blockIdx.x: the column.
__global__ void __launch_bounds__(kLanes) finish_columns(const io::TeamText* texts) {
  __shared__ ColumnMemory memory;
  __shared__ io::GapMemory gaps;
  BlockTeam<ColumnMemory> team(memory);
  const io::TeamText& text = texts[blockIdx.y];
  if (static_cast<int>(blockIdx.x) < text.kept) {
    io::finish_column(team, text, blockIdx.x, gaps);
  }
}

}  // namespace

void load_parsing_kernels() {
  load_kernel(count_cells);
  load_kernel(place_cells);
  load_kernel(parse_cells<std::int16_t>);
  load_kernel(choose_way);
  load_kernel(parse_cells<double>);
  load_kernel(finish_columns);
}

void launch_parse_texts(const io::TeamText* texts, int count, std::int64_t most_tiles, int most_kept,
                        cudaStream_t stream) {
  if (count == 0) {
    return;
  }
  constexpr std::int64_t kMostBlocks = 1 << 16;
  const auto tiles = static_cast<unsigned>(std::clamp<std::int64_t>(most_tiles, 1, kMostBlocks));
  const auto rows = static_cast<unsigned>(count);
  count_cells<<<dim3(tiles, rows), kLanes, 0, stream>>>(texts);
  PUMICE_CUDA(cudaGetLastError());
  place_cells<<<rows, kLanes, 0, stream>>>(texts);
  PUMICE_CUDA(cudaGetLastError());
  parse_cells<std::int16_t><<<dim3(tiles, rows), kLanes, 0, stream>>>(texts);
  PUMICE_CUDA(cudaGetLastError());
  choose_way<<<rows, kLanes, 0, stream>>>(texts);
  PUMICE_CUDA(cudaGetLastError());
  parse_cells<double><<<dim3(tiles, rows), kLanes, 0, stream>>>(texts);
  PUMICE_CUDA(cudaGetLastError());
  finish_columns<<<dim3(static_cast<unsigned>(std::max(most_kept, 1)), rows), kLanes, 0, stream>>>(texts);
  PUMICE_CUDA(cudaGetLastError());
}

}  // namespace pumice::cuda
