#include "io/csv_kernels.hpp"

#include "io/csv_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "io/csv_kernels.cpp"
#include "hwy/foreach_target.h"
// The line above includes this file once a target; what follows is inside its loop.
#include "core/simd_dispatch.hpp"
#include "io/csv_float64-inl.hpp"
#include "io/csv_index-inl.hpp"
#include "io/csv_int16-inl.hpp"
#include "io/csv_transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace pumice::io {
namespace HWY_NAMESPACE {

CsvKernels get_csv_kernels() {
  return {.target = HWY_TARGET,
          .index = &index_tile,
          .convert_int16 = &convert_int16,
          .convert_float64 = &convert_float64,
          .transpose_int16 = &transpose_rows<std::int16_t>,
          .transpose_float64 = &transpose_rows<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice::io
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pumice::io {

HWY_EXPORT(get_csv_kernels);

std::int64_t usable_csv_targets() { return hwy::SupportedTargets() & HWY_TARGETS; }

CsvKernels csv_kernels(std::int64_t targets) {
  return call_for_best(HWY_DISPATCH_TABLE(get_csv_kernels), targets & usable_csv_targets());
}

}  // namespace pumice::io
#endif  // HWY_ONCE
