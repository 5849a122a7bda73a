/// Each reducing feature beside a plain loop that computes it alone, and all of them in one pass.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "cpu/kernels.hpp"
#include "features/all.hpp"
#include "micro/plain_loops.hpp"
#include "micro/signals.hpp"

namespace pumice::bench {
namespace {

/// The number of a feature in the catalogue.
int number_of(std::string_view name) {
  int number = -1;
  int index = 0;
  features::Catalogue::for_each([&]<class F>() {
    number = F::spec.name == name ? index : number;
    ++index;
  });
  return number;
}

/// Evaluates features together, as a slot does.
template <class T>
class Pass {
 public:
  explicit Pass(const std::vector<std::string>& names) : values_(names.size()) {
    for (const std::string& name : names) {
      FeatureCall call;
      call.feature = number_of(name);
      call.first_value = static_cast<int>(calls_.size());
      calls_.push_back(call);
    }
    for (const FeatureCall& call : calls_) {
      pointers_.push_back(&call);
    }
    const auto bytes = static_cast<std::int64_t>(cpu::accumulator_bytes(calls_));
    accumulators_.reset(SampleType::kFloat64, bytes / static_cast<std::int64_t>(sizeof(double)) + 1);
    const std::vector<T>& x = signal<T>();
    signal_.valid = {x.data(), kSamples};
    signal_.time_axis = {x.data(), kSamples, kRate};
    signal_.moments = kernels_.moments(test::view_of(x));
  }

  double run() {
    kernels_.evaluate<T>()(signal_, {}, pointers_, accumulators_.template as<std::byte>(), values_.data());
    return values_.front();
  }

 private:
  cpu::ReduceKernels kernels_ = cpu::reduce_kernels(cpu::usable_targets());
  std::vector<FeatureCall> calls_;
  std::vector<const FeatureCall*> pointers_;
  ColumnBuffer accumulators_;
  std::vector<double> values_;
  Signal<T> signal_;
};

template <class T, class Plain>
void plain(benchmark::State& state, Plain loop) {
  const std::vector<T>& x = signal<T>();
  for (auto _ : state) {
    benchmark::DoNotOptimize(loop(x.data()));
  }
}

template <class T>
void feature(benchmark::State& state, const std::vector<std::string>& names) {
  Pass<T> pass(names);
  for (auto _ : state) {
    benchmark::DoNotOptimize(pass.run());
  }
}

template <class T>
void add(const std::string& type) {
  const auto pair = [&](const std::string& name, auto loop) {
    benchmark::RegisterBenchmark((name + "<" + type + ">/plain").c_str(),
                                 [loop](benchmark::State& state) { plain<T>(state, loop); });
    benchmark::RegisterBenchmark((name + "<" + type + ">/pumice").c_str(),
                                 [name](benchmark::State& state) { feature<T>(state, {name}); });
  };
  pair("mean_absolute_deviation", [](const T* x) { return plain::mean_absolute_deviation(x, kSamples, 0.25); });
  pair("mean_abs_change", [](const T* x) { return plain::mean_abs_change(x, kSamples); });
  pair("zero_crossing_rate", [](const T* x) { return plain::zero_crossing_rate(x, kSamples); });
  pair("slope", [](const T* x) { return plain::slope(x, kSamples); });
  benchmark::RegisterBenchmark(("all_four<" + type + ">/pumice").c_str(), [](benchmark::State& state) {
    feature<T>(state, {"mean_absolute_deviation", "mean_abs_change", "zero_crossing_rate", "slope"});
  });
}

const bool kAdded = [] {
  add<std::int16_t>("int16");
  add<double>("double");
  return true;
}();

}  // namespace
}  // namespace pumice::bench
