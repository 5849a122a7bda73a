#include "backend.hpp"

#include "check.hpp"
#include "device_probe.hpp"

namespace pumice::cuda {

CudaBackend::CudaBackend(int ordinal) {
  PUMICE_CUDA(cudaSetDevice(ordinal));
  device_ = {ordinal, allow_counting_memory()};
  description_ = describe_device(ordinal);
}

std::string CudaBackend::name() const { return "cuda:" + std::to_string(device_.ordinal); }

std::size_t CudaBackend::bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const {
  return slot_bytes(plan, room_for(plan, n, segments), n);
}

std::unique_ptr<Slot> CudaBackend::make_slot(const Plan& plan, std::int64_t n, int segments) {
  return std::make_unique<CudaSlot>(device_, plan, n, segments);
}

}  // namespace pumice::cuda
