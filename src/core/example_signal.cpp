#include "core/example_signal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string>

#include "pumice/error.hpp"

namespace pumice {
namespace {

constexpr std::int64_t kMaxSamples = 1 << 24;

struct Generator {
  std::string_view kind;
  std::int64_t n = 0;
  double fs = 1;
  double f = 0;
  double a = 1;
  double at = 0;
  double phase = 0;
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  while ((begin = text.find_first_not_of(' ', begin)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

std::optional<double> number_in(std::string_view word) {
  double value = 0;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
  const bool whole = result.ec == std::errc{} && result.ptr == word.data() + word.size();
  return whole ? std::optional(value) : std::nullopt;
}

void set(Generator& generator, std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view key = word.substr(0, equals);
  const auto value = equals == std::string_view::npos ? std::nullopt : number_in(word.substr(equals + 1));
  if (!value || !std::isfinite(*value)) {
    throw UsageError(fmt::format("`{}` is not a setting of an example signal, as in n=1024", word));
  }
  if (key == "n" && *value >= 1 && *value <= static_cast<double>(kMaxSamples)) {
    generator.n = static_cast<std::int64_t>(*value);
  } else if (key == "fs" && *value > 0) {
    generator.fs = *value;
  } else if (key == "f") {
    generator.f = *value;
  } else if (key == "a") {
    generator.a = *value;
  } else if (key == "at") {
    generator.at = *value;
  } else if (key == "phase") {
    generator.phase = *value;
  } else {
    throw UsageError(fmt::format("`{}` is not a setting of an example signal: they are n fs f a at phase", word));
  }
}

double sample(const Generator& g, std::int64_t i) {
  const auto index = static_cast<double>(i);
  const auto sine = [&] { return std::sin(2 * std::numbers::pi * g.f * index / g.fs + g.phase); };
  if (g.kind == "constant") {
    return g.a;
  }
  if (g.kind == "ramp") {
    return g.a * index;
  }
  if (g.kind == "impulse") {
    return index == g.at ? g.a : 0.0;
  }
  if (g.kind == "sine") {
    return g.a * sine();
  }
  if (g.kind == "square") {
    return sine() >= 0 ? g.a : -g.a;
  }
  throw UsageError(
      fmt::format("`{}` is not an example signal: they are constant, ramp, impulse, sine, square, or samples", g.kind));
}

ExampleSignal generate(const std::vector<std::string_view>& words) {
  ExampleSignal signal;
  Generator generator{.kind = words[0]};
  const auto add_generator = [&] {
    if (generator.n == 0) {
      throw UsageError(fmt::format("the example signal `{}` needs n, its number of samples", generator.kind));
    }
    signal.samples.resize(static_cast<std::size_t>(generator.n));
    signal.sample_rate = generator.fs;
    for (std::int64_t i = 0; i < generator.n; ++i) {
      signal.samples[static_cast<std::size_t>(i)] += sample(generator, i);
    }
  };
  for (std::size_t k = 1; k < words.size(); ++k) {
    if (words[k] == "+" && k + 1 < words.size()) {
      add_generator();
      generator = {.kind = words[++k], .n = generator.n, .fs = generator.fs};
    } else {
      set(generator, words[k]);
    }
  }
  add_generator();
  return signal;
}

}  // namespace

ExampleSignal parse_example_signal(std::string_view text) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.empty()) {
    throw UsageError("an example signal is empty");
  }
  if (words[0] != "nan" && !number_in(words[0])) {
    return generate(words);
  }
  ExampleSignal signal;
  for (const std::string_view word : words) {
    const auto value = number_in(word);
    if (!value) {
      throw UsageError(fmt::format("`{}` is not a sample of an example signal", word));
    }
    signal.samples.push_back(*value);
  }
  return signal;
}

}  // namespace pumice
