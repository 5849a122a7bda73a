#include "pumice/array_source.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <new>
#include <span>
#include <type_traits>

#include "core/clock.hpp"
#include "core/narrow.hpp"
#include "io/csv_header.hpp"
#include "io/ids.hpp"
#include "io/problem.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

/// Calls `store(i, sample)` for every sample. A packed array is a loop that compilers make SIMD of.
template <class T, class Store>
void for_each_sample(const SampleArray& array, const Store& store) {
  T value;
  if (array.stride == static_cast<std::int64_t>(sizeof(T))) {
    for (std::int64_t i = 0; i < array.n; ++i) {
      std::memcpy(&value, array.data + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
      store(i, value);
    }
    return;
  }
  for (std::int64_t i = 0; i < array.n; ++i) {
    std::memcpy(&value, array.data + i * array.stride, sizeof(T));
    store(i, value);
  }
}

/// Memory from the first to the last sample of an array.
struct Extent {
  const std::byte* first = nullptr;
  const std::byte* end = nullptr;

  [[nodiscard]] static Extent of(const SampleArray& array) {
    const std::int64_t size = visit_type(array.type, [](auto zero) { return std::int64_t{sizeof(zero)}; });
    const std::int64_t span = (array.n - 1) * array.stride;
    return {array.data + std::min<std::int64_t>(0, span), array.data + std::max<std::int64_t>(0, span) + size};
  }
  [[nodiscard]] bool overlaps(const Extent& other) const { return first < other.end && other.first < end; }
  void add(const Extent& other) {
    first = std::min(first, other.first, std::less<>());
    end = std::max(end, other.end, std::less<>());
  }
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(end - first); }
};

class ArrayDecoder final : public Decoder {
 public:
  explicit ArrayDecoder(const ArrayCases& cases) : cases_(cases) {}

  std::optional<InputProblem> decode(const Recording& recording, DecodedRecording& out,
                                     StageSeconds& seconds) override {
    const StageTimer decoding(seconds.decode);
    const std::size_t channels = cases_.channels.size();
    const SampleArray* arrays = cases_.arrays.data() + recording.index * channels;
    out.n = arrays[0].n;
    out.text_bytes = recording.bytes;
    out.has_infinities = false;
    if (auto problem = look_at(arrays, recording)) {
      return problem;
    }
    out.channels.resize(channels);
    try {
      const bool is_interleaved = cases_.device >= 0 && copy_interleaved({arrays, channels});
      for (std::size_t c = 0; c < channels; ++c) {
        if (cases_.device >= 0 && !is_interleaved) {
          copy_to_host(Extent::of(arrays[c]));
        }
        take(cases_.device >= 0 ? on_host(arrays[c]) : arrays[c], out.channels[c], out.has_infinities);
      }
    } catch (const std::bad_alloc&) {
      return io::too_large(recording.path);
    }
    return std::nullopt;
  }

 private:
  /// Copies from the GPU, with what lies between the samples; lent until the next.
  void copy_to_host(const Extent& extent) {
    copied_ = extent;
    copy_.resize(extent.bytes());
    cases_.device_memory.copy_to_host(cases_.device, copy_.data(), extent.first, copy_.size());
  }

  /// Copies all channels at once where samples of each lie between those of others; else false.
  [[nodiscard]] bool copy_interleaved(std::span<const SampleArray> arrays) {
    const Extent first = Extent::of(arrays.front());
    Extent all = first;
    for (const SampleArray& array : arrays.subspan(1)) {
      const Extent extent = Extent::of(array);
      if (!first.overlaps(extent)) {
        return false;
      }
      all.add(extent);
    }
    copy_to_host(all);
    return true;
  }

  /// The array as it lies in what was copied.
  [[nodiscard]] SampleArray on_host(SampleArray array) const {
    array.data = copy_.data() + (array.data - copied_.first);
    return array;
  }

  [[nodiscard]] std::optional<InputProblem> look_at(const SampleArray* arrays, const Recording& recording) const {
    for (std::size_t c = 1; c < cases_.channels.size(); ++c) {
      if (arrays[c].n != arrays[0].n) {
        InputProblem problem = io::problem_of(
            recording.path,
            fmt::format("has {} samples, channel `{}` has {}", arrays[c].n, cases_.channels[0], arrays[0].n));
        problem.column = cases_.channels[c];
        return problem;
      }
    }
    return arrays[0].n > 0 ? std::nullopt : std::optional(io::problem_of(recording.path, "has no samples"));
  }

  void take(const SampleArray& array, ColumnBuffer& out, bool& has_infinities) {
    visit_type(array.type, [&](auto zero) {
      using T = decltype(zero);
      if constexpr (std::is_same_v<T, std::int16_t>) {
        take_int16(array, out);
      } else {
        take_any<T>(array, out, has_infinities);
      }
    });
  }

  /// The lowest int16 means "missing" in a column of that type, but is a sample like any other here.
  static void take_int16(const SampleArray& array, ColumnBuffer& out) {
    out.reset(SampleType::kInt16, array.n);
    std::uint16_t has_lowest = 0;
    for_each_sample<std::int16_t>(array, [&has_lowest, x = out.as<std::int16_t>()](std::int64_t i, std::int16_t value) {
      x[i] = value;
      has_lowest |= static_cast<std::uint16_t>(value == std::numeric_limits<std::int16_t>::min());
    });
    if (has_lowest != 0) {
      out.reset(SampleType::kInt32, array.n);
      for_each_sample<std::int16_t>(array,
                                    [x = out.as<std::int32_t>()](std::int64_t i, std::int16_t value) { x[i] = value; });
    }
  }

  template <class T>
  void take_any(const SampleArray& array, ColumnBuffer& out, bool& has_infinities) {
    wide_.reset(SampleType::kFloat64, array.n);
    double* x = wide_.as<double>();
    if constexpr (std::is_floating_point_v<T>) {
      std::uint64_t infinities = 0;
      for_each_sample<T>(array, [&](std::int64_t i, T value) {
        const auto sample = static_cast<double>(value);
        const bool infinite = std::fabs(sample) == std::numeric_limits<double>::infinity();
        infinities |= static_cast<std::uint64_t>(infinite);
        x[i] = infinite ? kMissing<double> : sample;
      });
      has_infinities = has_infinities || infinities != 0;
    } else {
      for_each_sample<T>(array, [x](std::int64_t i, T value) { x[i] = static_cast<double>(value); });
    }
    store_as(wide_.view(), narrowest_type(wide_.view()), out);
  }

  const ArrayCases& cases_;
  ColumnBuffer wide_;
  std::vector<std::byte> copy_;
  Extent copied_;
};

class ArraySource final : public Source {
 public:
  ArraySource(const ArrayCases& cases, const Discovery& discovery)
      : cases_(cases), recordings_(discovery.recordings), channels_(discovery.channels) {}
  [[nodiscard]] const std::vector<Recording>& recordings() const override { return recordings_; }
  [[nodiscard]] const std::vector<std::string>& channels() const override { return channels_; }
  [[nodiscard]] std::unique_ptr<Decoder> make_decoder() const override {
    return std::make_unique<ArrayDecoder>(cases_);
  }
  [[nodiscard]] int device() const override { return cases_.device; }
  [[nodiscard]] std::optional<ResidentSegment> resident(const Recording& recording) const override {
    const std::span<const SampleArray> arrays =
        std::span(cases_.arrays).subspan(recording.index * channels_.size(), channels_.size());
    const std::int64_t n = arrays.front().n;
    const bool is_whole = n > 0 && std::all_of(arrays.begin(), arrays.end(), [n](const auto& a) { return a.n == n; });
    return cases_.device >= 0 && is_whole ? std::optional(ResidentSegment{arrays, n, cases_.device}) : std::nullopt;
  }

 private:
  const ArrayCases& cases_;
  std::vector<Recording> recordings_;
  std::vector<std::string> channels_;
};

void check_unique(const std::vector<std::string>& names, const char* what) {
  if (const auto twice = io::repeated_name(names)) {
    throw UsageError(fmt::format("two {} are named `{}`", what, *twice));
  }
}

/// Bytes of plain text that as many samples usually are: what estimates of time and memory are made from.
constexpr std::int64_t kTextBytesPerSample = 6;

}  // namespace

Discovery describe_arrays(const ArrayCases& cases) {
  if (cases.channels.empty()) {
    throw UsageError("there is no channel");
  }
  if (cases.ids.empty()) {
    throw UsageError("there is no case");
  }
  check_unique(cases.channels, "channels");
  check_unique(cases.ids, "cases");
  Discovery discovery;
  discovery.channels = cases.channels;
  discovery.shape.channels = cases.channels;
  discovery.shape.sample_rate = cases.sample_rate;
  discovery.shape.time_column = cases.sample_rate > 0 ? "time" : "";
  discovery.shape.estimated_rows = cases.arrays.empty() ? 0 : cases.arrays[0].n;
  discovery.ids_are_integers = std::all_of(cases.ids.begin(), cases.ids.end(),
                                           [](const std::string& id) { return io::is_canonical_integer(id); });
  discovery.recordings.reserve(cases.ids.size());
  for (std::size_t i = 0; i < cases.ids.size(); ++i) {
    std::int64_t samples = 0;
    for (std::size_t c = 0; c < cases.channels.size(); ++c) {
      samples += cases.arrays[i * cases.channels.size() + c].n;
    }
    discovery.recordings.push_back({.path = fmt::format("case {}", cases.ids[i]),
                                    .id = cases.ids[i],
                                    .bytes = kTextBytesPerSample * samples,
                                    .named = true,
                                    .index = i});
    discovery.total_bytes += discovery.recordings.back().bytes;
  }
  return discovery;
}

std::unique_ptr<Source> open_arrays(const ArrayCases& cases, const Discovery& discovery) {
  if (cases.device >= 0) {
    cases.device_memory.synchronize(cases.device);
  }
  return std::make_unique<ArraySource>(cases, discovery);
}

}  // namespace pumice
