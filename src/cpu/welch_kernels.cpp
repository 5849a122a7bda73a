#include "cpu/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/welch_kernels.cpp"
#include "hwy/foreach_target.h"
// The line above includes this file once a target; what follows is inside its loop.
#include <algorithm>
#include <span>

#include "core/simd_dispatch.hpp"
#include "cpu/fourier-inl.hpp"
#include "cpu/kernels.hpp"
#include "cpu/welch_load-inl.hpp"
#include "cpu/welch_memory.hpp"

HWY_BEFORE_NAMESPACE();
namespace pumice::cpu {
namespace HWY_NAMESPACE {

/// At most 128 bits.
template <class T>
using Narrow = hn::CappedTag<T, 16 / sizeof(T)>;

/// Transform of any length n through a circular convolution of a power of two (Bluestein 1970). Emits as transform()
/// does, but Z with |Z| = |X_k|, since the last chirp would only turn it, and anything for k >= n.
template <class D, class Emit, class T = hn::TFromD<D>>
HWY_INLINE void bluestein(D d, const FourierPlan& plan, const Memory<T>& memory, Emit emit) {
  const T* const chirp = plan.tables<T>().chirp.data();
  const T* const chirp_spectrum = plan.tables<T>().chirp_spectrum.data();
  for (std::int64_t j = 0; j < plan.n; ++j) {
    const std::int64_t at = plan.place(j);
    store(d, rotate(d, load(d, memory.signal, at), chirp + 2 * j), memory.signal, at);
  }
  const auto zero = hn::Zero(d);
  for (std::int64_t j = plan.n; j < plan.transform; ++j) {
    store(d, Complex<D>{zero, zero}, memory.signal, plan.place(j));
  }
  // With re and im swapped before and after, the forward transform is the inverse one.
  transform(d, plan, memory.signal, memory.side, [&](std::int64_t /*i*/, std::int64_t k, Complex<D> value) HWY_ATTR {
    const auto product = rotate(d, value, chirp_spectrum + 2 * k);
    store(d, Complex<D>{product.im, product.re}, memory.other, plan.place(k));
  });
  transform(d, plan, memory.other, memory.side, emit);
}

/// Sums that belong to one place each: [transform][step], step a whole number of vectors.
template <class T>
struct PlaceSums {
  T* sums;
  std::int64_t step;
};

template <class D>
PlaceSums<hn::TFromD<D>> sums_for(D d, std::size_t places, hn::TFromD<D>* memory) {
  const std::size_t lanes = hn::Lanes(d);
  return {memory, static_cast<std::int64_t>((places + lanes - 1) / lanes * lanes)};
}

/// Calls emit(i, lane of the first place, |Z|^2) for what comes i-th out of the transforms of places [sums.step].
template <class D, class Emit, class T = hn::TFromD<D>>
HWY_INLINE void transform_places(D d, const FourierPlan& plan, const WelchPlace* places, std::int64_t count,
                                 const Memory<T>& memory, Emit emit) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t lane = 0; lane < count; lane += lanes) {
    load_places(d, plan, places + lane, memory);
    const auto emit_power = [&](std::int64_t i, std::int64_t /*k*/, Complex<D> z)
                                HWY_ATTR { emit(i, lane, hn::MulAdd(z.re, z.re, hn::Mul(z.im, z.im))); };
    if (plan.is_power_of_two()) {
      transform(d, plan, memory.signal, memory.side, emit_power);
    } else {
      bluestein(d, plan, memory, emit_power);
    }
  }
}

/// Sets sums to the power of places [sums.step].
template <class D, class T = hn::TFromD<D>>
HWY_NOINLINE void set_sums(D d, const FourierPlan& plan, const WelchPlace* places, const Memory<T>& memory,
                           PlaceSums<T> to) {
  transform_places(d, plan, places, to.step, memory, [&](std::int64_t i, std::int64_t lane, hn::Vec<D> power) HWY_ATTR {
    hn::Store(power, d, to.sums + i * to.step + lane);
  });
}

/// Adds the power of up to kPairs places to sums of step kPairs.
template <class D, class T = hn::TFromD<D>>
HWY_NOINLINE void add_to_sums(D d, const FourierPlan& plan, const WelchPlace* places, std::size_t count,
                              const Memory<T>& memory, T* sums) {
  transform_places(d, plan, places, static_cast<std::int64_t>(count), memory,
                   [&](std::int64_t i, std::int64_t lane, hn::Vec<D> power) HWY_ATTR {
                     T* const to = sums + i * kPairs + lane;
                     hn::Store(hn::Add(hn::Load(d, to), power), d, to);
                   });
}

/// Adds the sums of `places` neighbours, kWide / 2 < places <= kWide, by one tree to power: [n]. It is the tree of
/// kPairs places, of which those that are not there hold zeros.
template <int kWide, class T>
void collect_wide(const FourierPlan& plan, PlaceSums<T> from, std::size_t places, double* power) {
  const T* sums = from.sums;
  for (std::int64_t column = 0; column < plan.column_length; ++column) {
    for (std::int64_t k = column; k < plan.transform; k += plan.column_length, sums += from.step) {
      if (k >= plan.n) {
        continue;
      }
      double added[kWide];
      for (int place = 0; place < kWide; ++place) {
        const bool is_there = place <= kWide / 2 || static_cast<std::size_t>(place) < places;
        added[place] = is_there ? static_cast<double>(sums[place]) : 0.0;
      }
      for (int half = kWide / 2; half > 0; half /= 2) {
        for (int place = 0; place < half; ++place) {
          added[place] += added[place + half];
        }
      }
      power[k] += added[0];
    }
  }
}

/// The same for kPairs places, in a form that compilers vectorise.
template <class T>
void collect_all(const FourierPlan& plan, const T* sums, double* power) {
  for (std::int64_t i = 0; i < plan.transform; ++i, sums += kPairs) {
    double added[kPairs / 2];
    for (std::int64_t lane = 0; lane < kPairs / 2; ++lane) {
      added[lane] = static_cast<double>(sums[lane]) + static_cast<double>(sums[lane + kPairs / 2]);
    }
    for (std::int64_t lane = 0; lane < kPairs / 4; ++lane) {
      added[lane] += added[lane + kPairs / 4];
    }
    const std::int64_t k = plan.frequency(i);
    if (k < plan.n) {
      power[k] += (added[0] + added[2]) + (added[1] + added[3]);
    }
  }
}

/// The same for any number of places up to kPairs.
template <class T>
void collect(const FourierPlan& plan, PlaceSums<T> from, std::size_t places, double* power) {
  static_assert(kPairs == 16);
  if (places == kPairs) {
    collect_all(plan, from.sums, power);
  } else if (places > 8) {
    collect_wide<16>(plan, from, places, power);
  } else if (places > 4) {
    collect_wide<8>(plan, from, places, power);
  } else if (places > 2) {
    collect_wide<4>(plan, from, places, power);
  } else if (places > 1) {
    collect_wide<2>(plan, from, places, power);
  } else {
    collect_wide<1>(plan, from, places, power);
  }
}

/// Adds up the power of a signal of any number of blocks.
template <class D, class T = hn::TFromD<D>>
void sum_signal(D d, const FourierPlan& plan, const WelchBlocks& signal, const Memory<T>& memory, double* power) {
  const std::size_t pairs = pairs_of(signal);
  constexpr auto kAtOnce = static_cast<std::size_t>(kPairs);
  for (std::size_t round = 0; round < pairs; round += kMostAdded * kAtOnce) {
    const std::size_t end = std::min(pairs, round + kMostAdded * kAtOnce);
    const PlaceSums<T> sums = sums_for(d, std::min(kAtOnce, end - round), memory.sums);
    for (std::size_t first = round; first < end; first += kAtOnce) {
      WelchPlace places[kPairs];
      const std::size_t count = std::min(kAtOnce, end - first);
      for (std::size_t place = 0; place < count; ++place) {
        places[place] = {&signal, first + place};
      }
      if (first == round) {
        set_sums(d, plan, places, memory, sums);
      } else {
        add_to_sums(d, plan, places, count, memory, sums.sums);
      }
    }
    // To the end of its registers, where there are zeros.
    collect(plan, sums, static_cast<std::size_t>(sums.step), power);
  }
}

/// Adds up the power of several signals that have no more than kPairs pairs of blocks in all.
template <class D, class T = hn::TFromD<D>>
void sum_few(D d, const FourierPlan& plan, std::span<const WelchBlocks> signals, const Memory<T>& memory,
             double* power) {
  WelchPlace places[kPairs];
  std::size_t used = 0;
  for (const WelchBlocks& signal : signals) {
    for (std::size_t pair = 0; pair < pairs_of(signal); ++pair) {
      places[used++] = {&signal, pair};
    }
  }
  const PlaceSums<T> sums = sums_for(d, used, memory.sums);
  set_sums(d, plan, places, memory, sums);
  std::size_t first = 0;
  for (const WelchBlocks& signal : signals) {
    collect(plan, PlaceSums<T>{sums.sums + first, sums.step}, pairs_of(signal), power);
    first += pairs_of(signal);
    power += plan.n;
  }
}

template <class D>
void sum_power_with(D d, const FourierPlan& plan, std::span<const WelchBlocks> signals, double* power,
                    std::byte* bytes) {
  const Memory<hn::TFromD<D>> memory(plan, bytes);
  std::fill_n(power, static_cast<std::int64_t>(signals.size()) * plan.n, 0.0);
  for (std::size_t first = 0; first < signals.size();) {
    std::size_t last = first;
    for (std::size_t pairs = 0; last < signals.size(); ++last) {
      pairs += pairs_of(signals[last]);
      if (pairs > kPairs) {
        break;
      }
    }
    double* const to = power + static_cast<std::int64_t>(first) * plan.n;
    if (last <= first + 1) {
      sum_signal(d, plan, signals[first], memory, to);
      last = first + 1;
    } else {
      sum_few(d, plan, signals.subspan(first, last - first), memory, to);
    }
    first = last;
  }
  for (const WelchBlocks& signal : signals) {
    // Two real blocks in one complex transform: the sum of their powers at k is (|Z_k|^2 + |Z_{n-k}|^2) / 2.
    const double unscale = 0.5 / (signal.scale * signal.scale);
    for (std::int64_t k = 0; k < plan.bins(); ++k) {
      power[k] = (power[k] + power[k == 0 ? 0 : plan.n - k]) * unscale;
    }
    power += plan.n;
  }
}

void sum_power(const FourierPlan& plan, std::span<const WelchBlocks> signals, double* power, std::byte* memory) {
  const bool is_long = plan.transform > kLongTransform;
  if (plan.is_double) {
    is_long ? sum_power_with(Narrow<double>{}, plan, signals, power, memory)
            : sum_power_with(hn::CappedTag<double, 8>{}, plan, signals, power, memory);
  } else {
    is_long ? sum_power_with(Narrow<float>{}, plan, signals, power, memory)
            : sum_power_with(hn::CappedTag<float, 16>{}, plan, signals, power, memory);
  }
}

WelchKernels get_welch_kernels() { return {&sum_power}; }

}  // namespace HWY_NAMESPACE
}  // namespace pumice::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pumice::cpu {

HWY_EXPORT(get_welch_kernels);

WelchKernels welch_kernels(std::int64_t targets) {
  return call_for_best(HWY_DISPATCH_TABLE(get_welch_kernels), targets);
}

std::size_t welch_memory_bytes(const FourierPlan& plan) { return WelchMemory(plan).end; }

std::size_t welch_signals_at_once(std::int64_t blocks, std::int64_t nperseg) {
  // Of long blocks no more than a register holds in float: their spectra take memory, too.
  const std::int64_t places = nperseg > kLongTransform / 2 ? 4 : kPairs;
  return static_cast<std::size_t>(std::max<std::int64_t>(1, places / std::max<std::int64_t>(1, (blocks + 1) / 2)));
}

}  // namespace pumice::cpu
#endif  // HWY_ONCE
