#include "device_arrays.hpp"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include "pumice/error.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace pumice::python {
namespace {

using Code = nb::dlpack::dtype_code;

struct NamedType {
  char kind;
  Code code;
  int bits;
  SampleArray::Type type;
};

constexpr NamedType kTypes[] = {
    {'i', Code::Int, 8, SampleArray::Type::kInt8},       {'u', Code::UInt, 8, SampleArray::Type::kUInt8},
    {'i', Code::Int, 16, SampleArray::Type::kInt16},     {'u', Code::UInt, 16, SampleArray::Type::kUInt16},
    {'i', Code::Int, 32, SampleArray::Type::kInt32},     {'u', Code::UInt, 32, SampleArray::Type::kUInt32},
    {'i', Code::Int, 64, SampleArray::Type::kInt64},     {'u', Code::UInt, 64, SampleArray::Type::kUInt64},
    {'f', Code::Float, 32, SampleArray::Type::kFloat32}, {'f', Code::Float, 64, SampleArray::Type::kFloat64}};

template <class Is>
const NamedType& find_type(Is is) {
  const auto* const found = std::find_if(std::begin(kTypes), std::end(kTypes), is);
  if (found == std::end(kTypes)) {
    throw UsageError("samples are integers of 8 to 64 bits, float32 or float64");
  }
  return *found;
}

const NamedType& find_type(const nb::dlpack::dtype& type) {
  return find_type([&](const NamedType& one) {
    return static_cast<Code>(type.code) == one.code && type.bits == one.bits && type.lanes == 1;
  });
}

/// Python has pointers as integers.
const void* to_pointer(std::uintptr_t address) {
  return reinterpret_cast<const void*>(address);  // NOLINT(performance-no-int-to-ptr)
}

std::vector<std::int64_t> integers(const nb::handle& tuple) {
  std::vector<std::int64_t> out;
  for (const nb::handle one : tuple) {
    out.push_back(nb::cast<std::int64_t>(one));
  }
  return out;
}

nb::tuple to_tuple(const std::vector<std::int64_t>& values) {
  nb::list out;
  for (const std::int64_t value : values) {
    out.append(value);
  }
  return nb::tuple(out);
}

/// An array on a GPU as DLPack gives it; keeps its memory.
struct DlpackView {
  nb::ndarray<nb::ro, nb::device::cuda> array;

  [[nodiscard]] nb::tuple shape() const {
    std::vector<std::int64_t> out;
    for (std::size_t axis = 0; axis < array.ndim(); ++axis) {
      out.push_back(static_cast<std::int64_t>(array.shape(axis)));
    }
    return to_tuple(out);
  }
  [[nodiscard]] nb::tuple strides() const {
    std::vector<std::int64_t> out;
    for (std::size_t axis = 0; axis < array.ndim(); ++axis) {
      out.push_back(array.stride(axis) * static_cast<std::int64_t>(array.itemsize()));
    }
    return to_tuple(out);
  }
};

/// A copy on the host with the same strides, of the bytes from the first to the last sample.
nb::object copy_to_host(const nb::tuple& described, int device, const std::string& module_directory) {
  const StridedArray array = strided_array(described);
  const std::int64_t size = visit_type(array.type, [](auto zero) { return std::int64_t{sizeof(zero)}; });
  std::int64_t before = 0;
  std::int64_t behind = size;
  std::vector<std::size_t> shape;
  std::vector<std::int64_t> strides;
  for (std::size_t axis = 0; axis < array.shape.size(); ++axis) {
    const std::int64_t span = std::max<std::int64_t>(0, array.shape[axis] - 1) * array.strides[axis];
    before += std::max<std::int64_t>(0, -span);
    behind += std::max<std::int64_t>(0, span);
    shape.push_back(static_cast<std::size_t>(array.shape[axis]));
    strides.push_back(array.strides[axis] / size);
  }
  auto bytes = std::make_unique<std::byte[]>(static_cast<std::size_t>(before + behind));
  const DeviceMemory& memory = device_memory(module_directory);
  {
    const nb::gil_scoped_release released;
    memory.synchronize(device);
    memory.copy_to_host(device, bytes.get(), array.data - before, static_cast<std::size_t>(before + behind));
  }
  std::byte* const data = bytes.get() + before;
  const nb::capsule keeper(bytes.release(), [](void* p) noexcept { delete[] static_cast<std::byte*>(p); });
  return visit_type(array.type, [&](auto zero) {
    using T = decltype(zero);
    return nb::cast(nb::ndarray<nb::numpy, T>(data, shape.size(), shape.data(), keeper, strides.data()));
  });
}

}  // namespace

SampleArray::Type sample_type(const nb::dlpack::dtype& type) { return find_type(type).type; }

StridedArray strided_array(const nb::tuple& described) {
  const auto kind = nb::cast<std::string>(described[3]);
  const auto bits = 8 * nb::cast<int>(described[4]);
  const auto& type =
      find_type([&](const NamedType& one) { return kind == std::string(1, one.kind) && bits == one.bits; });
  return {.data = static_cast<const std::byte*>(to_pointer(nb::cast<std::uintptr_t>(described[0]))),
          .type = type.type,
          .shape = integers(described[1]),
          .strides = integers(described[2])};
}

const DeviceMemory& device_memory(const std::string& module_directory) {
  static std::map<std::string, DeviceMemory> opened;  // under the GIL
  const auto found = opened.find(module_directory);
  return found != opened.end() ? found->second
                               : opened.emplace(module_directory, open_device_memory(module_directory)).first->second;
}

void define_device_arrays(nb::module_& module) {
  nb::class_<DlpackView>(module, "DlpackView", "An array on a GPU, as DLPack gives it.")
      .def_prop_ro("pointer", [](const DlpackView& v) { return reinterpret_cast<std::uintptr_t>(v.array.data()); })
      .def_prop_ro("shape", &DlpackView::shape)
      .def_prop_ro("strides", &DlpackView::strides, "in bytes")
      .def_prop_ro("kind", [](const DlpackView& v) { return std::string(1, find_type(v.array.dtype()).kind); })
      .def_prop_ro("itemsize", [](const DlpackView& v) { return v.array.itemsize(); });
  module.def(
      "dlpack_view", [](nb::ndarray<nb::ro, nb::device::cuda> array) { return DlpackView{std::move(array)}; }, "x"_a);
  module.def(
      "device_of",
      [](std::uintptr_t pointer, const std::string& module_directory) {
        return device_memory(module_directory).device_of(to_pointer(pointer));
      },
      "pointer"_a, "module_directory"_a, "The GPU that has the memory, or -1.");
  module.def("copy_to_host", &copy_to_host, "described"_a, "device"_a, "module_directory"_a,
             "A copy of (pointer, shape, strides, kind, item size), where it lies on that GPU.");
}

}  // namespace pumice::python
