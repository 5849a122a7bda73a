/// Recordings that are in memory already.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pumice/device_memory.hpp"
#include "pumice/sample_array.hpp"
#include "pumice/source.hpp"

namespace pumice {

/// Cases in memory: each is a recording whose channels may be of another length and type than those of other cases.
struct ArrayCases {
  std::vector<std::string> channels;
  std::vector<std::string> ids;     ///< one a case, unique
  std::vector<SampleArray> arrays;  ///< [cases][channels]
  double sample_rate = 0;           ///< Hz, as a time column would tell it; 0: not known
  /// Where the samples lie: a GPU, or -1, the host.
  int device = -1;
  DeviceMemory device_memory = {};  ///< of that GPU
};

/// What the search for files would have found. Throws UsageError: no case, no channel, two channels or two ids of one
/// name.
[[nodiscard]] Discovery describe_arrays(const ArrayCases& cases);

/// Reads `cases`, which must outlive the source. Samples that are NaN or infinite are missing, as in files, and columns
/// are held in the smallest type that holds them, so that a case gives the values of a file of its samples. Integers
/// beyond 2^53 are rounded to doubles. A case whose channels differ in length is a problem of its own.
///
/// Samples on a GPU are read there by its backend; by any other, and where they are not aligned as their type is, they
/// are copied to the host, a case at a time. They must not change until the run is over. Throws CudaError where the GPU
/// fails before.
[[nodiscard]] std::unique_ptr<Source> open_arrays(const ArrayCases& cases, const Discovery& discovery);

}  // namespace pumice
