/// The team of 128 lanes (include/pumice/team.hpp) as one CUDA block: the same shape, so the same bits as on the CPU.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pumice/team.hpp"

namespace pumice::cuda {

/// Shared memory of a team, enough for one accumulator of at most `kBytes` bytes a lane.
template <std::size_t kBytes>
struct TeamMemory {
  static constexpr std::size_t kAccumulatorBytes = kBytes;
  alignas(16) unsigned char bytes[kLanes * kBytes];
};

/// One block of exactly 128 threads. Every member is called by all threads together; a reduction's result, and what
/// `for_each` and `once` wrote, is seen by every lane when the call returns.
template <class Memory>
class BlockTeam {
 public:
  __device__ explicit BlockTeam(Memory& memory) : memory_(memory.bytes) {}

  template <class Acc, class Add, class Merge>
  [[nodiscard]] __device__ Acc reduce(std::int64_t n, Add add, Merge merge) {
    Acc acc{};
#pragma unroll 4
    for (std::int64_t i = threadIdx.x; i < n; i += kLanes) {
      add(acc, i);
    }
    Acc* lanes = store(acc);
    for (int k = kLanes / 2; k > 0; k /= 2) {
      if (lane() < k) {
        merge(lanes[lane()], lanes[lane() + k]);
      }
      __syncthreads();
    }
    return load(lanes);
  }

  template <class Acc, class Add, class Merge>
  [[nodiscard]] __device__ Acc reduce_ordered(std::int64_t n, Add add, Merge merge) {
    Acc acc{};
    const std::int64_t chunk = chunk_size(n);
    const std::int64_t first = lane() * chunk;
    const std::int64_t last = first + chunk < n ? first + chunk : n;
    for (std::int64_t i = first; i < last; ++i) {
      add(acc, i);
    }
    Acc* lanes = store(acc);
    for (int k = 1; k < kLanes; k *= 2) {
      if (lane() % (2 * k) == 0) {
        merge(lanes[lane()], lanes[lane() + k]);
      }
      __syncthreads();
    }
    return load(lanes);
  }

  template <class Body>
  __device__ void for_each(std::int64_t n, Body body) {
    for (std::int64_t i = threadIdx.x; i < n; i += kLanes) {
      body(i);
    }
    __syncthreads();
  }

  template <class Body>
  __device__ void once(Body body) {
    if (threadIdx.x == 0) {
      body();
    }
    __syncthreads();
  }

 private:
  [[nodiscard]] static __device__ int lane() { return static_cast<int>(threadIdx.x); }

  /// Every lane's accumulator, seen by all lanes.
  template <class Acc>
  [[nodiscard]] __device__ Acc* store(const Acc& acc) {
    static_assert(sizeof(Acc) <= Memory::kAccumulatorBytes, "the team's shared memory is too small");
    static_assert(alignof(Acc) <= 16);
    Acc* lanes = reinterpret_cast<Acc*>(memory_);
    lanes[lane()] = acc;
    __syncthreads();
    return lanes;
  }

  /// The first accumulator, read by all lanes before any of them may write its place again.
  template <class Acc>
  [[nodiscard]] __device__ Acc load(const Acc* lanes) {
    const Acc result = lanes[0];
    __syncthreads();
    return result;
  }

  unsigned char* memory_;
};

/// A single thread, for features that are one function of their views: each lane of a block evaluates its own call.
struct OneLane {
  template <class Body>
  __device__ void once(Body body) {
    body();
  }
};

}  // namespace pumice::cuda
