/// Segment ids from paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pumice/source.hpp"

namespace pumice::io {

/// File name without its data extension: "train/17.csv.gz" -> "17".
[[nodiscard]] std::string stem_of(std::string_view path);

/// `0` or `-?[1-9][0-9]*` that fits 64 bits: "007" and "-0" are text.
[[nodiscard]] bool is_canonical_integer(std::string_view text);

/// Sets the id of every recording. Throws UsageError (a bad regular expression, one that does not match a path) and
/// InputError (an id that two files have).
void assign_ids(std::vector<Recording>& recordings, const IdRule& rule);

/// Sets the id of every recording to its place: "0", "1", ..
void number(std::vector<Recording>& recordings);

}  // namespace pumice::io
