#include "call_tables.hpp"

#include <gtest/gtest.h>

#include <set>

#include "cuda/segments.hpp"
#include "features/all.hpp"

namespace pumice::cuda {
namespace {

std::set<int> reduce_features() {
  std::set<int> ids;
  int id = 0;
  features::Catalogue::for_each([&]<class F>() {
    if (ReduceFeature<F>) {
      ids.insert(id);
    }
    ++id;
  });
  return ids;
}

TEST(CallTables, HoldEveryCallOfEverySignalOnce) {
  const Plan plan = test::plan_of({"core"}, 3);
  const HostCallTables tables = make_call_tables(plan);
  ASSERT_EQ(tables.signals.size(), plan.signals.size());
  for (std::size_t s = 0; s < plan.signals.size(); ++s) {
    std::multiset<int> found;
    std::multiset<int> expected;
    for (const FeatureCall& call : plan.signals[s].calls) {
      expected.insert(call.first_value);
    }
    for (int g = 0; g < tables.signals[s].groups; ++g) {
      const CallGroup& group = tables.groups[static_cast<std::size_t>(tables.signals[s].first_group + g)];
      for (int c = 0; c < group.map_calls + group.reduce_calls; ++c) {
        found.insert(tables.calls[static_cast<std::size_t>(group.first_call + c)].first_value);
      }
    }
    EXPECT_EQ(found, expected) << "signal " << s;
  }
}

TEST(CallTables, PutWhatOneLaneEvaluatesBeforeWhatAllLanesReduce) {
  const std::set<int> reduces = reduce_features();
  const HostCallTables tables = make_call_tables(test::plan_of({"core"}, 1));
  int seen = 0;
  for (const CallGroup& group : tables.groups) {
    for (int c = 0; c < group.map_calls + group.reduce_calls; ++c, ++seen) {
      const int feature = tables.calls[static_cast<std::size_t>(group.first_call + c)].feature;
      EXPECT_EQ(reduces.contains(feature), c >= group.map_calls) << "feature " << feature;
    }
  }
  EXPECT_EQ(seen, static_cast<int>(tables.calls.size()));
  EXPECT_GT(seen, 0);
}

TEST(CallTables, GroupCallsByTheSpectrumThatTheySee) {
  Plan plan = test::plan_of({"peak_frequency", "mean"}, 1);
  ASSERT_EQ(plan.signals.size(), 1U);
  SignalPlan& signal = plan.signals[0];
  WelchSettings other = plan.welch[0];
  other.nperseg = 256;
  other.overlap = 128;
  plan.welch.push_back(other);
  signal.welch.push_back(1);
  FeatureCall again = signal.calls[0].welch >= 0 ? signal.calls[0] : signal.calls[1];
  again.welch = 1;
  again.first_value = plan.n_values++;
  signal.calls.push_back(again);

  const HostCallTables tables = make_call_tables(plan);
  ASSERT_EQ(tables.groups.size(), 2U);
  EXPECT_EQ(tables.groups[0].spectrum, 0);
  EXPECT_EQ(tables.groups[0].map_calls + tables.groups[0].reduce_calls, 2);
  EXPECT_EQ(tables.groups[1].spectrum, 1);
  EXPECT_EQ(tables.groups[1].map_calls + tables.groups[1].reduce_calls, 1);
  EXPECT_EQ(tables.calls[static_cast<std::size_t>(tables.groups[1].first_call)].first_value, again.first_value);
}

TEST(CallTables, NeedNoSpectrumWhereNoFeatureSeesOne) {
  const HostCallTables tables = make_call_tables(test::plan_of({"basic"}, 1));
  ASSERT_EQ(tables.groups.size(), 1U);
  EXPECT_EQ(tables.groups[0].spectrum, -1);
}

TEST(CallTables, CarryParametersToTheDevice) {
  const Plan plan = test::plan_of({"quantile"}, 1);
  const HostCallTables tables = make_call_tables(plan);
  std::multiset<double> expected;
  std::multiset<double> found;
  for (const SignalPlan& signal : plan.signals) {
    for (const FeatureCall& call : signal.calls) {
      expected.insert(call.params[0]);
    }
  }
  for (const DeviceCall& call : tables.calls) {
    found.insert(call.params[0]);
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace pumice::cuda
