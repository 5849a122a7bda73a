/// Samples in a caller's own memory, of the host or of a GPU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pumice/host_device.hpp"

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
  std::int64_t stride = sizeof(double);  ///< bytes from one sample to the next, which may lie before it

  /// Samples [first, first + count) of this array.
  [[nodiscard]] SampleArray slice(std::int64_t first, std::int64_t count) const {
    return {data + first * stride, type, count, stride};
  }
};

/// Calls `f` with a value of the C++ type that `type` stands for.
template <class F>
PUMICE_HD decltype(auto) visit_type(SampleArray::Type type, F&& f) {
  switch (type) {
    case SampleArray::Type::kInt8:
      return f(std::int8_t{});
    case SampleArray::Type::kUInt8:
      return f(std::uint8_t{});
    case SampleArray::Type::kInt16:
      return f(std::int16_t{});
    case SampleArray::Type::kUInt16:
      return f(std::uint16_t{});
    case SampleArray::Type::kInt32:
      return f(std::int32_t{});
    case SampleArray::Type::kUInt32:
      return f(std::uint32_t{});
    case SampleArray::Type::kInt64:
      return f(std::int64_t{});
    case SampleArray::Type::kUInt64:
      return f(std::uint64_t{});
    case SampleArray::Type::kFloat32:
      return f(float{});
    case SampleArray::Type::kFloat64:
      break;
  }
  return f(double{});
}

/// A segment whose samples lie on a GPU.
struct ResidentSegment {
  std::span<const SampleArray> channels;  ///< all of n samples
  std::int64_t n = 0;
  int device = 0;  ///< its ordinal
};

}  // namespace pumice
