#include "core/engine_sizes.hpp"

#include <algorithm>

namespace pumice {
namespace {

/// Samples (all channels) that a batch aims at: enough to fill a GPU, little enough to overlap several.
constexpr std::int64_t kBatchSamples = std::int64_t{16} * 60001 * 10;
constexpr std::int64_t kSmallestBatch = 8;
constexpr std::int64_t kLargestBatch = 1024;
/// One slot is being filled, one computes, one is uploaded and one waits to be collected; more threads fill and collect
/// more at a time.
constexpr int kFewestSlots = 4;
constexpr int kMostSlots = 8;
/// A worker holds a recording's text and its columns, each at most about as large as the file.
constexpr std::int64_t kWorkerBytesPerFileByte = 3;
/// Recordings of few samples take microseconds: as many as have these samples together may be under way, so that nobody
/// is woken for a single one.
constexpr std::int64_t kSamplesUnderWay = std::int64_t{1} << 17;
constexpr std::int64_t kMostUnderWay = 2048;

/// `options.threads` and `options.memory_bytes` are this device's share.
EngineSizes sizes_of_device(const Plan& plan, const Source& source, const Backend& backend, const WindowRule& window,
                            const EngineOptions& options) {
  EngineSizes sizes;
  const auto recordings = static_cast<std::int64_t>(source.recordings().size());
  std::int64_t largest_file = 0;
  for (const Recording& recording : source.recordings()) {
    largest_file = std::max(largest_file, recording.bytes);
  }
  const std::int64_t memory = options.memory_bytes;
  const std::int64_t n = std::max<std::int64_t>(1, options.segment_samples);
  const auto channels = std::max<std::int64_t>(1, static_cast<std::int64_t>(plan.channels.size()));
  const bool has_ring = !backend.borrows_input();
  if (has_ring) {
    const std::int64_t own_choice = std::clamp(kBatchSamples / (n * channels), kSmallestBatch, kLargestBatch);
    sizes.ring = {.slots = std::clamp(options.threads, kFewestSlots, kMostSlots),
                  .segments = options.batch_segments > 0 ? options.batch_segments : static_cast<int>(own_choice)};
  }
  const std::int64_t windows = options.recording_samples > 0 ? window.count(options.recording_samples) : 1;
  const std::int64_t result_bytes =
      std::max<std::int64_t>(1, windows) * plan.n_values * static_cast<std::int64_t>(sizeof(double));
  // One result is being filled, and at least one more waits for its turn.
  const std::int64_t worker_bytes = 2 * result_bytes + kWorkerBytesPerFileByte * largest_file;
  const auto needed = [&] {
    const auto slot = static_cast<std::int64_t>(backend.bytes_per_slot(plan, n, sizes.ring.segments));
    return sizes.threads * worker_bytes + (has_ring ? sizes.ring.slots : sizes.threads) * slot;
  };
  sizes.threads = static_cast<int>(std::clamp<std::int64_t>(recordings, 1, options.threads));
  // A smaller batch helps where batches are large, not where results are.
  while (sizes.threads > 1 && std::int64_t{2} * sizes.threads * result_bytes > memory / 2) {
    --sizes.threads;
  }
  while (!sizes.ring.is_smallest() && needed() > memory) {
    sizes.ring = sizes.ring.smaller();
  }
  while (sizes.threads > 1 && needed() > memory) {
    --sizes.threads;
  }
  // Enough recordings under way that no slot runs empty for want of them.
  const std::int64_t in_slots = has_ring ? std::int64_t{sizes.ring.slots} * sizes.ring.segments : 0;
  const std::int64_t busy = 4 * std::max<std::int64_t>(sizes.threads, in_slots) + 16;
  const std::int64_t recording_samples = n * std::max<std::int64_t>(1, windows) * channels;
  const std::int64_t small = std::min(kMostUnderWay, kSamplesUnderWay / recording_samples);
  const std::int64_t wanted = std::max(busy, small);
  const std::int64_t workers = needed() - std::int64_t{2} * sizes.threads * result_bytes;
  const std::int64_t least = sizes.threads + 1;
  sizes.reorder_window = std::clamp((memory - workers) / result_bytes, least, std::max(least, wanted));
  sizes.memory_bytes = workers + std::min(sizes.reorder_window, std::max<std::int64_t>(1, recordings)) * result_bytes;
  return sizes;
}

}  // namespace

RingSize RingSize::smaller() const {
  constexpr int kEnoughSlots = 4;
  constexpr int kEnoughSegments = 8;
  if (slots > kEnoughSlots) {
    return {slots - 1, segments};
  }
  if (segments > kEnoughSegments) {
    return {slots, std::max(kEnoughSegments, segments / 2)};
  }
  if (slots > 2) {
    return {slots - 1, segments};
  }
  if (segments > 1) {
    return {slots, segments / 2};
  }
  return {1, 1};
}

std::vector<EngineSizes> choose_engine_sizes(const Plan& plan, const Source& source, const EngineBackends& backends,
                                             const WindowRule& window, const EngineOptions& options) {
  const auto devices = static_cast<int>(backends.devices.size());
  const int threads = options.threads > 0 ? options.threads : usable_cpus();
  const std::int64_t memory = options.memory_bytes > 0 ? options.memory_bytes : usable_memory_bytes() / 4;
  std::vector<EngineSizes> sizes;
  for (int i = 0; i < devices; ++i) {
    EngineOptions share = options;
    share.threads = std::max(1, threads / devices + (i < threads % devices ? 1 : 0));
    share.memory_bytes = std::max<std::int64_t>(1, memory / devices);
    sizes.push_back(sizes_of_device(plan, source, *backends.devices[static_cast<std::size_t>(i)], window, share));
  }
  return sizes;
}

}  // namespace pumice
