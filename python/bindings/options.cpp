#include "options.hpp"

#include <fmt/core.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/option_text.hpp"
#include "core/recipe.hpp"
#include "pumice/error.hpp"
#include "tables.hpp"

namespace nb = nanobind;

namespace pumice::python {
namespace {

using Set = std::function<void(ExtractOptions&, nb::handle)>;
using Texts = std::vector<std::string>;

std::string text(nb::handle value) { return nb::cast<std::string>(value); }

/// An option whose text `parse` reads into a member.
template <class Member, class Parse>
Set parsed(Member ExtractOptions::*member, Parse parse) {
  return [member, parse](ExtractOptions& options, nb::handle value) { options.*member = parse(text(value)); };
}

template <class T, class Member>
Set plain(Member ExtractOptions::*member) {
  return [member](ExtractOptions& options, nb::handle value) { options.*member = nb::cast<T>(value); };
}

template <class T, class Member>
Set input(Member DiscoveryOptions::*member) {
  return [member](ExtractOptions& options, nb::handle value) { options.input.*member = nb::cast<T>(value); };
}

const std::map<std::string, Set>& setters() {
  static const std::map<std::string, Set> all{
      {"inputs", input<Texts>(&DiscoveryOptions::inputs)},
      {"recursive", input<bool>(&DiscoveryOptions::recursive)},
      {"inputs_are_recordings", input<bool>(&DiscoveryOptions::inputs_are_recordings)},
      {"channels", input<Texts>(&DiscoveryOptions::channels)},
      {"first_file_alone", input<bool>(&DiscoveryOptions::first_file_alone)},
      {"id", [](ExtractOptions& o, nb::handle value) { o.input.id = parse_id(text(value)); }},
      {"time_column", [](ExtractOptions& o, nb::handle value) { o.input.format.time_column = text(value); }},
      {"header", [](ExtractOptions& o, nb::handle value) { o.input.format.header = nb::cast<bool>(value); }},
      {"delimiter",
       [](ExtractOptions& o, nb::handle value) { o.input.format.delimiter = parse_delimiter(text(value)); }},
      {"decimal", [](ExtractOptions& o, nb::handle value) { o.input.format.decimal = parse_decimal(text(value)); }},
      {"na", [](ExtractOptions& o, nb::handle value) { o.input.format.missing_words = nb::cast<Texts>(value); }},
      {"features", plain<Texts>(&ExtractOptions::features)},
      {"like", plain<std::string>(&ExtractOptions::like)},
      {"like_metadata",
       [](ExtractOptions& o, nb::handle value) {
         std::map<std::string, std::string> metadata;
         for (const auto [key, entry] : nb::cast<nb::dict>(value)) {
           metadata.emplace(text(key), text(entry));
         }
         o.like_metadata = std::move(metadata);
       }},
      {"labels_table",
       [](ExtractOptions& o, nb::handle value) { o.labels_table = table_from(nb::cast<nb::list>(value)); }},
      {"labels", plain<std::string>(&ExtractOptions::labels)},
      {"sample_rate", plain<double>(&ExtractOptions::sample_rate)},
      {"missing", parsed(&ExtractOptions::missing, parse_missing_policy)},
      {"precision", parsed(&ExtractOptions::precision, parse_precision)},
      {"bands", parsed(&ExtractOptions::bands, parse_bands)},
      {"nperseg", plain<int>(&ExtractOptions::nperseg)},
      {"overlap", plain<int>(&ExtractOptions::overlap)},
      {"taper", parsed(&ExtractOptions::taper, parse_taper)},
      {"names", parsed(&ExtractOptions::names, parse_naming)},
      {"window", parsed(&ExtractOptions::window, parse_window_length)},
      {"hop", parsed(&ExtractOptions::hop, parse_window_length)},
      {"layout", parsed(&ExtractOptions::layout, parse_layout)},
      {"module_directory", plain<std::string>(&ExtractOptions::module_directory)},
      {"device", parsed(&ExtractOptions::device, parse_device)},
      {"simd", parsed(&ExtractOptions::simd, parse_simd)},
      {"threads", [](ExtractOptions& o, nb::handle value) { o.threads = check_threads(nb::cast<int>(value)); }},
      {"memory", parsed(&ExtractOptions::memory_bytes, parse_bytes)},
      {"gpu_memory",
       [](ExtractOptions& o, nb::handle value) { o.device_settings.gpu_bytes = parse_bytes(text(value)); }},
      {"pinned_memory",
       [](ExtractOptions& o, nb::handle value) { o.device_settings.pinned_bytes = parse_bytes(text(value)); }},
      {"batch", [](ExtractOptions& o, nb::handle value) { o.batch_segments = check_batch(nb::cast<int>(value)); }},
      {"on_error", parsed(&ExtractOptions::on_error, parse_on_error)}};
  return all;
}

}  // namespace

ExtractOptions options_from(const nb::dict& given) {
  ExtractOptions options;
  for (const auto [key, value] : given) {
    const auto found = setters().find(text(key));
    if (found == setters().end()) {
      throw std::invalid_argument(fmt::format("there is no option `{}`", text(key)));
    }
    found->second(options, value);
  }
  return options;
}

}  // namespace pumice::python
