/// Files that were found, as Python hands them from process to process.
#pragma once

#include <nanobind/nanobind.h>

#include "pumice/source.hpp"

namespace pumice::python {

/// Plain values, which can be pickled: `paths`, `ids`, `bytes`, `named` (a list each, one entry a file; slices of all
/// four are a part), `channels`, `channels_are_chosen`, `ids_are_integers`, and `shape`.
[[nodiscard]] nanobind::dict found_to_dict(const Discovery& discovery);

/// The inverse, without what is only told (files left out, notes).
[[nodiscard]] Discovery found_from_dict(const nanobind::dict& found);

}  // namespace pumice::python
