#include "array_cases.hpp"

#include <fmt/core.h>

#include <utility>

#include "pumice/error.hpp"

namespace nb = nanobind;

namespace pumice::python {
namespace {

using Array = nb::ndarray<nb::ro, nb::device::cpu>;

SampleArray::Type sample_type(const nb::dlpack::dtype& type) {
  using Type = SampleArray::Type;
  const auto code = static_cast<nb::dlpack::dtype_code>(type.code);
  const auto is = [&](nb::dlpack::dtype_code wanted, int bits) {
    return code == wanted && type.bits == bits && type.lanes == 1;
  };
  constexpr auto kInt = nb::dlpack::dtype_code::Int;
  constexpr auto kUInt = nb::dlpack::dtype_code::UInt;
  constexpr auto kFloat = nb::dlpack::dtype_code::Float;
  if (is(kInt, 8)) {
    return Type::kInt8;
  }
  if (is(kUInt, 8)) {
    return Type::kUInt8;
  }
  if (is(kInt, 16)) {
    return Type::kInt16;
  }
  if (is(kUInt, 16)) {
    return Type::kUInt16;
  }
  if (is(kInt, 32)) {
    return Type::kInt32;
  }
  if (is(kUInt, 32)) {
    return Type::kUInt32;
  }
  if (is(kInt, 64)) {
    return Type::kInt64;
  }
  if (is(kUInt, 64)) {
    return Type::kUInt64;
  }
  if (is(kFloat, 32)) {
    return Type::kFloat32;
  }
  if (is(kFloat, 64)) {
    return Type::kFloat64;
  }
  throw UsageError("samples are integers of 8 to 64 bits, float32 or float64");
}

/// Adds the rows of `array`, whose last axis is time.
void add_rows(const Array& array, std::vector<SampleArray>& rows) {
  const std::size_t axes = array.ndim();
  if (axes < 1 || axes > 3) {
    throw UsageError(
        fmt::format("an array has {} axes: say (time), (channels, time) or (cases, channels, time)", axes));
  }
  const auto item = static_cast<std::int64_t>(array.itemsize());
  const SampleArray row{.data = static_cast<const std::byte*>(array.data()),
                        .type = sample_type(array.dtype()),
                        .n = static_cast<std::int64_t>(array.shape(axes - 1)),
                        .stride = array.stride(axes - 1) * item};
  const auto add = [&](std::int64_t offset) {
    rows.push_back(row);
    rows.back().data += offset * item;
  };
  if (axes == 1) {
    add(0);
    return;
  }
  const std::size_t outer = axes == 3 ? array.shape(0) : 1;
  const std::int64_t outer_stride = axes == 3 ? array.stride(0) : 0;
  for (std::size_t i = 0; i < outer; ++i) {
    for (std::size_t j = 0; j < array.shape(axes - 2); ++j) {
      add(static_cast<std::int64_t>(i) * outer_stride + static_cast<std::int64_t>(j) * array.stride(axes - 2));
    }
  }
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
    SampleArray piece = rows[static_cast<std::size_t>(row)];
    piece.data += first * piece.stride;
    piece.n = count;
    out.push_back(piece);
  }
  return out;
}

}  // namespace

HeldCases make_cases(std::vector<std::string> channels, std::vector<std::string> ids, const nb::list& arrays,
                     const std::optional<Pieces>& pieces) {
  HeldCases held;
  std::vector<SampleArray> rows;
  for (const nb::handle array : arrays) {
    held.arrays.push_back(nb::cast<Array>(array));
    add_rows(held.arrays.back(), rows);
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
