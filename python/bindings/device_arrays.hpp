/// From Python's arrays on a GPU to samples that the library reads where they lie.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <string>
#include <vector>

#include "pumice/device_memory.hpp"
#include "pumice/sample_array.hpp"

namespace pumice::python {

/// An array in memory of any kind; strides are of bytes.
struct StridedArray {
  const std::byte* data = nullptr;
  SampleArray::Type type = SampleArray::Type::kFloat64;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// Throws UsageError for samples that the library does not read.
[[nodiscard]] SampleArray::Type sample_type(const nanobind::dlpack::dtype& type);

/// Of (pointer, shape, strides, kind, item size), as pumice._device_arrays writes it.
[[nodiscard]] StridedArray strided_array(const nanobind::tuple& described);

/// The memory of GPUs as the CUDA module of that directory has it, opened once. Throws UnavailableError.
[[nodiscard]] const DeviceMemory& device_memory(const std::string& module_directory);

void define_device_arrays(nanobind::module_& module);

}  // namespace pumice::python
