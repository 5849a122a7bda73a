/// The stages of one channel: policy, order statistics, moments, Welch.
#include <benchmark/benchmark.h>

#include "cpu/kernels.hpp"
#include "cpu/order_statistics.hpp"
#include "cpu/welch.hpp"
#include "micro/signals.hpp"
#include "pumice/prepare.hpp"

namespace pumice::bench {
namespace {

void count_samples(benchmark::State& state) {
  state.counters["samples/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * kSamples,
                                                   benchmark::Counter::kIsRate, benchmark::Counter::kIs1000);
}

template <class T>
void policy(benchmark::State& state) {
  const std::vector<T>& x = signal<T>();
  const std::vector<ColumnView> columns{test::view_of(x)};
  Plan plan;
  Preparer preparer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(preparer.prepare(plan, columns));
  }
  count_samples(state);
}
BENCHMARK(policy<std::int16_t>);
BENCHMARK(policy<double>);

template <class T>
void order_statistics(benchmark::State& state) {
  const std::vector<T>& x = signal<T>();
  const cpu::Kernels kernels = cpu::kernels_for(cpu::usable_targets());
  const hwy::Sorter sorter;
  cpu::OrderStatisticsMaker maker;
  for (auto _ : state) {
    benchmark::DoNotOptimize(maker.make(kernels, sorter, test::view_of(x)));
  }
  count_samples(state);
}
BENCHMARK(order_statistics<std::int16_t>);
BENCHMARK(order_statistics<double>);

template <class T>
void moments(benchmark::State& state) {
  const std::vector<T>& x = signal<T>();
  const cpu::Kernels kernels = cpu::kernels_for(cpu::usable_targets());
  const hwy::Sorter sorter;
  cpu::OrderStatisticsMaker maker;
  const OrderStatistics order = maker.make(kernels, sorter, test::view_of(x));
  for (auto _ : state) {
    benchmark::DoNotOptimize(order.cumulative != nullptr ? kernels.count.moments(order)
                                                         : kernels.reduce.moments(test::view_of(x)));
  }
  count_samples(state);
}
BENCHMARK(moments<std::int16_t>);
BENCHMARK(moments<double>);

template <class T>
void welch(benchmark::State& state) {
  const std::vector<T>& x = signal<T>();
  const auto nperseg = static_cast<int>(state.range(0));
  const cpu::Kernels kernels = cpu::kernels_for(cpu::usable_targets());
  cpu::WelchEstimator estimator({nperseg, nperseg / 2, Taper::kHann},
                                state.range(1) != 0 ? Precision::kDouble : Precision::kFloat, kRate);
  for (auto _ : state) {
    benchmark::DoNotOptimize(estimator.estimate(kernels, test::view_of(x), {}));
  }
  count_samples(state);
}
BENCHMARK(welch<std::int16_t>)->ArgNames({"nperseg", "double"})->ArgsProduct({{256, 1000, 1024, 4096}, {0, 1}});
BENCHMARK(welch<double>)->ArgNames({"nperseg", "double"})->ArgsProduct({{1024}, {0, 1}});

}  // namespace
}  // namespace pumice::bench
