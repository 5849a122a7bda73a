/// The CPU backend with a choice of SIMD targets, for tests that compare them.
#pragma once

#include <cstdint>
#include <memory>

#include "pumice/backend.hpp"

namespace pumice::cpu {

/// A backend that uses the best of `targets`, bits of usable_targets().
[[nodiscard]] std::unique_ptr<Backend> make_backend(std::int64_t targets);

}  // namespace pumice::cpu
