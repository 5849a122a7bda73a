/// Which of Highway's targets the CSV kernels are built for. Included before any Highway header.
#pragma once

/// Ice Lake, Zen 4 and later: positions are compressed in registers.
#define HWY_WANT_AVX3_DL
/// Left out: SSSE3 (bit 12), SVE (24 to 27) and RVV (37): the kernels want registers of a known size.
#define HWY_DISABLED_TARGETS ((1LL << 12) | (0xFLL << 24) | (1LL << 37))
