/// The smallest sample type that holds a column exactly.
#pragma once

#include "pumice/samples.hpp"

namespace pumice {

/// kInt16 where every sample that is not missing is an integer of magnitude up to 32767, kInt32 up to 2^24, else
/// kFloat64; never wider than `column` is.
[[nodiscard]] SampleType narrowest_type(const ColumnView& column);

/// Copies `column` into `out` as `type`, which must hold it.
void store_as(const ColumnView& column, SampleType type, ColumnBuffer& out);

}  // namespace pumice
