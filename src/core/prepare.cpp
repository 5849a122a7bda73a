#include "pumice/prepare.hpp"

#include <algorithm>

#include "stages/interpolate.hpp"
#include "stages/welch.hpp"

namespace pumice {

namespace {

template <class T>
std::int64_t count_gaps(const T* x, std::int64_t n) {
  std::int64_t missing = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    missing += stages::is_gap(x[i]) ? 1 : 0;
  }
  return missing;
}

template <class T>
bool all_equal(const T* x, std::int64_t n) {
  std::int64_t different = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    different += x[i] != x[0] ? 1 : 0;
  }
  return different == 0;
}

/// Intake of a column that has gaps.
template <class T>
Intake describe_gaps(const T* x, std::int64_t n) {
  Intake intake{.n = n};
  std::int64_t gap = 0;
  T first{};
  bool constant = true;
  for (std::int64_t i = 0; i < n; ++i) {
    if (stages::is_gap(x[i])) {
      ++gap;
      intake.longest_gap = std::max(intake.longest_gap, gap);
      continue;
    }
    gap = 0;
    if (intake.n_valid++ == 0) {
      first = x[i];
    }
    constant = constant && x[i] == first;
  }
  intake.is_constant = constant && intake.n_valid > 0;
  return intake;
}

/// The valid samples, in order.
template <class T>
void compact(const T* x, std::int64_t n, ColumnBuffer& out) {
  out.reset(kSampleTypeOf<T>, n);
  T* to = out.as<T>();
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    to[count] = x[i];
    count += stages::is_gap(x[i]) ? 0 : 1;
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
  const std::int64_t missing = count_gaps(x, column.n);
  if (missing == 0) {
    channel.intake = {column.n, column.n, 0, column.n > 0 && all_equal(x, column.n)};
    channel.valid = channel.time_axis = column;
    return;
  }
  channel.intake = describe_gaps(x, column.n);
  if (missing < column.n) {
    apply<T>(policy, column, valid, time_axis, channel);
  } else if (policy == MissingPolicy::kZero || policy == MissingPolicy::kFfill) {
    fill_with_zeros(column.n, valid);
    channel.valid = channel.time_axis = valid.view();
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
