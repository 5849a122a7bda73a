/// Values of options as they are written on the command line; Python's arguments are the same texts.
#pragma once

#include <cstdint>
#include <string_view>

#include "pumice/extract.hpp"
#include "pumice/source.hpp"

namespace pumice {

// Each throws UsageError naming the choices.

/// A character, "tab" or "space".
[[nodiscard]] char parse_delimiter(std::string_view text);
/// "." or ",".
[[nodiscard]] char parse_decimal(std::string_view text);
/// "yes" or "no".
[[nodiscard]] bool parse_header(std::string_view text);
/// "stem", "path", else a regular expression.
[[nodiscard]] IdRule parse_id(std::string_view text);
/// "skip", "nan", "fail".
[[nodiscard]] OnError parse_on_error(std::string_view text);
/// "4GiB", "500MB", "2G" (binary), "1000000" -> bytes.
[[nodiscard]] std::int64_t parse_bytes(std::string_view text);
/// A positive number of threads, 4096 at most.
[[nodiscard]] int check_threads(int threads);
/// Segments a batch; throws UsageError where it is below 1.
[[nodiscard]] int check_batch(int segments);

}  // namespace pumice
