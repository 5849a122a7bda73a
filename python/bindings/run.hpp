/// The main job as Python starts it.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

#include "memory_table.hpp"
#include "pumice/array_source.hpp"
#include "pumice/extract.hpp"

namespace pumice::python {

/// What is called while a run goes on; None where nobody wants to know.
struct Callbacks {
  nanobind::object message;   ///< (line: str)
  nanobind::object progress;  ///< (done: int, total: int, skipped: int, bytes: int)
};

struct Outcome {
  std::shared_ptr<MemoryTable> table;  ///< null after a dry run
  ExtractReport report;
};

/// What is worked on where it is not to be searched for: cases, or files that were found.
struct Given {
  const ArrayCases* cases = nullptr;
  const Discovery* files = nullptr;
  bool is_part = false;  ///< of what a larger run has: see ExtractEnds
};

/// Gives back what earlier runs of this process have left for later ones: page-locked memory of the host.
void release_memory();

/// Runs without the GIL. Ctrl-C, or an exception in a callback, stops the run and is raised.
[[nodiscard]] Outcome run(const ExtractOptions& options, const Given& given, const Callbacks& callbacks);

}  // namespace pumice::python
