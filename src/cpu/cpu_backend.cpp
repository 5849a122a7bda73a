#include "cpu/cpu_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <fstream>

#include "cpu/targets.hpp"
// The targets come before any of Highway's headers.
#include "core/simd.hpp"
#include "cpu/cpu_slot.hpp"
#include "hwy/targets.h"
#include "pumice/engine.hpp"
#include "pumice/error.hpp"

namespace pumice::cpu {

namespace {

/// The processor's name as the system gives it, or "CPU".
std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      const auto colon = line.find(": ");
      return colon == std::string::npos ? "CPU" : line.substr(colon + 2);
    }
  }
  return "CPU";
}

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(std::int64_t targets) : kernels_(kernels_for(targets)) {}

  [[nodiscard]] std::string name() const override { return "cpu"; }
  [[nodiscard]] std::string description() const override {
    const int threads = usable_cpus();
    static const std::string processor = processor_name();
    return fmt::format("{}, {}, {} thread{}", processor, hwy::TargetName(kernels_.reduce.target), threads,
                       threads == 1 ? "" : "s");
  }
  [[nodiscard]] bool borrows_input() const override { return true; }
  [[nodiscard]] std::size_t bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const override {
    std::size_t bytes = static_cast<std::size_t>(std::max(segments, 1)) *
                        (plan.n_values * sizeof(double) + plan.channels.size() * sizeof(PreparedChannel));
    // Derivations are one bit each.
    unsigned derivations = 0;
    unsigned with_spectra = 0;
    for (const SignalPlan& signal : plan.signals) {
      const unsigned derivation = 1U << static_cast<unsigned>(signal.derivation);
      derivations |= derivation;
      with_spectra |= signal.welch.empty() ? 0 : derivation;
    }
    const bool derived = (derivations >> 1) != 0;
    // Sorted samples, and |x| and the differences of the channels at hand, of the widest type.
    const std::size_t at_once = channels_at_once(plan, n);
    bytes += static_cast<std::size_t>(n) * sizeof(double) * (2 + (derived ? 4 * at_once : 0));
    bytes += 2 * stages::kMaxCounters * sizeof(std::uint32_t);
    for (const WelchSettings& asked : plan.welch) {
      const WelchSettings settings = asked.for_length(n);
      bytes += welch_memory_bytes(make_fourier_plan(settings, plan.precision));
      bytes += at_once * static_cast<std::size_t>(std::popcount(with_spectra)) *
               static_cast<std::size_t>(settings.nperseg) * sizeof(double);
    }
    return bytes;
  }
  [[nodiscard]] std::unique_ptr<Slot> make_slot(const Plan& plan, std::int64_t /*n*/, int segments) override {
    return std::make_unique<CpuSlot>(plan, kernels_, segments);
  }

 private:
  Kernels kernels_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(std::int64_t targets) { return std::make_unique<CpuBackend>(targets); }

}  // namespace pumice::cpu

namespace pumice {

namespace {

std::int64_t targets_of(Simd simd) {
  const std::int64_t targets = simd_targets(simd) & cpu::usable_targets();
  if (targets == 0) {
    throw UnavailableError("this CPU lacks the SIMD instructions that were asked for");
  }
  return targets;
}

}  // namespace

std::string simd_target(Simd simd) { return hwy::TargetName(cpu::reduce_kernels(targets_of(simd)).target); }

std::unique_ptr<Backend> make_cpu_backend(Simd simd) { return cpu::make_backend(targets_of(simd)); }

}  // namespace pumice
