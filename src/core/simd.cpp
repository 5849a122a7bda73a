#include "core/simd.hpp"

#include <fmt/core.h>
#include <hwy/targets.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "pumice/error.hpp"

namespace pumice {
namespace {

struct Choice {
  std::string_view name;
  Simd simd;
  std::int64_t targets;
};

constexpr std::array kChoices{Choice{"auto", Simd::kAuto, ~std::int64_t{0}},
                              Choice{"scalar", Simd::kScalar, HWY_SCALAR | HWY_EMU128},
                              Choice{"sse4", Simd::kSse4, HWY_SSE4},
                              Choice{"avx2", Simd::kAvx2, HWY_AVX2},
                              Choice{"avx512", Simd::kAvx512, HWY_AVX3 | HWY_AVX3_DL},
                              Choice{"neon", Simd::kNeon, HWY_NEON}};

bool is_usable(const Choice& choice) { return (choice.targets & hwy::SupportedTargets()) != 0; }

/// "auto, scalar, sse4": all, or those that are usable.
std::string names(bool usable) {
  std::string text;
  for (const Choice& choice : kChoices) {
    if (!usable || is_usable(choice)) {
      text += fmt::format("{}{}", text.empty() ? "" : ", ", choice.name);
    }
  }
  return text;
}

}  // namespace

Simd parse_simd(std::string_view text) {
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (name.starts_with("avx3")) {  // as Highway calls it, and so do descriptions
    name = "avx512";
  }
  for (const Choice& choice : kChoices) {
    if (choice.name == name) {
      if (!is_usable(choice)) {
        throw UnavailableError(fmt::format("this CPU has no {} instructions: use one of {}", name, names(true)));
      }
      return choice.simd;
    }
  }
  throw UsageError(fmt::format("unknown SIMD instructions `{}`: use one of {}", text, names(false)));
}

std::int64_t simd_targets(Simd simd) {
  for (const Choice& choice : kChoices) {
    if (choice.simd == simd) {
      return choice.targets;
    }
  }
  return 0;
}

}  // namespace pumice
