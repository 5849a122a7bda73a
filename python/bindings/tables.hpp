/// Tables of labels between Python and the library.
#pragma once

#include <nanobind/nanobind.h>

#include "pumice/table.hpp"

namespace pumice::python {

/// [(name, kind, values, exists)], see pumice._labels.
[[nodiscard]] Table table_from(const nanobind::list& columns);

/// The inverse: arrays that own their values.
[[nodiscard]] nanobind::list table_to(const Table& table);

}  // namespace pumice::python
