/// How many transforms one execution of a cuFFT plan does, and in which batches a list of blocks is worked through.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pumice::cuda {

/// A function of the length alone: cuFFT promises equal bits for equal plans only, so that batches of segments of any
/// size must run the same plan. The last batch of a list is filled up with whatever lies there.
[[nodiscard]] constexpr int transform_batch(int length) {
  constexpr int kSamples = 1 << 21;
  constexpr int kMost = 2048;
  return std::clamp(kSamples / std::max(length, 1), 1, kMost);
}

/// Calls `work(first, count)` for each batch of a list of `blocks` blocks.
template <class Work>
void for_each_batch(std::int64_t blocks, int batch, Work work) {
  for (std::int64_t first = 0; first < blocks; first += batch) {
    work(first, static_cast<int>(std::min<std::int64_t>(batch, blocks - first)));
  }
}

}  // namespace pumice::cuda
