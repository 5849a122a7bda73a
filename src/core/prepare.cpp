#include "pumice/prepare.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>

#include "stages/interpolate.hpp"
#include "stages/welch.hpp"

namespace pumice {

namespace {

/// Samples that are looked at one by one where some of them, but not all, are missing.
constexpr std::int64_t kGapBlock = 64;
/// Running values that samples are added to in turn, so that none waits for the one before it.
constexpr std::int64_t kSide = 32;

/// What one pass over a column finds.
template <class T>
struct Scan {
  std::int64_t missing = 0;
  T low = std::numeric_limits<T>::max();      ///< of the valid samples
  T high = std::numeric_limits<T>::lowest();  ///< low > high: there is none
};

template <class T>
Scan<T> scan(const T* x, std::int64_t n) {
  // Gaps are counted in a type as wide as a sample, as many in a register, for as long as it can hold them.
  using Count = std::conditional_t<std::is_same_v<T, double>, std::int64_t, T>;
  constexpr std::int64_t kBlock = kSide * std::numeric_limits<std::int16_t>::max();
  Scan<T> found;
  T low[kSide];
  T high[kSide];
  std::fill_n(low, kSide, found.low);
  std::fill_n(high, kSide, found.high);
  for (std::int64_t block = 0; block < n; block += kBlock) {
    Count missing[kSide] = {};
    const auto add = [&](std::int64_t i, std::int64_t side) {
      const bool gap = stages::is_gap(x[i]);
      const T for_low = gap ? std::numeric_limits<T>::max() : x[i];
      const T for_high = gap ? std::numeric_limits<T>::lowest() : x[i];
      low[side] = for_low < low[side] ? for_low : low[side];
      high[side] = for_high > high[side] ? for_high : high[side];
      missing[side] = static_cast<Count>(missing[side] + (gap ? 1 : 0));
    };
    const std::int64_t end = std::min(n, block + kBlock);
    std::int64_t i = block;
    for (; i + kSide <= end; i += kSide) {
      for (std::int64_t side = 0; side < kSide; ++side) {
        add(i + side, side);
      }
    }
    for (; i < end; ++i) {
      add(i, i % kSide);
    }
    found.missing = std::accumulate(missing, missing + kSide, found.missing);
  }
  found.low = *std::min_element(low, low + kSide);
  found.high = *std::max_element(high, high + kSide);
  return found;
}

template <class T>
std::int64_t count_gaps(const T* x, std::int64_t n) {
  std::int64_t missing = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    missing += stages::is_gap(x[i]) ? 1 : 0;
  }
  return missing;
}

/// Samples in the longest run of missing ones.
template <class T>
std::int64_t longest_gap(const T* x, std::int64_t n) {
  std::int64_t longest = 0;
  std::int64_t gap = 0;
  for (std::int64_t first = 0; first < n; first += kGapBlock) {
    const std::int64_t count = std::min(kGapBlock, n - first);
    const std::int64_t missing = count_gaps(x + first, count);
    if (missing == 0 || missing == count) {
      gap = missing == 0 ? 0 : gap + count;
      longest = std::max(longest, gap);
      continue;
    }
    for (std::int64_t i = first; i < first + count; ++i) {
      gap = stages::is_gap(x[i]) ? gap + 1 : 0;
      longest = std::max(longest, gap);
    }
  }
  return longest;
}

/// The valid samples, in order.
template <class T>
void compact(const T* x, std::int64_t n, ColumnBuffer& out) {
  out.reset(kSampleTypeOf<T>, n);
  T* to = out.as<T>();
  std::int64_t count = 0;
  for (std::int64_t first = 0; first < n; first += kGapBlock) {
    const std::int64_t last = std::min(n, first + kGapBlock);
    if (count_gaps(x + first, last - first) == 0) {
      std::copy(x + first, x + last, to + count);
      count += last - first;
      continue;
    }
    for (std::int64_t i = first; i < last; ++i) {
      to[count] = x[i];
      count += stages::is_gap(x[i]) ? 0 : 1;
    }
  }
  out.truncate(count);
}

/// Each gap becomes 0, or the last valid sample where `forward`.
template <class T>
void fill(const T* x, std::int64_t n, bool forward, ColumnBuffer& out) {
  out.reset(kSampleTypeOf<T>, n);
  T* to = out.as<T>();
  T last{};
  for (std::int64_t i = 0; i < n; ++i) {
    const bool gap = stages::is_gap(x[i]);
    to[i] = gap ? last : x[i];
    last = forward ? to[i] : T{};
  }
}

void fill_with_zeros(std::int64_t n, ColumnBuffer& out) {
  out.reset(SampleType::kInt16, n);
  std::fill_n(out.as<std::int16_t>(), n, std::int16_t{0});
}

/// Applies `policy` to a column that has gaps and valid samples.
template <class T>
void apply(MissingPolicy policy, const ColumnView& column, ColumnBuffer& valid, ColumnBuffer& time_axis,
           PreparedChannel& channel) {
  const T* x = column.as<T>();
  switch (policy) {
    case MissingPolicy::kSkip:
      compact(x, column.n, valid);
      time_axis.reset(SampleType::kFloat64, column.n);
      stages::fill_gaps(x, column.n, time_axis.as<double>());
      channel.valid = valid.view();
      channel.time_axis = time_axis.view();
      channel.raw = column;
      return;
    case MissingPolicy::kZero:
    case MissingPolicy::kFfill:
      fill(x, column.n, policy == MissingPolicy::kFfill, valid);
      break;
    case MissingPolicy::kInterpolate:
      valid.reset(SampleType::kFloat64, column.n);
      stages::fill_gaps(x, column.n, valid.as<double>());
      break;
    case MissingPolicy::kNan:
      return;
  }
  channel.valid = channel.time_axis = valid.view();
}

template <class T>
void prepare_channel(MissingPolicy policy, const ColumnView& column, ColumnBuffer& valid, ColumnBuffer& time_axis,
                     PreparedChannel& channel) {
  const T* x = column.as<T>();
  channel = {};
  const Scan<T> found = scan(x, column.n);
  channel.intake = {.n = column.n,
                    .n_valid = column.n - found.missing,
                    .longest_gap = found.missing > 0 ? longest_gap(x, column.n) : 0,
                    .is_constant = found.low == found.high};
  if (found.missing == 0) {
    channel.valid = channel.time_axis = column;
  } else if (found.missing < column.n) {
    apply<T>(policy, column, valid, time_axis, channel);
  } else if (policy == MissingPolicy::kZero || policy == MissingPolicy::kFfill) {
    fill_with_zeros(column.n, valid);
    channel.valid = channel.time_axis = valid.view();
  }
  if (channel.valid.n > 0 && channel.valid.type != SampleType::kFloat64) {
    const bool has_zeros = found.missing > 0 && policy != MissingPolicy::kSkip;
    channel.low = std::min<std::int64_t>(static_cast<std::int64_t>(found.low), has_zeros ? 0 : INT64_MAX);
    channel.high = std::max<std::int64_t>(static_cast<std::int64_t>(found.high), has_zeros ? 0 : INT64_MIN);
  }
}

}  // namespace

PreparedSegment Preparer::prepare(const Plan& plan, std::span<const ColumnView> columns) {
  if (buffers_.size() < columns.size()) {
    buffers_.resize(columns.size());
  }
  channels_.resize(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    visit_type(columns[c].type, [&](auto zero) {
      prepare_channel<decltype(zero)>(plan.missing, columns[c], buffers_[c].valid, buffers_[c].time_axis, channels_[c]);
    });
  }
  return {channels_, columns.empty() ? 0 : columns.front().n};
}

bool leaves_out_block(const ColumnView& raw, std::int64_t first, std::int64_t count) {
  return visit_type(raw.type, [&](auto zero) {
    using T = decltype(zero);
    return stages::too_many_missing(count_gaps(raw.as<T>() + first, count), count);
  });
}

}  // namespace pumice
