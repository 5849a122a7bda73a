/// Texts and arrays as a device takes them (kernels/launch.hpp), on the fake runtime.
#include <memory>

#include "check.hpp"
#include "cuda/fake_cuda_runtime.hpp"
#include "io/array_team.hpp"
#include "io/csv_team.hpp"
#include "io/csv_team_columns.hpp"
#include "launch.hpp"
#include "pumice/team.hpp"

namespace pumice::cuda {

namespace {

void parse_text(const io::TeamText& text, std::int64_t most_tiles, int most_kept) {
  SerialTeam team;
  const auto places = std::make_unique<io::PlaceMemory>();
  const auto memory = std::make_unique<io::TextTileMemory>();
  const auto gaps = std::make_unique<io::GapMemory>();
  // What the grid does not reach is not done.
  const std::int64_t tiles = io::tile_count(text) < most_tiles ? io::tile_count(text) : most_tiles;
  for (std::int64_t t = 0; t < tiles; ++t) {
    io::count_cells(team, text, t);
  }
  io::place_cells(team, text, *places);
  for (std::int64_t t = 0; t < tiles; ++t) {
    io::parse_cells<std::int16_t>(team, text, t, *memory);
  }
  io::choose_way(team, text);
  for (std::int64_t t = 0; t < tiles; ++t) {
    io::parse_cells<double>(team, text, t, *memory);
  }
  for (int column = 0; column < text.kept && column < most_kept; ++column) {
    io::finish_column(team, text, column, *gaps);
  }
}

}  // namespace

void launch_parse_texts(const io::TeamText* texts, int count, std::int64_t most_tiles, int most_kept,
                        cudaStream_t stream) {
  PUMICE_CUDA(test::launch_on_fake_cuda(stream, [=] {
    for (int i = 0; i < count; ++i) {
      parse_text(texts[i], most_tiles, most_kept);
    }
  }));
}

void launch_take_arrays(const io::TeamText* segments, int count, int channels, cudaStream_t stream) {
  PUMICE_CUDA(test::launch_on_fake_cuda(stream, [=] {
    SerialTeam team;
    const auto gaps = std::make_unique<io::GapMemory>();
    for (int i = 0; i < count; ++i) {
      for (int column = 0; column < channels; ++column) {
        io::take_array(team, segments[i], column, *gaps);
      }
    }
  }));
}

}  // namespace pumice::cuda
