/// The CUDA backend: makes slots on one GPU.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "pumice/backend.hpp"
#include "slot.hpp"

namespace pumice::cuda {

class CudaBackend final : public Backend {
 public:
  /// GPU `ordinal` must have passed `why_not`. Throws CudaError.
  explicit CudaBackend(int ordinal);

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::string description() const override { return description_; }
  /// Columns are copied to pinned memory as they are added.
  [[nodiscard]] bool borrows_input() const override { return false; }
  /// One is filled while the other computes.
  [[nodiscard]] int slots_per_worker() const override { return 2; }
  [[nodiscard]] std::size_t bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const override;
  [[nodiscard]] std::unique_ptr<Slot> make_slot(const Plan& plan, std::int64_t n, int segments) override;

 private:
  DeviceFacts device_;
  std::string description_;
};

}  // namespace pumice::cuda
