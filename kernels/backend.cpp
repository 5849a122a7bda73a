#include "backend.hpp"

#include <nvtx3/nvToolsExt.h>

#include <algorithm>
#include <cstdint>

#include "check.hpp"
#include "current_context.hpp"
#include "device_probe.hpp"
#include "pumice/error.hpp"

namespace pumice::cuda {
namespace {

/// Of what is free: the rest is for cuFFT's plans, for slots that grow, and for others who use the GPU.
constexpr double kShareOfFree = 0.8;

/// Makes the context, so that the memory which it takes is no longer free.
std::size_t device_budget(int ordinal, const DeviceSettings& settings) {
  PUMICE_CUDA(cudaSetDevice(ordinal));
  if (settings.gpu_bytes > 0) {
    return static_cast<std::size_t>(settings.gpu_bytes);
  }
  std::size_t free = 0;
  std::size_t total = 0;
  PUMICE_CUDA(cudaMemGetInfo(&free, &total));
  return static_cast<std::size_t>(static_cast<double>(free) * kShareOfFree);
}

std::size_t pinned_budget(const DeviceSettings& settings) {
  return static_cast<std::size_t>(share_of(settings, 1).pinned_bytes);
}

/// With the texts that slots take where the recordings are not cut.
MemoryBytes all_bytes(const Plan& plan, std::int64_t n, int segments) {
  const MemoryBytes slot = slot_bytes(plan, most_room_for(plan, n, segments), n);
  const MemoryBytes texts = text_bytes(plan, n, segments);
  return {.host = slot.host + texts.host, .device = slot.device + texts.device};
}

}  // namespace

CudaBackend::CudaBackend(int ordinal, const DeviceSettings& settings)
    : settings_(settings),
      device_(ordinal, device_budget(ordinal, settings), pinned_budget(settings), settings.faults) {
  device_.counter_bytes = allow_counting_memory();
  if (settings.faults.counter_bytes >= 0) {  // never none: a pass takes one counter
    device_.counter_bytes = std::clamp(static_cast<std::size_t>(settings.faults.counter_bytes), sizeof(std::uint32_t),
                                       device_.counter_bytes);
  }
  description_ = describe_device(ordinal);
}

std::string CudaBackend::name() const { return "cuda:" + std::to_string(device_.ordinal); }

std::size_t CudaBackend::bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const {
  return all_bytes(plan, n, segments).host;
}

RingSize CudaBackend::fitting_ring(const Plan& plan, std::int64_t n, RingSize wanted) const {
  const auto fits = [&](const RingSize& ring) {
    const MemoryBytes bytes = all_bytes(plan, n, ring.segments);
    const auto slots = static_cast<std::size_t>(ring.slots);
    return slots * bytes.device <= device_.budget_bytes && slots * bytes.host <= device_.pinned.limit();
  };
  while (!wanted.is_smallest() && !fits(wanted)) {
    wanted = wanted.smaller();
  }
  return wanted;
}

bool CudaBackend::renew() {
  if (settings_.faults.any()) {
    return false;
  }
  const CurrentContext callers;
  try {
    device_.budget_bytes = device_budget(device_.ordinal, settings_);
    PUMICE_CUDA(cudaFree(nullptr));  // a device that is lost says so
  } catch (const CudaError&) {
    return false;
  }
  device_.pinned.renew();
  return true;
}

void CudaBackend::drop_kept() noexcept {
  if (device_.kept.bytes() > 0) {
    const CurrentContext callers;
    static_cast<void>(cudaSetDevice(device_.ordinal));
    device_.kept.clear();
  }
}

void CudaBackend::begin_range(const char* name) const { nvtxRangePushA(name); }

void CudaBackend::end_range() const { nvtxRangePop(); }

std::unique_ptr<Slot> CudaBackend::make_slot(const Plan& plan, std::int64_t n, int segments) {
  if (const int largest = device_.faults.largest_batch; largest >= 0 && segments > largest) {
    throw_cuda_error(cudaErrorMemoryAllocation, "an injected fault", __FILE__, __LINE__);
  }
  return std::make_unique<CudaSlot>(device_, plan, n, segments);
}

}  // namespace pumice::cuda
