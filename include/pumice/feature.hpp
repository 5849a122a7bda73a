/// What a feature is: one struct with its description and its maths, run by every backend from this one source.
///
/// Two shapes. T is the type of the samples that a view holds; leave it out where no view of samples is asked for.
///
///   map:     template <class T> static double eval(Params, Views...);
///   reduce:  struct Acc { .. };                                    // value-initialised is the empty one
///            template <class T> static void add(Acc&, std::int64_t i, Params, Views...);  // or Acc<T>&
///            static void merge(Acc&, const Acc&);
///            template <class T> static double finish(const Acc&, Params, Views...);
///            static constexpr bool ordered = true;                  // where the order of samples matters (runs, gaps)
///
/// `finish` takes the views that `add` takes. A reduce feature walks the first of them. The signature is the list of
/// stages that the feature needs. A feature with several outputs returns Values<K>, names them in `outputs` and gives
/// their units in `output_units`.
///
/// Beside these a feature has `spec` and `examples`, where it has parameters `defaults` (one entry a default column),
/// and perhaps `derivations` that the defaults are taken of. Params that not every number suits have `valid()` and say
/// in `rule` which ones do.
///
/// All of it is PUMICE_HD: no allocation, exceptions, containers or recursion.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "pumice/host_device.hpp"
#include "pumice/team.hpp"
#include "pumice/views.hpp"

namespace pumice {

// ---- description -----------------------------------------------------------------------------------------------

/// A unit as exponents of the signal's unit and of the second; {x}^2/Hz is {2, 1}. It predicts f(a x) = a^signal f(x);
/// where `log10`, log10(a^signal) is added instead.
struct Unit {
  int signal = 0;
  int second = 0;
  bool log10 = false;
};

/// How far a value may lie from its oracle (docs/FEATURES.md states each in full).
enum class Tolerance : std::uint8_t {
  kExact,         ///< equal
  kSample,        ///< 1e-12 relative on integers, 1e-12 max|x|^k on decimals
  kStandardised,  ///< 1e-12 (|b| + 1)
  kPower,         ///< 1e-5 |b| + 1e-9 total; 1e-9 |b| in double precision
  kLogPower,      ///< kPower, propagated through log10
  kShape,         ///< 1e-5 relative; 1e-9 in double precision
  kBin,           ///< a bin's frequency: one off only where two bins tie within kPower
};

/// What a feature costs a sample, to choose and to warn by.
enum class Cost : std::uint8_t { kFree, kPass, kSort, kFft };

/// A signal made from a channel; every feature applies to it. Written `channel|derivation`.
enum class Derivation : std::uint8_t { kNone, kAbs, kDiff };

/// Sets that a feature's default columns belong to, as bits.
enum FeatureSet : std::uint32_t { kNoSet = 0, kBasic = 1, kCore = 2 };

struct Spec {
  std::string_view name;
  Unit unit;
  std::string_view summary;  ///< one sentence
  std::string_view formula;
  std::string_view reference = {};  ///< paper or book; empty where the formula is everyone's
  /// The feature as a Python expression of an independent tool. Names: np, scipy, pd; x (the valid samples, float64),
  /// t (the time axis, float64), raw (as read, NaN where missing), fs, f and p (Welch), the feature's parameters by
  /// name, with a trailing underscore where that is a keyword of Python (`from_`). It is asked only where there are
  /// min_n samples (with f and p: and a spectrum). Several outputs are a tuple.
  std::string_view oracle;
  Tolerance tolerance = Tolerance::kSample;
  Cost cost = Cost::kPass;
  std::int64_t min_n = 1;  ///< fewer samples: no value
  std::uint32_t sets = kNoSet;
  std::string_view notebook_name = {};  ///< the Dask notebook's name for it, where that differs
};

/// A closed-form example: `signal` is samples ("3 1 4 nan 5") or generators ("sine n=1024 fs=64 f=4 a=2 + ramp a=1");
/// see core/example_signal.hpp. It is taken at the catalogue's settings, with the policy `skip`.
template <class Params>
struct Example {
  std::string_view signal;
  Params params;
  double expected;  ///< of the first output; NaN: no value
};

struct NoParams {
  static constexpr std::array<std::string_view, 0> names{};
};

/// A frequency band [from, to) in Hz; a feature with these parameters takes its defaults from `--bands`.
struct Band {
  double from;
  double to;
  static constexpr std::array<std::string_view, 2> names{"from", "to"};
  static constexpr std::string_view rule = "0 <= from < to";
  [[nodiscard]] PUMICE_HD constexpr bool valid() const { return from >= 0 && from < to && to - from < 1e300; }
};

inline constexpr int kMaxParams = 4;
inline constexpr int kMaxOutputs = 16;

/// K named outputs.
template <int K>
struct Values {
  double v[K];
};

// ---- what the signature says -----------------------------------------------------------------------------------

/// Shared intermediates, as bits.
enum Stage : std::uint32_t {
  kNoStage = 0,
  kIntake = 1,
  kValid = 2,
  kTimeAxis = 4,
  kMoments = 8,
  kOrderStatistics = 16,
  kWelch = 32,
};

/// All views of one signal of one segment. Only those that the plan's features need are filled.
template <class T>
struct Signal {
  Intake intake;
  Valid<T> valid;
  TimeAxis<T> time_axis;
  Moments moments;
  OrderStatistics order_statistics;
  WelchPsd welch;
};

namespace detail {

template <class View>
inline constexpr std::uint32_t kStageOf = kNoStage;
template <>
inline constexpr std::uint32_t kStageOf<Intake> = kIntake;
template <class T>
inline constexpr std::uint32_t kStageOf<Valid<T>> = kValid;
template <class T>
inline constexpr std::uint32_t kStageOf<TimeAxis<T>> = kTimeAxis;
template <>
inline constexpr std::uint32_t kStageOf<Moments> = kMoments;
template <>
inline constexpr std::uint32_t kStageOf<OrderStatistics> = kOrderStatistics;
template <>
inline constexpr std::uint32_t kStageOf<WelchPsd> = kWelch;

template <class View>
struct As {};

template <class T>
PUMICE_HD const Intake& pick(const Signal<T>& s, As<Intake>) {
  return s.intake;
}
template <class T>
PUMICE_HD const Valid<T>& pick(const Signal<T>& s, As<Valid<T>>) {
  return s.valid;
}
template <class T>
PUMICE_HD const TimeAxis<T>& pick(const Signal<T>& s, As<TimeAxis<T>>) {
  return s.time_axis;
}
template <class T>
PUMICE_HD const Moments& pick(const Signal<T>& s, As<Moments>) {
  return s.moments;
}
template <class T>
PUMICE_HD const OrderStatistics& pick(const Signal<T>& s, As<OrderStatistics>) {
  return s.order_statistics;
}
template <class T>
PUMICE_HD const WelchPsd& pick(const Signal<T>& s, As<WelchPsd>) {
  return s.welch;
}

template <class View>
PUMICE_HD constexpr std::int64_t extent(const View& view) {
  return view.n;
}
PUMICE_HD constexpr std::int64_t extent(const WelchPsd& view) { return view.blocks > 0 ? view.bins : 0; }

template <class Result>
struct OutputsOf;
template <>
struct OutputsOf<double> {
  static constexpr int kCount = 1;
  PUMICE_HD static void store(double value, double* out) { out[0] = value; }
};
template <int K>
struct OutputsOf<Values<K>> {
  static constexpr int kCount = K;
  PUMICE_HD static void store(const Values<K>& values, double* out) {
    for (int k = 0; k < K; ++k) {
      out[k] = values.v[k];
    }
  }
};

template <class First, class...>
struct FirstOf {
  using type = First;
};

template <class F>
concept IsReduce = requires {
  typename F::Acc;
}
|| requires { typename F::template Acc<double>; };
template <class F>
concept PlainEval = requires {
  static_cast<void>(&F::eval);
};
template <class F>
concept PlainAdd = requires {
  static_cast<void>(&F::add);
};
template <class F>
concept PlainFinish = requires {
  static_cast<void>(&F::finish);
};

template <class Function>
struct SignatureOf;
template <class R, class P, class... Views>
struct SignatureOf<R (*)(P, Views...)> {
  using Params = P;
  using Result = R;
  using Walked = typename FirstOf<Views...>::type;
  static constexpr std::uint32_t kNeeds = (kStageOf<Views> | ...);
  template <class F, class T>
  PUMICE_HD static R eval(const Signal<T>& s, const P& p) {
    if constexpr (!PlainEval<F>) {
      return F::template eval<T>(p, pick(s, As<Views>{})...);
    } else {
      return F::eval(p, pick(s, As<Views>{})...);
    }
  }
};

template <class A, class P, class... Views>
struct SignatureOf<void (*)(A&, std::int64_t, P, Views...)> {
  using Params = P;
  using Acc = A;
  using Walked = typename FirstOf<Views...>::type;
  static constexpr std::uint32_t kNeeds = (kStageOf<Views> | ...);
  template <class F, class T>
  PUMICE_HD static void add(A& acc, std::int64_t i, const Signal<T>& s, const P& p) {
    if constexpr (!PlainAdd<F>) {
      F::template add<T>(acc, i, p, pick(s, As<Views>{})...);
    } else {
      F::add(acc, i, p, pick(s, As<Views>{})...);
    }
  }
  template <class F, class T>
  PUMICE_HD static auto finish(const A& acc, const Signal<T>& s, const P& p) {
    if constexpr (!PlainFinish<F>) {
      return F::template finish<T>(acc, p, pick(s, As<Views>{})...);
    } else {
      return F::finish(acc, p, pick(s, As<Views>{})...);
    }
  }
};

template <class F, class T>
constexpr auto function_of() {
  if constexpr (!IsReduce<F>) {
    if constexpr (PlainEval<F>) {
      return &F::eval;
    } else {
      return &F::template eval<T>;
    }
  } else if constexpr (PlainAdd<F>) {
    return &F::add;
  } else {
    return &F::template add<T>;
  }
}

template <class F, class T>
using FunctionOf = decltype(function_of<F, T>());

}  // namespace detail

/// Signature of feature F on samples of type T.
template <class F, class T = double>
using SignatureOf = detail::SignatureOf<detail::FunctionOf<F, T>>;

template <class F>
concept ReduceFeature = detail::IsReduce<F>;
template <class F>
concept MapFeature = !ReduceFeature<F>;

/// The accumulator of a reduce feature on samples of type T.
template <class F, class T = double>
using AccOf = typename SignatureOf<F, T>::Acc;

template <class F>
using ParamsOf = typename SignatureOf<F>::Params;
template <class F>
inline constexpr std::uint32_t kNeedsOf = SignatureOf<F>::kNeeds;

/// True where F's maths depends on the type of the samples, so that it is built once a type.
template <class F>
inline constexpr bool kSeesSamples = (kNeedsOf<F> & (kValid | kTimeAxis)) != 0;

template <class F>
inline constexpr bool kOrdered = requires {
  F::ordered;
};

namespace detail {
template <class F>
struct ResultOf {
  using type = typename pumice::SignatureOf<F>::Result;
};
template <ReduceFeature F>
struct ResultOf<F> {
  using type = decltype(pumice::SignatureOf<F>::template finish<F, double>(
      std::declval<const AccOf<F>&>(), std::declval<const Signal<double>&>(), std::declval<const ParamsOf<F>&>()));
};
}  // namespace detail

template <class F>
inline constexpr int kOutputsOf = detail::OutputsOf<typename detail::ResultOf<F>::type>::kCount;

/// Params from the doubles that a plan carries, in the order of `names`.
template <class Params>
[[nodiscard]] PUMICE_HD Params params_from(const double* values) {
  if constexpr (Params::names.size() == 0) {
    return Params{};
  } else {
    static_assert(sizeof(Params) == Params::names.size() * sizeof(double), "parameters are doubles, one a name");
    static_assert(Params::names.size() <= kMaxParams);
    Params params;
    auto* to = reinterpret_cast<double*>(&params);
    for (std::size_t k = 0; k < Params::names.size(); ++k) {
      to[k] = values[k];
    }
    return params;
  }
}

/// Evaluates F on one signal with a team; writes kOutputsOf<F> doubles to `out`, NaN where there is no value.
template <class F, class T, class Team>
PUMICE_HD void evaluate(Team& team, const Signal<T>& signal, const double* params, double* out) {
  using S = SignatureOf<F, T>;
  using Outputs = detail::OutputsOf<typename detail::ResultOf<F>::type>;
  const auto p = params_from<typename S::Params>(params);
  const std::int64_t n = detail::extent(detail::pick(signal, detail::As<typename S::Walked>{}));
  if (n < F::spec.min_n) {
    team.once([&] {
      for (int k = 0; k < Outputs::kCount; ++k) {
        out[k] = std::numeric_limits<double>::quiet_NaN();
      }
    });
    return;
  }
  if constexpr (MapFeature<F>) {
    team.once([&] { Outputs::store(S::template eval<F, T>(signal, p), out); });
  } else {
    using Acc = AccOf<F, T>;
    const auto add = [&](Acc& acc, std::int64_t i) { S::template add<F, T>(acc, i, signal, p); };
    const auto merge = [](Acc& acc, const Acc& other) { F::merge(acc, other); };
    Acc acc;
    if constexpr (kOrdered<F>) {
      acc = team.template reduce_ordered<Acc>(n, add, merge);
    } else {
      acc = team.template reduce<Acc>(n, add, merge);
    }
    team.once([&] { Outputs::store(S::template finish<F, T>(acc, signal, p), out); });
  }
}

// ---- lists -------------------------------------------------------------------------------------------------------

/// A family of features, or the whole catalogue. A feature's number is its place in the catalogue.
template <class... F>
struct FeatureList {
  static constexpr int kSize = sizeof...(F);
  /// Calls `f.template operator()<Feature>()` for each, in order.
  template <class Visitor>
  static constexpr void for_each(Visitor&& f) {
    (f.template operator()<F>(), ...);
  }
};

namespace detail {
template <class...>
struct Concatenate;
template <class... F>
struct Concatenate<FeatureList<F...>> {
  using type = FeatureList<F...>;
};
template <class... F, class... G, class... Rest>
struct Concatenate<FeatureList<F...>, FeatureList<G...>, Rest...> {
  using type = typename Concatenate<FeatureList<F..., G...>, Rest...>::type;
};
}  // namespace detail

template <class... Lists>
using Concatenate = typename detail::Concatenate<Lists...>::type;

}  // namespace pumice
