#include "array_cases.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "device_arrays.hpp"
#include "pumice/error.hpp"

namespace nb = nanobind;

namespace pumice::python {
namespace {

using Array = nb::ndarray<nb::ro, nb::device::cpu>;

StridedArray strided_array(const Array& array) {
  StridedArray out{.data = static_cast<const std::byte*>(array.data()),
                   .type = sample_type(array.dtype()),
                   .shape = {},
                   .strides = {}};
  for (std::size_t axis = 0; axis < array.ndim(); ++axis) {
    out.shape.push_back(static_cast<std::int64_t>(array.shape(axis)));
    out.strides.push_back(array.stride(axis) * static_cast<std::int64_t>(array.itemsize()));
  }
  return out;
}

/// Adds the rows of `array`, whose last axis is time.
void add_rows(const StridedArray& array, std::vector<SampleArray>& rows) {
  const std::size_t axes = array.shape.size();
  if (axes < 1 || axes > 3) {
    throw UsageError(
        fmt::format("an array has {} axes: say (time), (channels, time) or (cases, channels, time)", axes));
  }
  const SampleArray row{
      .data = array.data, .type = array.type, .n = array.shape.back(), .stride = array.strides.back()};
  const std::int64_t outer = axes == 3 ? array.shape[0] : 1;
  const std::int64_t outer_stride = axes == 3 ? array.strides[0] : 0;
  const std::int64_t inner = axes > 1 ? array.shape[axes - 2] : 1;
  const std::int64_t inner_stride = axes > 1 ? array.strides[axes - 2] : 0;
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < inner; ++j) {
      rows.push_back(row);
      rows.back().data += i * outer_stride + j * inner_stride;
    }
  }
}

/// The GPU where the rows lie. Throws UsageError where they do not lie on one.
int device_of(const std::vector<SampleArray>& rows, const DeviceMemory& memory) {
  int device = -1;
  for (const SampleArray& row : rows) {
    if (row.n > 0) {
      const int own = memory.device_of(row.data);
      if (own < 0 || (device >= 0 && own != device)) {
        throw UsageError("the arrays do not lie on one GPU");
      }
      device = own;
    }
  }
  return device;
}

std::vector<SampleArray> cut(const std::vector<SampleArray>& rows, const Pieces& pieces) {
  std::vector<SampleArray> out;
  out.reserve(pieces.shape(0));
  for (std::size_t i = 0; i < pieces.shape(0); ++i) {
    const std::int64_t row = pieces(i, 0);
    const std::int64_t first = pieces(i, 1);
    const std::int64_t count = pieces(i, 2);
    if (row < 0 || row >= static_cast<std::int64_t>(rows.size()) || first < 0 || count < 0 ||
        first > rows[static_cast<std::size_t>(row)].n - count) {
      throw UsageError(fmt::format("piece {} lies outside the arrays", i));
    }
    out.push_back(rows[static_cast<std::size_t>(row)].slice(first, count));
  }
  return out;
}

}  // namespace

HeldCases make_cases(std::vector<std::string> channels, std::vector<std::string> ids, const nb::list& arrays,
                     const std::optional<Pieces>& pieces, const std::string& module_directory) {
  HeldCases held;
  std::vector<SampleArray> rows;
  std::vector<SampleArray> on_device;  // the first of each array
  for (const nb::handle array : arrays) {
    if (nb::isinstance<nb::tuple>(array)) {
      const std::size_t first = rows.size();
      add_rows(strided_array(nb::borrow<nb::tuple>(array)), rows);
      on_device.insert(on_device.end(), rows.begin() + static_cast<std::ptrdiff_t>(first),
                       rows.begin() + static_cast<std::ptrdiff_t>(std::min(first + 1, rows.size())));
    } else {
      held.arrays.push_back(nb::cast<Array>(array));
      add_rows(strided_array(held.arrays.back()), rows);
    }
  }
  if (!on_device.empty()) {
    held.cases.device_memory = device_memory(module_directory);
    held.cases.device = device_of(on_device, held.cases.device_memory);
  }
  held.cases.arrays = pieces ? cut(rows, *pieces) : std::move(rows);
  if (held.cases.arrays.size() != ids.size() * channels.size()) {
    throw UsageError(fmt::format("{} rows of samples are not {} cases of {} channels", held.cases.arrays.size(),
                                 ids.size(), channels.size()));
  }
  held.cases.channels = std::move(channels);
  held.cases.ids = std::move(ids);
  return held;
}

}  // namespace pumice::python
