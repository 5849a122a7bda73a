#include "cpu/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/reduce_kernels.cpp"
#include "hwy/foreach_target.h"
// The line above includes this file once a target; what follows is inside its loop.
#include <algorithm>

#include "core/simd_dispatch.hpp"
#include "cpu/kernels.hpp"
#include "cpu/simd_team-inl.hpp"
#include "features/all.hpp"
#include "stages/moments.hpp"
#include "stages/welch.hpp"

HWY_BEFORE_NAMESPACE();
namespace pumice::cpu {
namespace HWY_NAMESPACE {

/// Samples that all reductions of a view take before the next ones: they stay in the first-level cache.
inline constexpr std::int64_t kTile = std::int64_t{32} * kLanes;

/// What a view is walked by: reductions with the same extent of the same view share a pass.
template <class T>
struct Entry {
  std::int64_t min_n = 0;
  int outputs = 0;
  std::uint32_t walked = kNoStage;
  std::size_t accumulator_bytes = 0;  ///< 0: evaluated at once
  std::int64_t (*extent)(const Signal<T>&) = nullptr;
  void (*direct)(const Signal<T>&, const double* params, double* out) = nullptr;
  void (*begin)(std::byte* lanes) = nullptr;
  void (*add)(std::byte* lanes, const Signal<T>&, const double* params, std::int64_t first,
              std::int64_t last) = nullptr;
  void (*finish)(std::byte* lanes, const Signal<T>&, const double* params, double* out) = nullptr;
};

template <class F, class T>
std::int64_t extent_of(const Signal<T>& signal) {
  return detail::extent(detail::pick(signal, detail::As<typename SignatureOf<F, T>::Walked>{}));
}

template <class F, class T>
void evaluate_directly(const Signal<T>& signal, const double* params, double* out) {
  SerialTeam team;
  evaluate<F>(team, signal, params, out);
}

template <class F, class T>
void begin_lanes(std::byte* memory) {
  LaneArrays<AccOf<F, T>>(memory).clear();
}

template <class F, class T>
__attribute__((flatten)) void add_to_lanes(std::byte* memory, const Signal<T>& signal, const double* params,
                                           std::int64_t first, std::int64_t last) {
  using S = SignatureOf<F, T>;
  using Acc = AccOf<F, T>;
  const Signal<T> own = signal;  // a copy that no store to the lanes can change
  const auto p = params_from<typename S::Params>(params);
  LaneArrays<Acc>(memory).add_rows(first, last,
                                   [&](Acc& acc, std::int64_t i) { S::template add<F, T>(acc, i, own, p); });
}

template <class F, class T>
void finish_lanes(std::byte* memory, const Signal<T>& signal, const double* params, double* out) {
  using S = SignatureOf<F, T>;
  using Acc = AccOf<F, T>;
  const Acc merged = LaneArrays<Acc>(memory).merged([](Acc& acc, const Acc& other) { F::merge(acc, other); });
  const auto p = params_from<typename S::Params>(params);
  detail::OutputsOf<typename detail::ResultOf<F>::type>::store(S::template finish<F, T>(merged, signal, p), out);
}

template <class F, class T>
constexpr Entry<T> make_entry() {
  Entry<T> entry;
  entry.min_n = F::spec.min_n;
  entry.outputs = kOutputsOf<F>;
  entry.extent = &extent_of<F, T>;
  if constexpr (ReduceFeature<F> && !kOrdered<F>) {
    entry.walked = detail::kStageOf<typename SignatureOf<F, T>::Walked>;
    entry.accumulator_bytes = sizeof(AccOf<F, T>) * kLanes;
    entry.begin = &begin_lanes<F, T>;
    entry.add = &add_to_lanes<F, T>;
    entry.finish = &finish_lanes<F, T>;
  } else {
    entry.direct = &evaluate_directly<F, T>;
  }
  return entry;
}

/// One entry a feature. Features that see no samples are built for float64 alone.
template <class T>
constexpr auto make_entries() {
  std::array<Entry<T>, features::Catalogue::kSize> entries{};
  std::size_t index = 0;
  features::Catalogue::for_each([&]<class F>() {
    if constexpr (kSeesSamples<F> || std::is_same_v<T, double>) {
      entries[index] = make_entry<F, T>();
    }
    ++index;
  });
  return entries;
}

template <class T>
inline constexpr auto kEntries = make_entries<T>();

/// The reductions of one pass: those that walk one view of one length.
template <class T>
void run_pass(Signal<T>& signal, std::span<const WelchPsd> spectra, std::span<const FeatureCall* const> calls,
              const FeatureCall& leader, std::byte* accumulators, double* values) {
  const auto& leading = kEntries<T>[leader.feature];
  const auto each = [&](auto&& body) {
    std::byte* lanes = accumulators;
    for (const FeatureCall* call : calls) {
      const auto& entry = kEntries<T>[call->feature];
      if (entry.walked == leading.walked && call->welch == leader.welch && entry.accumulator_bytes > 0) {
        body(*call, entry, lanes);
        lanes += (entry.accumulator_bytes + kColumnAlignment - 1) / kColumnAlignment * kColumnAlignment;
      }
    }
  };
  if (leader.welch >= 0) {
    signal.welch = spectra[leader.welch];
  }
  const std::int64_t n = leading.extent(signal);
  each([&](const FeatureCall&, const Entry<T>& entry, std::byte* lanes) { entry.begin(lanes); });
  for (std::int64_t first = 0; first < n; first += kTile) {
    const std::int64_t last = first + kTile < n ? first + kTile : n;
    each([&](const FeatureCall& call, const Entry<T>& entry, std::byte* lanes) {
      entry.add(lanes, signal, call.params.data(), first, last);
    });
  }
  each([&](const FeatureCall& call, const Entry<T>& entry, std::byte* lanes) {
    if (n >= entry.min_n) {
      entry.finish(lanes, signal, call.params.data(), values + call.first_value);
    }
  });
}

template <class T>
void evaluate_calls(const Signal<T>& signal, std::span<const WelchPsd> spectra,
                    std::span<const FeatureCall* const> calls, std::byte* accumulators, double* values) {
  Signal<T> own = signal;
  for (std::size_t c = 0; c < calls.size(); ++c) {
    const FeatureCall& call = *calls[c];
    const auto& entry = kEntries<T>[call.feature];
    if (entry.accumulator_bytes == 0) {
      if (call.welch >= 0) {
        own.welch = spectra[call.welch];
      }
      entry.direct(own, call.params.data(), values + call.first_value);
      continue;
    }
    bool leads = true;
    for (std::size_t b = 0; b < c && leads; ++b) {
      leads = kEntries<T>[calls[b]->feature].walked != entry.walked || calls[b]->welch != call.welch;
    }
    if (leads) {
      run_pass(own, spectra, calls, call, accumulators, values);
    }
  }
}

Moments moments_of(const ColumnView& x) {
  return visit_type(x.type, [&](auto zero) {
    SimdTeam team;
    return stages::moments(team, x.as<decltype(zero)>(), x.n);
  });
}

template <class T>
stages::ValueRange range_of(const T* x, std::int64_t n) {
  if (n == 0) {
    return {};
  }
  T low = x[0];
  T high = x[0];
  for (std::int64_t i = 0; i < n; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  return {low, high};
}

stages::ValueRange value_range_of(const ColumnView& x) {
  return x.type == SampleType::kInt16 ? range_of(x.as<std::int16_t>(), x.n) : range_of(x.as<std::int32_t>(), x.n);
}

void summarise_psd(WelchPsd& psd) {
  SimdTeam team;
  stages::summarise(team, psd);
}

ReduceKernels get_reduce_kernels() {
  return {HWY_TARGET,
          &evaluate_calls<std::int16_t>,
          &evaluate_calls<std::int32_t>,
          &evaluate_calls<double>,
          &moments_of,
          &value_range_of,
          &summarise_psd};
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pumice::cpu {

HWY_EXPORT(get_reduce_kernels);

std::int64_t usable_targets() { return hwy::SupportedTargets() & HWY_TARGETS; }

ReduceKernels reduce_kernels(std::int64_t targets) {
  return call_for_best(HWY_DISPATCH_TABLE(get_reduce_kernels), targets);
}

Kernels kernels_for(std::int64_t targets) {
  return {reduce_kernels(targets), count_kernels(targets), sort_kernels(targets), welch_kernels(targets)};
}

std::uint32_t needs_of(int feature) {
  static constexpr auto kNeeds = []<class... F>(FeatureList<F...>) {
    return std::array{kNeedsOf<F>...};
  }(features::Catalogue{});
  return kNeeds[feature];
}

std::size_t accumulator_bytes(std::span<const FeatureCall> calls) {
  std::array<std::size_t, features::Catalogue::kSize> of_feature{};
  std::size_t index = 0;
  features::Catalogue::for_each([&]<class F>() {
    if constexpr (ReduceFeature<F>) {
      of_feature[index] =
          kLanes * std::max({sizeof(AccOf<F, std::int16_t>), sizeof(AccOf<F, std::int32_t>), sizeof(AccOf<F, double>)});
    }
    ++index;
  });
  std::size_t bytes = 0;
  for (const FeatureCall& call : calls) {
    bytes += (of_feature[call.feature] + kColumnAlignment - 1) / kColumnAlignment * kColumnAlignment;
  }
  return bytes;
}

}  // namespace pumice::cpu
#endif  // HWY_ONCE
