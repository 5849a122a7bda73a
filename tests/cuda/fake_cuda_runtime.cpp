#include "cuda/fake_cuda_runtime.hpp"

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <memory>

#include "io/array_team.hpp"
#include "io/csv_team.hpp"
#include "io/csv_team_columns.hpp"
#include "launch.hpp"
#include "pumice/team.hpp"

namespace {

std::size_t memory_left = std::numeric_limits<std::size_t>::max();
std::map<void*, std::size_t> allocated;
std::map<void*, std::size_t> locked;
cudaError_t state_of_context = cudaSuccess;

/// Exactly `bytes`, so that a sanitizer sees what lies beyond.
cudaError_t allocate(void** memory, std::size_t bytes) {
  if (bytes > memory_left) {
    return cudaErrorMemoryAllocation;
  }
  constexpr std::size_t kAlignment = 256;
  if (::posix_memalign(memory, kAlignment, bytes) != 0) {
    return cudaErrorMemoryAllocation;
  }
  std::memset(*memory, '7', bytes);
  memory_left -= bytes;
  allocated[*memory] = bytes;
  return cudaSuccess;
}

cudaError_t release(void* memory) {
  memory_left += allocated[memory];
  allocated.erase(memory);
  std::free(memory);
  return cudaSuccess;
}

/// Whether memory of the device lies in one allocation, as a GPU's driver wants it.
bool is_in_one_block(void* memory, std::size_t bytes) {
  auto block = allocated.upper_bound(memory);
  if (block == allocated.begin()) {
    return false;
  }
  --block;
  const auto* const begin = static_cast<const std::byte*>(block->first);
  return static_cast<const std::byte*>(memory) + bytes <= begin + block->second;
}

template <class Handle>
cudaError_t make_handle(Handle* handle) {
  *handle = reinterpret_cast<Handle>(new int(0));
  return cudaSuccess;
}

template <class Handle>
cudaError_t drop_handle(Handle handle) {
  delete reinterpret_cast<int*>(handle);
  return cudaSuccess;
}

}  // namespace

namespace pumice::test {

void set_fake_cuda_memory(std::size_t bytes) { memory_left = bytes; }

void set_fake_cuda_context(cudaError_t state) { state_of_context = state; }

std::size_t fake_cuda_locked_bytes() {
  std::size_t sum = 0;
  for (const auto& [memory, bytes] : locked) {
    sum += bytes;
  }
  return sum;
}

}  // namespace pumice::test

extern "C" {

cudaError_t cudaMalloc(void** memory, std::size_t bytes) { return allocate(memory, bytes); }
cudaError_t cudaFree(void* memory) { return release(memory); }
cudaError_t cudaHostRegister(void* memory, std::size_t bytes, unsigned) {
  locked[memory] = bytes;
  return cudaSuccess;
}
cudaError_t cudaHostUnregister(void* memory) {
  locked.erase(memory);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  const bool is_upload = kind == cudaMemcpyHostToDevice;
  if (!is_in_one_block(is_upload ? to : const_cast<void*>(from), bytes)) {
    return cudaErrorInvalidValue;
  }
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) { return make_handle(stream); }
cudaError_t cudaStreamQuery(cudaStream_t) { return state_of_context; }
cudaError_t cudaStreamDestroy(cudaStream_t stream) { return drop_handle(stream); }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) { return make_handle(event); }
cudaError_t cudaEventDestroy(cudaEvent_t event) { return drop_handle(event); }
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
  *milliseconds = 1;
  return cudaSuccess;
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t) { return "an error of the fake device"; }
const char* cudaGetErrorName(cudaError_t) { return "fake"; }
}

namespace pumice::cuda {

void launch_parse_texts(const io::TeamText* texts, int count, std::int64_t most_tiles, int most_kept, cudaStream_t) {
  SerialTeam team;
  const auto places = std::make_unique<io::PlaceMemory>();
  const auto memory = std::make_unique<io::TextTileMemory>();
  const auto gaps = std::make_unique<io::GapMemory>();
  for (int i = 0; i < count; ++i) {
    const io::TeamText& text = texts[i];
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
}

void launch_take_arrays(const io::TeamText* segments, int count, int channels, cudaStream_t) {
  SerialTeam team;
  const auto gaps = std::make_unique<io::GapMemory>();
  for (int i = 0; i < count; ++i) {
    for (int column = 0; column < channels; ++column) {
      io::take_array(team, segments[i], column, *gaps);
    }
  }
}

}  // namespace pumice::cuda
