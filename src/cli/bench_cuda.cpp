#include "cli/bench_cuda.hpp"

#include <algorithm>
#include <memory>

#include "core/engine_sizes.hpp"
#include "core/extract_settings.hpp"
#include "pumice/backend.hpp"
#include "pumice/engine.hpp"
#include "pumice/plan.hpp"

namespace pumice::cli {
namespace {

/// The GPU to measure, or null.
std::optional<int> first_gpu(const std::vector<std::string>& devices) {
  for (const std::string& device : devices) {
    const DeviceRequest request = parse_device(device);
    if (request.kind == DeviceRequest::Kind::kCuda || request.kind == DeviceRequest::Kind::kAll) {
      return request.ordinals.empty() ? 0 : request.ordinals.front();
    }
  }
  return std::nullopt;
}

/// The plan of a run on segments of n samples; null where that lacks a sampling rate, which is for the run to say.
std::optional<Plan> plan_of_run(const Discovery& discovery, const ExtractOptions& options, std::int64_t n) {
  const ExtractSettings settings = resolve_settings(options);
  PlanRequest request = settings.request;
  request.channels = discovery.channels;
  request.sample_rate = resolve_sample_rate(options, settings, discovery.shape, n).hz;
  if (request.sample_rate <= 0 && needs_sample_rate(request.features)) {
    return std::nullopt;
  }
  return make_plan(request);
}

int longest_transform(const Plan& plan, std::int64_t n) {
  int longest = 0;
  for (const WelchSettings& settings : plan.welch) {
    longest = std::max(longest, settings.for_length(n).nperseg);
  }
  return longest;
}

}  // namespace

std::optional<MeasuredCuda> measure_cuda_limits(const std::vector<std::string>& devices, const Discovery& discovery,
                                                const DecodedFiles& files, const ExtractOptions& options, int runs) {
  const std::optional<int> ordinal = first_gpu(devices);
  if (!ordinal) {
    return std::nullopt;
  }
  const std::int64_t n = std::max<std::int64_t>(1, files.samples);
  const std::optional<Plan> plan = plan_of_run(discovery, options, n);
  if (!plan) {
    return std::nullopt;
  }
  const std::unique_ptr<Source> source = open_source(discovery, options.input.format, 0, options.simd);
  const EngineOptions engine{.threads = options.threads,
                             .memory_bytes = options.memory_bytes,
                             .segment_samples = n,
                             .recording_samples = n,
                             .batch_segments = options.batch_segments};
  const auto ring_bytes = [&](Backend& backend) {
    const EngineSizes sizes =
        choose_engine_sizes(*plan, *source, {.devices = {&backend}, .spare = nullptr}, {}, engine).front();
    const RingSize ring = backend.fitting_ring(*plan, n, sizes.ring);
    return static_cast<std::size_t>(ring.slots) * backend.bytes_per_slot(*plan, n, ring.segments);
  };
  return measure_cuda(*ordinal,
                      {.types = files.types,
                       .transform_length = longest_transform(*plan, n),
                       .precision = plan->precision,
                       .settings = share_of(options.device_settings, 1),
                       .ring_bytes = ring_bytes,
                       .paths = paths_of(discovery.recordings),
                       .threads = usable_cpus(),
                       .runs = runs},
                      options.module_directory);
}

}  // namespace pumice::cli
