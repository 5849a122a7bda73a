/// Files and the system's page cache.
#pragma once

#include <vector>

#include "pumice/source.hpp"

namespace pumice::cli {

/// Has the system forget what it holds of the files. Returns the share of them whose first bytes it holds all the same,
/// as on a file system that is memory itself.
[[nodiscard]] double drop_from_page_cache(const std::vector<Recording>& recordings);

}  // namespace pumice::cli
