#include "pumice/column_name.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

#include "pumice/catalogue.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_upper_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

/// The character that an escape at `text` stands for, or 0: `%5F` is `_`, `%7C` is `|`, `%25` is `%`.
char escaped_character(std::string_view text) {
  return text.starts_with("%5F") ? '_' : text.starts_with("%7C") ? '|' : text.starts_with("%25") ? '%' : '\0';
}

/// Leaves no `|`, no `__` and no `_` at the end, so that the parts of a column name are found again. A `%` that
/// happens to look like an escape is one itself.
std::string escape_channel(std::string_view channel) {
  std::string text;
  for (std::size_t i = 0; i < channel.size(); ++i) {
    const char c = channel[i];
    const bool underscore_in_the_way = c == '_' && (text.ends_with('_') || i + 1 == channel.size());
    if (underscore_in_the_way) {
      text += "%5F";
    } else if (c == '|') {
      text += "%7C";
    } else if (c == '%' && escaped_character(channel.substr(i)) != '\0') {
      text += "%25";
    } else {
      text += c;
    }
  }
  return text;
}

std::string unescape_channel(std::string_view text) {
  std::string channel;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = escaped_character(text.substr(i));
    channel += c != '\0' ? c : text[i];
    i += c != '\0' ? 2 : 0;
  }
  return channel;
}

Derivation parse_derivation(std::string_view name, std::string_view column) {
  for (const Derivation derivation : {Derivation::kAbs, Derivation::kDiff}) {
    if (name == derivation_name(derivation)) {
      return derivation;
    }
  }
  throw UsageError(fmt::format("`{}`: there is no derivation `{}`; there are abs and diff", column, name));
}

/// `name_value`; a word stands in double quotes and may hold underscores.
std::pair<std::string, std::string> parse_parameter(std::string_view text, std::string_view column) {
  const std::size_t at = text.ends_with('"') ? text.find("_\"") : text.rfind('_');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) {
    throw UsageError(fmt::format("`{}`: `{}` is not a parameter with its value, as in q_0.5", column, text));
  }
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

/// Letters, digits and single underscores, none at the end; every other byte becomes `_xHH`.
std::string safe_channel(std::string_view channel) {
  std::string text;
  for (std::size_t i = 0; i < channel.size(); ++i) {
    const char c = channel[i];
    const bool looks_like_escape =
        channel.size() > i + 3 && channel[i + 1] == 'x' && is_upper_hex(channel[i + 2]) && is_upper_hex(channel[i + 3]);
    const bool before_letter = i + 1 < channel.size() && is_letter_or_digit(channel[i + 1]);
    const bool plain_underscore = c == '_' && before_letter && !looks_like_escape;
    if (is_letter_or_digit(c) || plain_underscore) {
      text += c;
    } else {
      text += fmt::format("_x{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

/// A number's point is `p` and its minus `m`; a word loses its quotes.
std::string safe_value(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '.') {
      text += 'p';
    } else if (c == '-') {
      text += 'm';
    } else if (is_letter_or_digit(c) || c == '_') {
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string format_column_name(const ColumnName& name) {
  std::string text = escape_channel(name.channel);
  if (name.derivation != Derivation::kNone) {
    text += fmt::format("|{}", derivation_name(name.derivation));
  }
  text += "__" + name.feature;
  for (const auto& [parameter, value] : name.parameters) {
    text += fmt::format("__{}_{}", parameter, value);
  }
  return text;
}

ColumnName parse_column_name(std::string_view text) {
  const std::size_t end_of_signal = text.find("__");
  if (end_of_signal == std::string_view::npos) {
    throw UsageError(fmt::format("`{}` is not a column name: it has no `__` between channel and feature", text));
  }
  ColumnName name;
  const std::string_view signal = text.substr(0, end_of_signal);
  const std::size_t bar = signal.find('|');
  name.channel = unescape_channel(signal.substr(0, bar));
  if (bar != std::string_view::npos) {
    name.derivation = parse_derivation(signal.substr(bar + 1), text);
  }

  std::string_view rest = text.substr(end_of_signal + 2);
  while (true) {
    const std::size_t end = rest.find("__");
    const std::string_view part = rest.substr(0, end);
    if (name.feature.empty()) {
      if (part.empty()) {
        throw UsageError(fmt::format("`{}` is not a column name: it names no feature", text));
      }
      name.feature = std::string(part);
    } else {
      name.parameters.push_back(parse_parameter(part, text));
    }
    if (end == std::string_view::npos) {
      return name;
    }
    rest.remove_prefix(end + 2);
  }
}

std::string safe_name(std::string_view name) {
  if (name.find("__") == std::string_view::npos) {
    return safe_channel(name);
  }
  ColumnName parts;
  try {
    parts = parse_column_name(name);
  } catch (const UsageError&) {
    return safe_channel(name);
  }
  std::string text = safe_channel(parts.channel);
  if (parts.derivation != Derivation::kNone) {
    text += fmt::format("__{}", derivation_name(parts.derivation));
  }
  text += "__" + safe_channel(parts.feature);
  for (const auto& [parameter, value] : parts.parameters) {
    text += fmt::format("__{}_{}", safe_channel(parameter), safe_value(value));
  }
  return text;
}

std::string shortest_number(double value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

}  // namespace pumice
