/// Keeps a run from writing over what it reads.
#pragma once

#include "pumice/extract.hpp"
#include "pumice/source.hpp"

namespace pumice {

/// Throws UsageError, naming the file, where the table or a file beside it (`<OUT>.errors.csv`, `<OUT>.meta.json`) is
/// one of the recordings, the labels or the table of `--like`, by whatever path. An earlier table that was found among
/// the inputs and holds none of their channels is no recording: it may be replaced.
void refuse_overwriting(const ExtractOptions& options, const Discovery& discovery, const Source& source);

}  // namespace pumice
