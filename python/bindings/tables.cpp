#include "tables.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace nb = nanobind;

namespace pumice::python {
namespace {

template <class T>
nb::object array_of(const std::vector<T>& values) {
  auto* owned = new std::vector<T>(values);
  const nb::capsule keeper(owned, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<1>>(owned->data(), {owned->size()}, keeper));
}

}  // namespace

Table table_from(const nb::list& columns) {
  using Integers = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
  using Numbers = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
  using Exists = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
  Table table;
  for (const nb::handle column : columns) {
    const auto [name, kind, values, exists] =
        nb::cast<std::tuple<std::string, std::string, nb::object, Exists>>(column);
    ColumnValues out;
    out.valid.assign(exists.data(), exists.data() + exists.size());
    ColumnType type = ColumnType::kText;
    if (kind == "integer") {
      type = ColumnType::kInteger;
      const auto array = nb::cast<Integers>(values);
      out.integers.assign(array.data(), array.data() + array.size());
    } else if (kind == "number") {
      type = ColumnType::kNumber;
      const auto array = nb::cast<Numbers>(values);
      out.numbers.assign(array.data(), array.data() + array.size());
      out.valid.clear();
    } else {
      out.texts = nb::cast<std::vector<std::string>>(values);
    }
    table.data.rows = static_cast<std::int64_t>(exists.size());
    table.schema.columns.push_back({.name = name, .type = type, .unit = {}});
    table.data.columns.push_back(std::move(out));
  }
  return table;
}

nb::list table_to(const Table& table) {
  const auto rows = static_cast<std::size_t>(table.data.rows);
  nb::list out;
  for (std::size_t i = 0; i < table.schema.columns.size(); ++i) {
    const TableColumn& column = table.schema.columns[i];
    const ColumnValues& values = table.data.columns[i];
    std::vector<std::uint8_t> exists = values.valid;
    exists.resize(rows, 1);
    if (column.type == ColumnType::kInteger) {
      out.append(nb::make_tuple(column.name, "integer", array_of(values.integers), array_of(exists)));
    } else if (column.type == ColumnType::kNumber) {
      out.append(nb::make_tuple(column.name, "number", array_of(values.numbers), array_of(exists)));
    } else {
      out.append(nb::make_tuple(column.name, "text", nb::cast(values.texts), array_of(exists)));
    }
  }
  return out;
}

}  // namespace pumice::python
