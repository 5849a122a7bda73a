#include "call_tables.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "features/all.hpp"

namespace pumice::cuda {

namespace {

/// Which features of the catalogue reduce.
constexpr auto kReduces = [] {
  std::array<bool, features::Catalogue::kSize> reduces{};
  std::size_t index = 0;
  features::Catalogue::for_each([&]<class F>() { reduces[index++] = ReduceFeature<F>; });
  return reduces;
}();

/// Place of the plan's spectrum `welch` among those of `signal`; the first where a call needs none.
int spectrum_of(const SignalPlan& signal, int welch) {
  const auto found = std::find(signal.welch.begin(), signal.welch.end(), welch);
  return found == signal.welch.end() ? 0 : static_cast<int>(found - signal.welch.begin());
}

}  // namespace

HostCallTables make_call_tables(const Plan& plan) {
  HostCallTables tables;
  for (const SignalPlan& signal : plan.signals) {
    SignalCalls of_signal;
    of_signal.first_group = static_cast<std::int32_t>(tables.groups.size());
    const int spectra = std::max(static_cast<int>(signal.welch.size()), 1);
    for (int spectrum = 0; spectrum < spectra; ++spectrum) {
      CallGroup group;
      group.spectrum = signal.welch.empty() ? -1 : spectrum;
      group.first_call = static_cast<std::int32_t>(tables.calls.size());
      for (const bool reduces : {false, true}) {
        for (const FeatureCall& call : signal.calls) {
          if (spectrum_of(signal, call.welch) != spectrum ||
              kReduces[static_cast<std::size_t>(call.feature)] != reduces) {
            continue;
          }
          DeviceCall device_call;
          device_call.feature = call.feature;
          device_call.first_value = call.first_value;
          std::copy(call.params.begin(), call.params.end(), device_call.params);
          tables.calls.push_back(device_call);
          ++(reduces ? group.reduce_calls : group.map_calls);
        }
      }
      tables.groups.push_back(group);
    }
    of_signal.groups = static_cast<std::int32_t>(tables.groups.size()) - of_signal.first_group;
    tables.signals.push_back(of_signal);
  }
  return tables;
}

}  // namespace pumice::cuda
