#include "cli/quantity.hpp"

#include <fmt/format.h>

#include <cmath>

namespace pumice::cli {

std::string grouped(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::ptrdiff_t first = count < 0 ? 1 : 0;
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > first; place -= 3) {
    digits.insert(static_cast<std::size_t>(place), 1, ',');
  }
  return digits;
}

std::string counted(std::int64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string number_text(double value) { return std::isnan(value) ? "-" : fmt::format("{:.6g}", value); }

std::string share_text(std::int64_t part, std::int64_t whole) {
  if (part == 0 || whole == 0) {
    return "0 %";
  }
  if (part == whole) {
    return "100 %";
  }
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return percent < 0.01 ? "< 0.01 %" : percent > 99.99 ? "> 99.99 %" : fmt::format("{:.2f} %", percent);
}

}  // namespace pumice::cli
