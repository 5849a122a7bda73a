/// Which SIMD instructions CPU code uses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pumice {

/// The instructions to use, or kAuto: the best that this CPU has. All give the same values but for the last bits of
/// spectra, where those with fused multiply-add (AVX2 and later, NEON) differ from the others.
enum class Simd : std::uint8_t { kAuto, kScalar, kSse4, kAvx2, kAvx512, kNeon };

/// "auto", "scalar", "sse4", "avx2", "avx512", "neon". Throws UsageError naming the choices, and UnavailableError where
/// this CPU, or this build, has no such instructions.
[[nodiscard]] Simd parse_simd(std::string_view text);

/// The SIMD target that CPU code runs with under `simd`: "AVX3", "AVX2", "EMU128" ..
[[nodiscard]] std::string simd_target(Simd simd = Simd::kAuto);

}  // namespace pumice
