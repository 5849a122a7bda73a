/// From Python's arrays to cases, in place.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pumice/array_source.hpp"

namespace pumice::python {

/// [cases * channels][3]: row of the arrays, first sample, samples.
using Pieces = nanobind::ndarray<const std::int64_t, nanobind::shape<-1, 3>, nanobind::c_contig, nanobind::device::cpu>;

/// Cases and the arrays that they point into.
struct HeldCases {
  ArrayCases cases;
  std::vector<nanobind::ndarray<nanobind::ro, nanobind::device::cpu>> arrays;
};

/// Arrays are NumPy's; or tuples (pointer, shape, strides in bytes, kind, item size) where they lie on a GPU, and what
/// is NumPy's among them is empty. Throws UsageError where the arrays do not make [cases][channels] rows, hold
/// something else than real numbers, or lie on several GPUs.
[[nodiscard]] HeldCases make_cases(std::vector<std::string> channels, std::vector<std::string> ids,
                                   const nanobind::list& arrays, const std::optional<Pieces>& pieces,
                                   const std::string& module_directory);

}  // namespace pumice::python
