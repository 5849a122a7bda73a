/// From Python's arguments to the options of the main job, by the names and the texts of the command line.
#pragma once

#include <nanobind/nanobind.h>

#include "pumice/extract.hpp"

namespace pumice::python {

/// `given`: name -> str, int, float, bool or list of str; only what was given. Throws UsageError with the wording of
/// the command line, and std::invalid_argument for a name that it does not know: a bug of the package.
[[nodiscard]] ExtractOptions options_from(const nanobind::dict& given);

}  // namespace pumice::python
