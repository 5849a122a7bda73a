/// The module `pumice._core`: what the package in Python needs of the library, and no more.
#include <fmt/core.h>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <exception>
#include <utility>

#include "array_cases.hpp"
#include "arrow_stream.hpp"
#include "core/extract_labels.hpp"
#include "device_arrays.hpp"
#include "found_files.hpp"
#include "options.hpp"
#include "pumice/catalogue.hpp"
#include "pumice/column_name.hpp"
#include "pumice/error.hpp"
#include "run.hpp"
#include "tables.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace pumice::python {
namespace {

// ---- errors ---------------------------------------------------------------------------------------------------------

nb::object error_class(const char* name) { return nb::module_::import_("pumice._errors").attr(name); }

/// What a file holds or is called may be no Unicode: Python writes paths so by itself, and other bytes as `\x93`.
nb::object to_text(std::string_view bytes, const char* errors = "backslashreplace") {
  return nb::steal(PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), errors));
}

nb::object in_python(const char* message) {
  return nb::module_::import_("pumice._errors").attr("in_python")(to_text(message));
}

nb::dict to_dict(const InputProblem& problem) {
  nb::dict out;
  out["file"] = to_text(problem.path, "surrogateescape");
  out["row"] = problem.row;
  out["column"] = problem.column ? to_text(*problem.column) : nb::none();
  out["byte"] = problem.byte;
  out["reason"] = in_python(problem.reason.c_str());
  return out;
}

void raise(const char* name, const std::exception& error) {
  PyErr_SetObject(error_class(name).ptr(), in_python(error.what()).ptr());
}

void translate(const std::exception_ptr& thrown, void* /*unused*/) {
  try {
    std::rethrow_exception(thrown);
  } catch (const InputError& error) {
    const nb::object object = error_class("InputError")(in_python(error.what()), to_dict(error.problem()));
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())), object.ptr());
  } catch (const UsageError& error) {
    raise("UsageError", error);
  } catch (const UnavailableError& error) {
    raise("UnavailableError", error);
  } catch (const CudaError& error) {
    raise("DeviceError", error);
  } catch (const Error& error) {
    raise("PumiceError", error);
  }
}

// ---- what a run gives -----------------------------------------------------------------------------------------------

nb::list to_list(const std::vector<InputProblem>& problems) {
  nb::list out;
  for (const InputProblem& problem : problems) {
    out.append(to_dict(problem));
  }
  return out;
}

const char* kind_of(ColumnType type) {
  return type == ColumnType::kInteger ? "integer" : type == ColumnType::kText ? "text" : "number";
}

/// [(name, kind, unit)]
nb::list columns_of(const Outcome& outcome) {
  nb::list out;
  for (const TableColumn& column : outcome.report.schema.columns) {
    out.append(nb::make_tuple(column.name, kind_of(column.type), column.unit));
  }
  return out;
}

const MemoryTable& table_of(const Outcome& outcome) {
  if (outcome.table == nullptr) {
    throw std::invalid_argument("a dry run makes no table");
  }
  return *outcome.table;
}

template <class T>
nb::object array_of(const Outcome& outcome, const T* data, std::initializer_list<std::size_t> shape,
                    std::initializer_list<std::int64_t> strides) {
  auto* owner = new std::shared_ptr<MemoryTable>(outcome.table);
  const nb::capsule keeper(owner, [](void* p) noexcept { delete static_cast<std::shared_ptr<MemoryTable>*>(p); });
  return nb::cast(
      nb::ndarray<nb::numpy, T>(const_cast<T*>(data), shape.size(), shape.begin(), keeper, strides.begin()));
}

/// All columns of kind "number": [rows][numbers], a column's rows one after the other.
nb::object numbers_of(const Outcome& outcome) {
  const MemoryTable& table = table_of(outcome);
  std::size_t columns = 0;
  for (const TableColumn& column : table.schema.columns) {
    columns += column.type == ColumnType::kNumber ? 1 : 0;
  }
  return array_of<double>(outcome, table.block.get(), {static_cast<std::size_t>(table.rows), columns}, {1, table.rows});
}

/// Column `index` of kind "integer" or "text": (values, exists), an array or a list, and None where all exist.
nb::tuple other_of(const Outcome& outcome, std::size_t index) {
  const MemoryTable& table = table_of(outcome);
  if (index >= table.schema.columns.size() || table.schema.columns[index].type == ColumnType::kNumber) {
    throw nb::index_error("no column of integers or texts has this number");
  }
  const ColumnValues& values = table.others[static_cast<std::size_t>(table.place[index])];
  const auto rows = static_cast<std::size_t>(table.rows);
  nb::object exists = nb::none();
  for (const std::uint8_t valid : values.valid) {
    if (valid == 0) {
      exists = array_of<std::uint8_t>(outcome, values.valid.data(), {rows}, {1});
      break;
    }
  }
  if (table.schema.columns[index].type == ColumnType::kInteger) {
    return nb::make_tuple(array_of<std::int64_t>(outcome, values.integers.data(), {rows}, {1}), exists);
  }
  return nb::make_tuple(nb::cast(values.texts), exists);
}

nb::object arrow_stream_of(const Outcome& outcome, const nb::object& /*requested_schema*/) {
  static_cast<void>(table_of(outcome));
  constexpr const char* kName = "arrow_array_stream";
  auto stream = std::make_unique<ArrowArrayStream>();
  export_stream(outcome.table, stream.get());
  PyObject* capsule = PyCapsule_New(stream.get(), kName, [](PyObject* object) {
    auto* owned = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(object, kName));
    if (owned->release != nullptr) {  // nobody took it
      owned->release(owned);
    }
    delete owned;
  });
  if (capsule == nullptr) {
    stream->release(stream.get());
    throw nb::python_error();
  }
  static_cast<void>(stream.release());
  return nb::steal(capsule);
}

// ---- names ----------------------------------------------------------------------------------------------------------

/// A channel's name as column names write it.
std::string encode_channel(const std::string& channel) {
  constexpr std::string_view kFeature = "__x";
  std::string name = format_column_name({.channel = channel, .feature = "x", .parameters = {}});
  name.resize(name.size() - kFeature.size());
  return name;
}

/// (channel, derivation, feature, {parameter: value}); derivation "" where there is none.
nb::tuple parse_column(const std::string& text) {
  const ColumnName name = parse_column_name(text);
  nb::dict parameters;
  for (const auto& [key, value] : name.parameters) {
    parameters[key.c_str()] = value;
  }
  return nb::make_tuple(name.channel, std::string(derivation_name(name.derivation)), name.feature, parameters);
}

// ---- entries --------------------------------------------------------------------------------------------------------

Outcome extract_files(const nb::dict& options, const nb::object& message, const nb::object& progress, bool dry_run) {
  ExtractOptions job = options_from(options);
  job.dry_run = dry_run;
  return run(job, {}, {.message = message, .progress = progress});
}

Outcome extract_arrays(const nb::dict& options, std::vector<std::string> channels, std::vector<std::string> ids,
                       const nb::list& arrays, const std::optional<Pieces>& pieces, const nb::object& message,
                       const nb::object& progress, bool dry_run, bool is_part) {
  ExtractOptions job = options_from(options);
  job.dry_run = dry_run;
  const HeldCases held = make_cases(std::move(channels), std::move(ids), arrays, pieces, job.module_directory);
  return run(job, {.cases = &held.cases, .is_part = is_part}, {.message = message, .progress = progress});
}

Outcome extract_part(const nb::dict& options, const nb::dict& found, const nb::object& message,
                     const nb::object& progress) {
  const Discovery files = found_from_dict(found);
  return run(options_from(options), {.files = &files, .is_part = true}, {.message = message, .progress = progress});
}

/// The row of `labels` for each id, or -1. `name` is for messages.
std::vector<std::int64_t> label_rows(const nb::list& labels, const std::string& name,
                                     const std::vector<std::string>& ids) {
  const Labels table(table_from(labels), name);
  std::vector<std::int64_t> rows;
  for (const std::string& id : ids) {
    rows.push_back(table.find(id));
  }
  return rows;
}

}  // namespace

NB_MODULE(_core, module) {
  module.attr("__version__") = PUMICE_VERSION;
  nb::register_exception_translator(translate);

  nb::class_<Outcome>(module, "Outcome", "What a run gave: its table, and what it has to say.")
      .def_prop_ro("columns", &columns_of, "[(name, kind, unit)], kind: integer, number or text")
      .def_prop_ro("metadata", [](const Outcome& o) { return o.report.schema.metadata; })
      .def_prop_ro("numbers", &numbers_of, "float64 [rows][columns of kind number]; NaN: no value")
      .def("other", &other_of, "index"_a, "(values, exists) of a column of integers or texts; exists None: all do")
      .def_prop_ro("feature_columns", [](const Outcome& o) { return o.report.feature_columns; })
      .def_prop_ro("rows", [](const Outcome& o) { return o.table ? o.table->rows : o.report.rows; })
      .def_prop_ro("skipped", [](const Outcome& o) { return to_list(o.report.skipped); })
      .def_prop_ro("left_out", [](const Outcome& o) { return to_list(o.report.left_out); })
      .def_prop_ro("warnings", [](const Outcome& o) { return o.report.warnings; })
      .def_prop_ro("recordings", [](const Outcome& o) { return o.report.recordings; })
      .def_prop_ro("inputs", [](const Outcome& o) { return o.report.recordings + o.report.inputs_without_recording; })
      .def_prop_ro(
          "sample_rate", [](const Outcome& o) { return o.report.sample_rate; }, "Hz; 0: not known")
      .def_prop_ro(
          "found", [](const Outcome& o) { return found_to_dict(o.report.discovery); },
          "the files that a dry run found, for extract_part")
      .def("__arrow_c_stream__", &arrow_stream_of, "requested_schema"_a = nb::none());

  module.def("extract_files", &extract_files, "options"_a, "message"_a.none(), "progress"_a.none(), "dry_run"_a,
             "Features of files; options as pumice._options writes them.");
  module.def(
      "extract_arrays", &extract_arrays, "options"_a, "channels"_a, "ids"_a, "arrays"_a, "pieces"_a.none(),
      "message"_a.none(), "progress"_a.none(), "dry_run"_a, "is_part"_a = false,
      "Features of samples in memory. arrays: real arrays whose last axis is time; their rows, in order, are "
      "[cases][channels]; of a GPU as tuples of (pointer, shape, strides in bytes, kind, item size). pieces: "
      "int64 [cases * channels][3] of (row, first sample, samples) instead. is_part: of what a larger run has, so "
      "that no error is made of no rows, and the number of samples does not tell the sampling rate.");
  define_device_arrays(module);
  module.def(
      "extract_part", &extract_part, "options"_a, "found"_a, "message"_a.none(), "progress"_a.none(),
      "Features of a part of the files that a dry run found: the rows that a run on all of them makes of it, and "
      "no error where there are none.");
  module.def(
      "read_table", [](const std::string& path) { return table_to(read_table(path)); }, "path"_a,
      "A table in a .csv or .npy as [(name, kind, values, exists)].");
  module.def("label_rows", &label_rows, "labels"_a, "name"_a, "ids"_a, "The row of each id's labels, or -1.");
  module.def("release_memory", &release_memory,
             "Gives back what calls on a GPU keep for the next: the memory of the host that they have page-locked.\n\n"
             "Nothing has to be given back before a process ends, and none of it is the GPU's own.");
  module.def("usable_cpus", &usable_cpus, "CPUs that this process may use.");
  module.def("encode_channel", &encode_channel, "channel"_a);
  module.def("parse_column", &parse_column, "name"_a,
             "(channel, derivation, feature, {parameter: value}) of a column in the default naming.");
  module.def(
      "split_features", [](const std::string& text) { return split_features(text); }, "text"_a,
      "The parts of a selection between commas outside brackets and quotes; @file: one a line.");
}

}  // namespace pumice::python
