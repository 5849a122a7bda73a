#include "core/extract_settings.hpp"

#include <fmt/core.h>

#include <cmath>

#include "features/spectral_bands.hpp"
#include "pumice/error.hpp"
#include "pumice/table.hpp"

namespace pumice {
namespace {

constexpr double kIngvRate = 100;
constexpr std::int64_t kIngvRows = 60001;
constexpr std::size_t kIngvChannels = 10;
constexpr double kMostSamples = 0x1p40;  // of a window: bytes of a batch of them still fit into 64 bits
constexpr double kSameRate = 1e-6;       // relative: a rate from time stamps is not exact

std::string text_of(MissingPolicy value) { return std::string(to_text(value)); }
std::string text_of(Precision value) { return std::string(to_text(value)); }
std::string text_of(Taper value) { return std::string(to_text(value)); }
std::string text_of(Naming value) { return std::string(to_text(value)); }
std::string text_of(Layout value) { return std::string(to_text(value)); }
std::string text_of(const WindowLength& value) { return to_text(value); }
std::string text_of(int value) { return std::to_string(value); }

/// None are the default ones, which may also have been spelled out.
std::string text_of(const std::vector<Band>& bands) {
  using features::kDefaultBands;
  std::string text;
  for (const Band& band : bands.empty() ? std::vector<Band>(kDefaultBands.begin(), kDefaultBands.end()) : bands) {
    text += fmt::format("{}{}-{}", text.empty() ? "" : ",", shortest_number(band.from), shortest_number(band.to));
  }
  return text;
}

std::string text_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ",") + name;
  }
  return text;
}

/// 100 s and 10000 samples are the same where the rate is known to be 100 Hz.
std::optional<WindowLength> in_samples(const std::optional<WindowLength>& length, double sample_rate) {
  if (!length || !length->in_seconds || sample_rate <= 0) {
    return length;
  }
  return WindowLength{.value = std::round(length->value * sample_rate), .in_seconds = false};
}

/// An option that was given must be what the table of `--like` was made with.
class Agreement {
 public:
  explicit Agreement(const std::string& table) : table_(table) {}

  template <class T, class U>
  void check(const char* option, const std::optional<T>& given, const U& made_with) const {
    if (given && text_of(*given) != text_of(made_with)) {
      refuse(option, text_of(*given), text_of(made_with));
    }
  }
  template <class T>
  void check_optional(const char* option, const std::optional<T>& given, const std::optional<T>& made_with) const {
    if (given && (!made_with || text_of(*given) != text_of(*made_with))) {
      refuse(option, text_of(*given), made_with ? text_of(*made_with) : "none");
    }
  }

 private:
  void refuse(const char* option, const std::string& given, const std::string& made_with) const {
    throw UsageError(fmt::format("`{} {}` contradicts `--like {}`, which was made with {}: leave one of them out",
                                 option, given, table_, made_with));
  }
  const std::string& table_;
};

Recipe read_recipe(const ExtractOptions& options) {
  const TableSchema schema = options.like_metadata ? TableSchema{.columns = {}, .metadata = *options.like_metadata}
                                                   : read_table_schema(*options.like, options.module_directory);
  auto recipe = recipe_of(schema);
  if (!recipe) {
    throw UsageError(fmt::format("`--like {}`: this table does not say how it was made; it takes one that pumice made",
                                 *options.like));
  }
  if (recipe->features.empty()) {
    throw UsageError(fmt::format("`--like {}`: this table has no features", *options.like));
  }
  return *recipe;
}

ExtractSettings settings_like(const ExtractOptions& options) {
  Recipe recipe = read_recipe(options);
  const Agreement agreement(*options.like);
  agreement.check("--missing", options.missing, recipe.missing);
  agreement.check("--precision", options.precision, recipe.precision);
  agreement.check("--bands", options.bands, recipe.bands);
  agreement.check("--nperseg", options.nperseg, recipe.welch.nperseg);
  agreement.check("--overlap", options.overlap, recipe.welch.overlap);
  agreement.check("--taper", options.taper, recipe.welch.taper);
  agreement.check("--names", options.names, recipe.names);
  agreement.check("--layout", options.layout, recipe.layout);
  const double rate = recipe.sample_rate;
  agreement.check_optional("--window", in_samples(options.window, rate), in_samples(recipe.window, rate));
  agreement.check_optional("--hop", in_samples(options.hop, rate),
                           in_samples(recipe.hop ? recipe.hop : recipe.window, rate));
  if (!options.input.channels.empty()) {
    agreement.check("--channels", std::optional(options.input.channels), recipe.channels);
  }
  if (options.features != ExtractOptions{}.features) {
    throw UsageError("`--features` and `--like` both choose the columns: leave one of them out");
  }
  ExtractSettings settings;
  settings.request = {.channels = {},
                      .features = recipe.features,
                      .missing = recipe.missing,
                      .precision = recipe.precision,
                      .sample_rate = 0,
                      .bands = recipe.bands,
                      .welch = recipe.welch};
  settings.names = recipe.names;
  settings.layout = recipe.layout;
  settings.window = recipe.window;
  settings.hop = recipe.hop;
  settings.like = std::move(recipe);
  return settings;
}

WelchSettings welch_settings(const ExtractOptions& options) {
  WelchSettings welch;
  welch.nperseg = options.nperseg.value_or(welch.nperseg);
  if (welch.nperseg < 2) {
    throw UsageError(fmt::format("`--nperseg {}`: a block has at least 2 samples", welch.nperseg));
  }
  welch.overlap = options.overlap.value_or(welch.nperseg / 2);
  welch.taper = options.taper.value_or(welch.taper);
  return welch;
}

bool has_ingv_shape(const FileShape& shape, std::int64_t n) {
  if (n != kIngvRows || shape.channels.size() != kIngvChannels) {
    return false;
  }
  for (std::size_t i = 0; i < kIngvChannels; ++i) {
    if (shape.channels[i] != fmt::format("sensor_{}", i + 1)) {
      return false;
    }
  }
  return true;
}

bool differ(double a, double b) { return std::abs(a - b) > kSameRate * std::max(std::abs(a), std::abs(b)); }

std::int64_t to_samples(const WindowLength& length, double sample_rate, const char* option) {
  if (length.in_seconds && sample_rate <= 0) {
    throw UsageError(fmt::format("`{} {}` is in seconds and the files do not tell their rate: say `--sample-rate HZ`",
                                 option, to_text(length)));
  }
  const double samples = length.in_seconds ? std::round(length.value * sample_rate) : length.value;
  if (!(samples <= kMostSamples)) {
    throw UsageError(fmt::format("`{} {}` is more than any file holds", option, to_text(length)));
  }
  if (samples < 1) {
    throw UsageError(
        fmt::format("`{} {}` is less than one sample at {} Hz", option, to_text(length), shortest_number(sample_rate)));
  }
  return static_cast<std::int64_t>(samples);
}

}  // namespace

ExtractSettings resolve_settings(const ExtractOptions& options) {
  if (options.sample_rate && !(*options.sample_rate > 0 && std::isfinite(*options.sample_rate))) {
    throw UsageError("`--sample-rate` is a positive number of Hz");
  }
  if (options.like) {
    return settings_like(options);
  }
  if (options.hop && !options.window) {
    throw UsageError("`--hop` goes with `--window`");
  }
  ExtractSettings settings;
  settings.request = {.channels = {},
                      .features = options.features,
                      .missing = options.missing.value_or(MissingPolicy::kSkip),
                      .precision = options.precision.value_or(Precision::kFloat),
                      .sample_rate = 0,
                      .bands = options.bands.value_or(std::vector<Band>{}),
                      .welch = welch_settings(options)};
  settings.names = options.names.value_or(Naming::kDefault);
  settings.layout = options.layout.value_or(Layout::kWide);
  settings.window = options.window;
  settings.hop = options.hop;
  return settings;
}

SampleRate resolve_sample_rate(const ExtractOptions& options, const ExtractSettings& settings, const FileShape& shape,
                               std::int64_t n) {
  const double made_with = settings.like ? settings.like->sample_rate : 0;
  if (made_with > 0) {
    if (options.sample_rate && differ(*options.sample_rate, made_with)) {
      throw UsageError(fmt::format("`--sample-rate {}` contradicts `--like {}`, which was made with {} Hz",
                                   shortest_number(*options.sample_rate), *options.like, shortest_number(made_with)));
    }
    if (!options.sample_rate && shape.sample_rate > 0 && differ(shape.sample_rate, made_with)) {
      throw UsageError(fmt::format("column `{}` says {} Hz, but `--like {}` was made with {} Hz", shape.time_column,
                                   shortest_number(shape.sample_rate), *options.like, shortest_number(made_with)));
    }
    return {made_with, fmt::format("as in {}", *options.like)};
  }
  if (options.sample_rate) {
    return {*options.sample_rate, "given"};
  }
  if (shape.sample_rate > 0) {
    return {shape.sample_rate, fmt::format("from column `{}`", shape.time_column)};
  }
  if (has_ingv_shape(shape, n)) {
    return {kIngvRate, "INGV's shape"};
  }
  return {0, "not known"};
}

WindowRule resolve_window(const ExtractSettings& settings, double sample_rate) {
  if (!settings.window) {
    return {};
  }
  const std::int64_t length = to_samples(*settings.window, sample_rate, "--window");
  return {.length = length, .hop = settings.hop ? to_samples(*settings.hop, sample_rate, "--hop") : length};
}

}  // namespace pumice
