/// SIMD instructions as Highway's targets.
#pragma once

#include <cstdint>

#include "pumice/simd.hpp"

namespace pumice {

/// Bits of Highway's targets that `simd` allows.
[[nodiscard]] std::int64_t simd_targets(Simd simd);

}  // namespace pumice
