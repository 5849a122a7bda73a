#include "core/option_text.hpp"

#include <fmt/core.h>

#include <charconv>
#include <string>
#include <utility>

#include "pumice/error.hpp"

namespace pumice {

char parse_delimiter(std::string_view text) {
  if (text == "tab" || text == "\\t") {
    return '\t';
  }
  if (text == "space") {
    return ' ';
  }
  if (text.size() != 1) {
    throw UsageError(fmt::format("`--delimiter {}`: one character, tab or space", text));
  }
  return text.front();
}

char parse_decimal(std::string_view text) {
  if (text != "." && text != ",") {
    throw UsageError(fmt::format("`--decimal {}`: . or ,", text));
  }
  return text.front();
}

bool parse_header(std::string_view text) {
  if (text != "yes" && text != "no") {
    throw UsageError(fmt::format("`--header {}`: yes or no", text));
  }
  return text == "yes";
}

IdRule parse_id(std::string_view text) {
  if (text == "stem") {
    return {.kind = IdRule::Kind::kStem, .pattern = {}};
  }
  if (text == "path") {
    return {.kind = IdRule::Kind::kPath, .pattern = {}};
  }
  return {.kind = IdRule::Kind::kRegex, .pattern = std::string(text)};
}

OnError parse_on_error(std::string_view text) {
  if (text == "skip") {
    return OnError::kSkip;
  }
  if (text == "nan") {
    return OnError::kNan;
  }
  if (text == "fail") {
    return OnError::kFail;
  }
  throw UsageError(fmt::format("`--on-error {}`: skip, nan or fail", text));
}

std::int64_t parse_bytes(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},         {"B", 1},        {"k", 0x1p10}, {"K", 0x1p10},   {"KiB", 0x1p10},
      {"M", 0x1p20},   {"MiB", 0x1p20}, {"G", 0x1p30}, {"GiB", 0x1p30}, {"T", 0x1p40},
      {"TiB", 0x1p40}, {"kB", 1e3},     {"MB", 1e6},   {"GB", 1e9},     {"TB", 1e12}};
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, factor] : kUnits) {
    const double bytes = value * factor;
    if (error == std::errc{} && unit == name && bytes >= 1 && bytes < 0x1p62) {
      return static_cast<std::int64_t>(bytes);
    }
  }
  throw UsageError(fmt::format("`{}` is no amount of memory: say 4GiB or 500MB", text));
}

int check_threads(int threads) {
  constexpr int kMostThreads = 4096;
  if (threads < 1 || threads > kMostThreads) {
    throw UsageError(fmt::format("`--threads {}`: 1 to {}", threads, kMostThreads));
  }
  return threads;
}

int check_batch(int segments) {
  if (segments < 1) {
    throw UsageError(fmt::format("`--batch {}`: at least 1", segments));
  }
  return segments;
}

}  // namespace pumice
