#include "io/ids.hpp"

#include <fmt/core.h>

#include <charconv>
#include <regex>
#include <unordered_map>

#include "core/printable_text.hpp"
#include "io/csv_number.hpp"

namespace pumice::io {
namespace {

bool drop_extension(std::string& name, std::string_view extension) {
  if (name.size() <= extension.size() ||
      lower_case(std::string_view(name).substr(name.size() - extension.size())) != extension) {
    return false;
  }
  name.resize(name.size() - extension.size());
  return true;
}

std::string id_by_pattern(const std::string& path, const std::regex& pattern, const std::string& pattern_text) {
  std::smatch match;
  if (!std::regex_search(path, match, pattern)) {
    throw UsageError(fmt::format("`--id {}` matches nothing in `{}`", pattern_text, path));
  }
  std::string id = match.size() > 1 ? match[1].str() : match[0].str();
  if (id.empty()) {
    throw UsageError(fmt::format("`--id {}` gives an empty id for `{}`", pattern_text, path));
  }
  return id;
}

}  // namespace

std::string stem_of(std::string_view path) {
  std::string name(path.substr(path.find_last_of('/') + 1));
  static_cast<void>(drop_extension(name, ".gz") || drop_extension(name, ".zst"));
  if (drop_extension(name, ".csv") || drop_extension(name, ".tsv") || drop_extension(name, ".txt")) {
    return name;
  }
  const std::size_t point = name.find_last_of('.');
  return point == std::string::npos || point == 0 ? name : name.substr(0, point);
}

bool is_canonical_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && std::to_string(value) == text;
}

void assign_ids(std::vector<Recording>& recordings, const IdRule& rule) {
  std::regex pattern;
  if (rule.kind == IdRule::Kind::kRegex) {
    try {
      pattern.assign(rule.pattern);
    } catch (const std::regex_error& error) {
      throw UsageError(fmt::format("`--id {}` is no regular expression: {}", rule.pattern, error.what()));
    }
  }
  std::unordered_map<std::string_view, const Recording*> seen;
  for (Recording& recording : recordings) {
    switch (rule.kind) {
      case IdRule::Kind::kStem:
        recording.id = stem_of(recording.path);
        break;
      case IdRule::Kind::kPath:
        recording.id = recording.path;
        break;
      case IdRule::Kind::kRegex:
        recording.id = id_by_pattern(recording.path, pattern, rule.pattern);
        break;
    }
    recording.id = printable_text(recording.id);  // a table holds UTF-8
    const auto [other, is_new] = seen.emplace(recording.id, &recording);
    if (!is_new) {
      throw InputError(
          {.path = recording.path,
           .reason = fmt::format("has the id `{}`, as {} has: choose ids that differ with `--id path` or `--id REGEX`",
                                 recording.id, other->second->path),
           .row = {},
           .column = {},
           .byte = {}});
    }
  }
}

void number(std::vector<Recording>& recordings) {
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    recordings[i].id = std::to_string(i);
  }
}

}  // namespace pumice::io
