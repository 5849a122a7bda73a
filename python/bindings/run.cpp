#include "run.hpp"

#include <nanobind/stl/string.h>
#include <pthread.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <utility>

#include "pumice/error.hpp"

namespace nb = nanobind;

namespace pumice::python {
namespace {

/// Calls back into Python, and keeps what is raised there until the run has stopped.
class Caller {
 public:
  explicit Caller(const Callbacks& callbacks) : callbacks_(callbacks) {}

  void message(const std::string& line) {
    call([&] {
      if (!callbacks_.message.is_none()) {
        callbacks_.message(line);
      }
    });
  }
  void progress(const Progress& progress) {
    call([&] {
      if (PyErr_CheckSignals() != 0) {
        throw nb::python_error();
      }
      if (!callbacks_.progress.is_none()) {
        callbacks_.progress(progress.done, progress.total, progress.skipped, progress.bytes);
      }
    });
  }
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  [[nodiscard]] std::optional<nb::python_error>& raised() { return raised_; }

 private:
  template <class F>
  void call(const F& f) {
    const nb::gil_scoped_acquire gil;
    if (raised_) {
      return;
    }
    try {
      f();
    } catch (nb::python_error& error) {
      raised_.emplace(std::move(error));
      stop_.request_stop();
    }
  }

  const Callbacks& callbacks_;
  std::stop_source stop_;
  std::optional<nb::python_error> raised_;
};

/// GPUs of earlier calls; a child of fork has none of them. Never destroyed: the driver ends before us.
WarmBackends& warm_backends() {
  static WarmBackends* const warm = [] {
    pthread_atfork(nullptr, nullptr, [] { warm_backends().forget(); });
    return new WarmBackends;
  }();
  return *warm;
}

/// {"column": "unit"} as JSON, as it stands in the files that pumice writes.
std::string units_text(const TableSchema& schema) {
  auto units = nlohmann::json::object();
  for (const TableColumn& column : schema.columns) {
    if (!column.unit.empty()) {
      units[column.name] = column.unit;
    }
  }
  return units.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void release_memory() {
  const nb::gil_scoped_release released;
  warm_backends().clear();
}

Outcome run(const ExtractOptions& options, const Given& given, const Callbacks& callbacks) {
  Outcome outcome;
  Caller caller(callbacks);
  ExtractEnds ends;
  if (!options.dry_run) {
    outcome.table = std::make_shared<MemoryTable>();
  }
  ends.open_writer = [&outcome](const TableSchema& schema, std::int64_t expected_rows) {
    auto writer = std::make_unique<MemoryTableWriter>(schema, expected_rows, *outcome.table);
    outcome.table->schema.metadata["pumice.units"] = units_text(schema);
    return writer;
  };
  try {
    const nb::gil_scoped_release released;
    if (given.cases != nullptr) {
      ends.discovery = describe_arrays(*given.cases);
      ends.source = open_arrays(*given.cases, *ends.discovery);
    } else if (given.files != nullptr) {
      ends.discovery = *given.files;
    }
    ends.is_part = given.is_part;
    ends.warm = &warm_backends();
    const ExtractHooks hooks{.message = [&](const std::string& line) { caller.message(line); },
                             .progress = [&](const Progress& progress) { caller.progress(progress); },
                             .stop = caller.token()};
    outcome.report = extract(options, hooks, std::move(ends));
  } catch (const Cancelled&) {
    if (caller.raised()) {
      throw std::move(*caller.raised());
    }
    throw;
  }
  if (caller.raised()) {  // after the last row, but somebody wanted it to be heard
    throw std::move(*caller.raised());
  }
  return outcome;
}

}  // namespace pumice::python
