/// Which of Highway's targets the CPU backend is built for: those that differ in the width of a register. Included
/// before any Highway header.
#pragma once

/// Left out: SSSE3 (bit 12), and what is beyond AVX3 (bits 0 to 7: the sums and butterflies here gain nothing of it).
#define HWY_DISABLED_TARGETS (0xFFLL | (1LL << 12))
