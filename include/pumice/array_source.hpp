/// Recordings that are in memory already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pumice/source.hpp"

namespace pumice {

/// Samples of one channel in the caller's memory, read in place and never written.
struct SampleArray {
  enum class Type : std::uint8_t {
    kInt8,
    kUInt8,
    kInt16,
    kUInt16,
    kInt32,
    kUInt32,
    kInt64,
    kUInt64,
    kFloat32,
    kFloat64
  };
  const std::byte* data = nullptr;
  Type type = Type::kFloat64;
  std::int64_t n = 0;
  std::int64_t stride = sizeof(double);  ///< bytes from one sample to the next
};

/// Cases in memory: each is a recording whose channels may be of another length and type than those of other cases.
struct ArrayCases {
  std::vector<std::string> channels;
  std::vector<std::string> ids;     ///< one a case, unique
  std::vector<SampleArray> arrays;  ///< [cases][channels]
  double sample_rate = 0;           ///< Hz, as a time column would tell it; 0: not known
};

/// What the search for files would have found. Throws UsageError: no case, no channel, two channels or two ids of one
/// name.
[[nodiscard]] Discovery describe_arrays(const ArrayCases& cases);

/// Reads `cases`, which must outlive the source. Samples that are NaN or infinite are missing, as in files, and columns
/// are held in the smallest type that holds them, so that a case gives the values of a file of its samples. Integers
/// beyond 2^53 are rounded to doubles. A case whose channels differ in length is a problem of its own.
[[nodiscard]] std::unique_ptr<Source> open_arrays(const ArrayCases& cases, const Discovery& discovery);

}  // namespace pumice
