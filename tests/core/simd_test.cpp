#include "pumice/simd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pumice/backend.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

/// What parse_simd throws, as text; empty where it throws nothing.
template <class Exception>
std::string refusal(std::string_view text) {
  try {
    (void)parse_simd(text);
  } catch (const Exception& error) {
    return error.what();
  }
  return {};
}

TEST(Simd, ScalarAndAutoAreEverywhere) {
  EXPECT_EQ(parse_simd("auto"), Simd::kAuto);
  EXPECT_EQ(parse_simd("scalar"), Simd::kScalar);
  EXPECT_THAT(simd_target(Simd::kScalar), testing::AnyOf("SCALAR", "EMU128"));
  EXPECT_FALSE(simd_target().empty());
}

TEST(Simd, ANameIsTakenAsADescriptionHasIt) {
  EXPECT_EQ(parse_simd("SCALAR"), Simd::kScalar);
  const std::string lacking = refusal<UnavailableError>("avx512");
  for (const char* name : {"AVX512", "AVX3", "AVX3_DL"}) {
    EXPECT_EQ(refusal<UnavailableError>(name), lacking);
    EXPECT_TRUE(!lacking.empty() || parse_simd(name) == Simd::kAvx512) << name;
  }
}

TEST(Simd, AnUnknownNameIsRefusedWithTheChoices) {
  EXPECT_THAT(refusal<UsageError>("mmx"),
              testing::HasSubstr("`mmx`: use one of auto, scalar, sse4, avx2, avx512, neon"));
}

TEST(Simd, WhatTheCpuLacksIsRefusedByNameAndTheRestUsed) {
  // No CPU has both.
  int lacking = 0;
  for (const char* name : {"avx2", "neon"}) {
    const std::string reason = refusal<UnavailableError>(name);
    if (!reason.empty()) {
      ++lacking;
      EXPECT_THAT(reason, testing::HasSubstr(std::string("this CPU has no ") + name));
      EXPECT_THAT(reason, testing::HasSubstr("scalar"));
    } else {
      EXPECT_THAT(make_cpu_backend(parse_simd(name))->description(), testing::HasSubstr(simd_target(parse_simd(name))));
    }
  }
  EXPECT_GE(lacking, 1);
}

}  // namespace
}  // namespace pumice
