/// Columns of samples as they are held in memory: the smallest type that holds a channel exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>

#include "pumice/host_device.hpp"

namespace pumice {

/// How the samples of a column are stored.
/// kInt32 holds integers of magnitude up to 2^24 only, so that 128-bit sums of fourth powers are exact.
enum class SampleType : std::uint8_t { kInt16, kInt32, kFloat64 };

inline constexpr std::int32_t kMaxInt32Sample = 1 << 24;
/// Columns start at, and may be read up to, a multiple of this many bytes.
inline constexpr std::size_t kColumnAlignment = 128;

[[nodiscard]] PUMICE_HD constexpr std::size_t sample_size(SampleType type) {
  return type == SampleType::kInt16 ? 2 : type == SampleType::kInt32 ? 4 : 8;
}

/// The stored value that means "missing": INT16_MIN, INT32_MIN or NaN.
template <class T>
inline constexpr T kMissing = std::is_floating_point_v<T> ? std::numeric_limits<T>::quiet_NaN()
                                                          : std::numeric_limits<T>::min();

template <class T>
[[nodiscard]] PUMICE_HD constexpr bool is_missing(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return value != value;
  } else {
    return value == std::numeric_limits<T>::min();
  }
}

template <class T>
inline constexpr SampleType kSampleTypeOf = std::is_same_v<T, std::int16_t>   ? SampleType::kInt16
                                            : std::is_same_v<T, std::int32_t> ? SampleType::kInt32
                                                                              : SampleType::kFloat64;

/// Borrowed samples of one channel. data: [n] of `type`.
struct ColumnView {
  const void* data = nullptr;
  SampleType type = SampleType::kFloat64;
  std::int64_t n = 0;

  template <class T>
  [[nodiscard]] PUMICE_HD const T* as() const {
    return static_cast<const T*>(data);
  }
  /// Samples [first, first + count) of this column.
  [[nodiscard]] PUMICE_HD ColumnView slice(std::int64_t first, std::int64_t count) const {
    return {static_cast<const char*>(data) + first * static_cast<std::int64_t>(sample_size(type)), type, count};
  }
};

/// Calls `f` with a value of the C++ type that `type` stands for: `visit_type(t, [&](auto zero) { using T =
/// decltype(zero); })`.
template <class F>
decltype(auto) visit_type(SampleType type, F&& f) {
  switch (type) {
    case SampleType::kInt16:
      return f(std::int16_t{});
    case SampleType::kInt32:
      return f(std::int32_t{});
    case SampleType::kFloat64:
      break;
  }
  return f(double{});
}

/// Owns the samples of one channel; keeps its memory when it is filled again.
class ColumnBuffer {
 public:
  /// Makes room for `n` samples of `type`; what was in it is lost. Allocates only where it must grow.
  void reset(SampleType type, std::int64_t n);
  /// Shortens to the first `n` samples.
  void truncate(std::int64_t n) { n_ = n; }
  template <class T>
  [[nodiscard]] T* as() {
    return reinterpret_cast<T*>(bytes_.get());
  }
  [[nodiscard]] ColumnView view() const { return {bytes_.get(), type_, n_}; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t capacity_ = 0;
  SampleType type_ = SampleType::kFloat64;
  std::int64_t n_ = 0;
};

}  // namespace pumice
