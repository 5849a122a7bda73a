/// The CUDA backend: makes slots on one GPU.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "device_state.hpp"
#include "pumice/backend.hpp"
#include "slot.hpp"

namespace pumice::cuda {

class CudaBackend final : public Backend {
 public:
  /// GPU `ordinal` must have passed `why_not`. Throws CudaError.
  CudaBackend(int ordinal, const DeviceSettings& settings);
  ~CudaBackend() override { drop_kept(); }
  CudaBackend(const CudaBackend&) = delete;
  CudaBackend& operator=(const CudaBackend&) = delete;

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::string description() const override { return description_; }
  /// Columns are copied to page-locked memory as they are added.
  [[nodiscard]] bool borrows_input() const override { return false; }
  [[nodiscard]] std::size_t bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const override;
  [[nodiscard]] RingSize fitting_ring(const Plan& plan, std::int64_t n, RingSize wanted) const override;
  [[nodiscard]] std::vector<std::string> take_notices() override { return device_.pinned.take_notices(name()); }
  [[nodiscard]] bool renew() override;
  void begin_range(const char* name) const override;
  void end_range() const override;
  [[nodiscard]] std::unique_ptr<Slot> make_slot(const Plan& plan, std::int64_t n, int segments) override;

  /// Gives back the host memory that waits for slots to come.
  void drop_kept() noexcept;

 private:
  DeviceSettings settings_;
  DeviceState device_;
  std::string description_;
};

}  // namespace pumice::cuda
