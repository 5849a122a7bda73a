/// A module of CUDA whose GPUs are the host, for tests of everything above it: slots read samples where they lie, as a
/// team would, and the CPU computes. What counts as a GPU's memory is what tests have named.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/cuda_module.hpp"
#include "core/module.hpp"
#include "core/owned_segments.hpp"
#include "core/parsed_columns.hpp"
#include "core/read_files.hpp"
#include "pumice/backend.hpp"
#include "pumice/error.hpp"
#include "support/team_text.hpp"

PUMICE_DEFINE_MODULE_VERSION

#define PUMICE_EXPORT extern "C" __attribute__((visibility("default")))

namespace pumice {
namespace {

constexpr int kDevices = 2;
std::atomic<std::int64_t> residents = 0;
std::atomic<std::int64_t> copies = 0;
std::atomic<std::int64_t> backends = 0;
std::atomic<bool> is_lost = false;

struct Block {
  std::size_t bytes = 0;
  int device = 0;
};
std::mutex blocks_mutex;
std::map<const std::byte*, Block> blocks;

int device_of(const void* p) {
  const std::lock_guard lock(blocks_mutex);
  auto block = blocks.upper_bound(static_cast<const std::byte*>(p));
  if (block == blocks.begin()) {
    return -1;
  }
  --block;
  return static_cast<const std::byte*>(p) < block->first + block->second.bytes ? block->second.device : -1;
}

void copy_to_host(int device, void* to, const void* from, std::size_t bytes) {
  const auto* const last = static_cast<const std::byte*>(from) + bytes - 1;
  if (device_of(from) != device || device_of(last) != device) {
    throw CudaError("memory was copied that does not lie on the GPU", 700, true);
  }
  ++copies;
  std::memcpy(to, from, bytes);
}

class HostGpu : public Backend {
 public:
  explicit HostGpu(int ordinal) : ordinal_(ordinal), cpu_(make_cpu_backend()) { ++backends; }
  [[nodiscard]] std::string name() const override { return "cuda:" + std::to_string(ordinal_); }
  [[nodiscard]] std::string description() const override { return "the host as a GPU"; }
  [[nodiscard]] bool borrows_input() const override { return false; }
  [[nodiscard]] std::size_t bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const override {
    return static_cast<std::size_t>(n * segments) * plan.channels.size() * sizeof(double);
  }
  [[nodiscard]] bool renew() override { return !is_lost; }
  [[nodiscard]] std::unique_ptr<Slot> make_slot(const Plan& plan, std::int64_t n, int segments) override {
    return std::make_unique<HostSlot>(plan, ordinal_, segments, cpu_->make_slot(plan, n, 1));
  }

 private:
  class HostSlot : public Slot {
   public:
    HostSlot(const Plan& plan, int device, int capacity, std::unique_ptr<Slot> cpu)
        : plan_(plan), device_(device), capacity_(capacity), cpu_(std::move(cpu)) {}

    bool add(const PreparedSegment& segment) override {
      SlotPlace place;
      return reserve(segment, place);  // which has copied it
    }
    bool reserve(const PreparedSegment& segment, SlotPlace& place) override {
      const std::lock_guard lock(filling_);
      if (size() >= capacity_) {
        return false;
      }
      start_batch();
      kept_.add(segment);
      place.index = size();
      place.copies.clear();
      arrays_.emplace_back();
      return true;
    }
    [[nodiscard]] bool takes_resident(const ResidentSegment& segment) const override {
      return segment.device == device_;
    }
    int add_resident(const ResidentSegment& segment) override {
      const std::lock_guard lock(filling_);
      if (!takes_resident(segment) || size() >= capacity_) {
        return -1;
      }
      start_batch();
      arrays_.emplace_back(segment.channels.begin(), segment.channels.end());
      ++residents;
      return size() - 1;
    }
    [[nodiscard]] int size() const override { return waited_ ? 0 : static_cast<int>(arrays_.size()); }
    void submit() override {}
    [[nodiscard]] std::span<const double> wait() override {
      values_.clear();
      results_.assign(arrays_.size(), {});
      std::size_t next_kept = 0;
      for (std::size_t i = 0; i < arrays_.size(); ++i) {
        if (arrays_[i].empty()) {
          compute(kept_[next_kept++]);
        } else {
          take(arrays_[i], results_[i]);
        }
      }
      waited_ = true;
      return values_;
    }
    [[nodiscard]] std::vector<PreparedSegment> kept() const override {
      std::vector<PreparedSegment> segments;
      for (std::size_t i = 0; i < kept_.size(); ++i) {
        segments.push_back(kept_[i]);
      }
      return segments;
    }
    [[nodiscard]] TextResult text_result(int i) const override { return results_.at(static_cast<std::size_t>(i)); }
    [[nodiscard]] StageSeconds seconds() const override { return {}; }

   private:
    void start_batch() {
      if (std::exchange(waited_, false)) {
        kept_ = {};
        arrays_.clear();
      }
    }
    void take(const std::vector<SampleArray>& arrays, TextResult& result) {
      const test::TeamParsed taken = test::take_arrays_by_teams(arrays, gap_fill(plan_.missing));
      std::vector<PreparedChannel> channels;
      for (std::size_t c = 0; c < arrays.size(); ++c) {
        channels.push_back(prepare_parsed(plan_.missing, taken.column(c), taken.facts[c]));
        result.has_infinities = result.has_infinities || taken.facts[c].has_infinities;
      }
      result.taken = true;
      result.n = taken.rows;
      compute({channels, taken.rows});
    }
    void compute(const PreparedSegment& segment) {
      if (!cpu_->add(segment)) {
        throw Error("an empty slot refused a segment");
      }
      cpu_->submit();
      const auto values = cpu_->wait();
      values_.insert(values_.end(), values.begin(), values.end());
    }

    const Plan& plan_;
    int device_;
    int capacity_;
    std::unique_ptr<Slot> cpu_;
    std::mutex filling_;
    bool waited_ = true;
    OwnedSegments kept_;
    std::vector<std::vector<SampleArray>> arrays_;  ///< of each segment; empty: it was kept
    std::vector<TextResult> results_;
    std::vector<double> values_;
  };

  int ordinal_;
  std::unique_ptr<Backend> cpu_;
};

}  // namespace

PUMICE_EXPORT void pumice_list_cuda_devices(std::vector<DeviceInfo>& devices) {
  for (int i = 0; i < kDevices; ++i) {
    devices.push_back({"cuda:" + std::to_string(i), "the host as a GPU", true, {}});
  }
}
PUMICE_EXPORT int pumice_count_cuda_devices(std::string&) { return kDevices; }
PUMICE_EXPORT Backend* pumice_make_cuda_backend(int ordinal, const DeviceSettings&) {
  if (ordinal >= kDevices) {
    throw UnavailableError("there is no such GPU");
  }
  return std::make_unique<HostGpu>(ordinal).release();
}
/// Reads the files as a module of CUDA does; what only a GPU has is made up: 0.5 s of start and a bus of 1 TB/s.
PUMICE_EXPORT void pumice_measure_cuda(int ordinal, const CudaWork& work, CudaLimits& limits) {
  HostGpu backend(ordinal);
  std::vector<std::byte> ring(work.ring_bytes(backend));
  const FilesRead read = read_files(work.paths, work.threads, ring);
  limits = {.context_s = 0.125,
            .kernels_s = 0.125,
            .plan_s = work.transform_length > 0 ? 0.125 : 0,
            .ring_s = 0.125,
            .ring_bytes = static_cast<std::int64_t>(ring.size()),
            .pin_bytes_per_s = 1e9,
            .host_to_device_bytes_per_s = 1e12,
            .device_to_host_bytes_per_s = 1e12,
            .device_copy_bytes_per_s = 1e12,
            .read_bytes_per_s = static_cast<double>(read.bytes) / read.seconds,
            .readers = work.threads};
}
PUMICE_EXPORT void pumice_device_memory(DeviceMemory& memory) {
  memory = {.device_of = device_of, .synchronize = [](int) {}, .copy_to_host = copy_to_host};
}

// For tests.
PUMICE_EXPORT void fake_gpu_name(const std::byte* memory, std::size_t bytes, int device) {
  const std::lock_guard lock(blocks_mutex);
  blocks[memory] = {bytes, device};
}
PUMICE_EXPORT void fake_gpu_forget(const std::byte* memory) {
  const std::lock_guard lock(blocks_mutex);
  blocks.erase(memory);
}
PUMICE_EXPORT std::int64_t fake_gpu_residents() { return residents.exchange(0); }
PUMICE_EXPORT std::int64_t fake_gpu_copies() { return copies.exchange(0); }
PUMICE_EXPORT std::int64_t fake_gpu_backends() { return backends.exchange(0); }
PUMICE_EXPORT void fake_gpu_lose(bool lost) { is_lost = lost; }

}  // namespace pumice
