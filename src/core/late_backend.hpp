/// A backend that is still starting: other devices of the run work meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "pumice/backend.hpp"

namespace pumice {

/// Starts a backend on a thread of its own. What sizes a run is answered at once, by guesses; whoever wants a slot
/// waits, and gets UnavailableError or CudaError where the start failed.
class LateBackend final : public Backend {
 public:
  /// `name`: of the backend that `start` makes. It copies its input.
  LateBackend(std::string name, std::function<std::shared_ptr<Backend>()> start);

  [[nodiscard]] std::string name() const override { return name_; }
  /// "starting" until it has started.
  [[nodiscard]] std::string description() const override;
  [[nodiscard]] bool borrows_input() const override { return false; }
  [[nodiscard]] std::size_t bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const override;
  [[nodiscard]] RingSize fitting_ring(const Plan& plan, std::int64_t n, RingSize wanted) const override;
  [[nodiscard]] std::vector<std::string> take_notices() override;
  void begin_range(const char* name) const override;
  void end_range() const override;
  [[nodiscard]] std::unique_ptr<Slot> make_slot(const Plan& plan, std::int64_t n, int segments) override;

 private:
  [[nodiscard]] bool has_started() const;

  std::string name_;
  std::shared_future<std::shared_ptr<Backend>> started_;
  std::atomic<Backend*> backend_ = nullptr;  ///< once it has made a slot
};

}  // namespace pumice
