/// Does what whoever reserves a place in a slot has to do: copies the samples of the segment.
#pragma once

#include <cstddef>

#include "batch.hpp"

namespace pumice::test {

/// Those of the segment that was appended last, to `upload`.
inline void copy_columns(const cuda::Batch& batch, std::byte* upload) {
  SlotPlace place;
  batch.list_copies(upload, place.copies);
  place.fill();
}

}  // namespace pumice::test
