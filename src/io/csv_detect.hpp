/// How a text is written, told from its beginning.
#pragma once

#include <string_view>

#include "io/csv_cells.hpp"
#include "pumice/source.hpp"

namespace pumice::io {

/// Rows that detection looks at.
inline constexpr int kSampleRows = 100;

/// The text without a UTF-8 byte order mark.
[[nodiscard]] std::string_view without_bom(std::string_view text);

/// The text up to its last line break; all of it where `complete`, or where there is none.
[[nodiscard]] std::string_view whole_lines(std::string_view text, bool complete);

/// The dialect of `sample`, whole lines without a byte order mark. What `format` gives is taken; the rest is what makes
/// most cells numbers in rows of equal length. A decimal comma is seen where the delimiter is `;` or a tab, some number
/// has one and none has a point. The first row is a header where a cell of it is no number, no date and no missing
/// word.
[[nodiscard]] CsvDialect detect_dialect(std::string_view sample, const TextFormat& format);

}  // namespace pumice::io
