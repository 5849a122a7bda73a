#include "core/late_backend.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace pumice {

LateBackend::LateBackend(std::string name, std::function<std::shared_ptr<Backend>()> start)
    : name_(std::move(name)), started_(std::async(std::launch::async, std::move(start))) {}

bool LateBackend::has_started() const {
  return started_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

std::string LateBackend::description() const {
  if (!has_started()) {
    return "starting";
  }
  try {
    return started_.get()->description();
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// Columns wait on the host as integers of two bytes, or as twice that with what gaps add, beside their text, of about
/// eight bytes a cell; values are doubles.
std::size_t LateBackend::bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const {
  constexpr std::size_t kBytesPerSample = 4 + 8;
  return static_cast<std::size_t>(segments) * (static_cast<std::size_t>(n) * plan.channels.size() * kBytesPerSample +
                                               static_cast<std::size_t>(plan.n_values) * sizeof(double));
}

RingSize LateBackend::fitting_ring(const Plan& plan, std::int64_t n, RingSize wanted) const {
  return started_.get()->fitting_ring(plan, n, wanted);
}

std::vector<std::string> LateBackend::take_notices() {
  if (!has_started()) {
    return {};
  }
  try {
    return started_.get()->take_notices();
  } catch (const std::exception&) {  // whoever wanted a slot was told
    return {};
  }
}

std::unique_ptr<Slot> LateBackend::make_slot(const Plan& plan, std::int64_t n, int segments) {
  backend_ = started_.get().get();
  return backend_.load()->make_slot(plan, n, segments);
}

void LateBackend::begin_range(const char* name) const {
  if (const Backend* backend = backend_) {
    backend->begin_range(name);
  }
}

void LateBackend::end_range() const {
  if (const Backend* backend = backend_) {
    backend->end_range();
  }
}

}  // namespace pumice
