/// Text that may hold any bytes, made fit to print and to store.
#pragma once

#include <string>
#include <string_view>

namespace pumice {

/// Bytes that are no valid UTF-8, and control characters but tab and line feed, as `\xHH`.
[[nodiscard]] std::string printable_text(std::string_view text);

}  // namespace pumice
