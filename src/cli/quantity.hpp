/// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace pumice::cli {

/// "4,431"
[[nodiscard]] std::string grouped(std::int64_t count);
/// "1 segment", "4,431 segments"
[[nodiscard]] std::string counted(std::int64_t count, const std::string& noun);
/// Six significant digits, "-" for NaN.
[[nodiscard]] std::string number_text(double value);
/// "0 %", "0.54 %", "< 0.01 %", "100 %": `part` of `whole`.
[[nodiscard]] std::string share_text(std::int64_t part, std::int64_t whole);

}  // namespace pumice::cli
