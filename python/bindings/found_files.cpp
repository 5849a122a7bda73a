#include "found_files.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace nb = nanobind;

namespace pumice::python {
namespace {

nb::dict shape_to_dict(const FileShape& shape) {
  nb::dict out;
  out["channels"] = shape.channels;
  out["time_column"] = shape.time_column;
  out["sample_rate"] = shape.sample_rate;
  out["has_header"] = shape.has_header;
  out["delimiter"] = std::string(1, shape.delimiter);
  out["decimal"] = std::string(1, shape.decimal);
  out["estimated_rows"] = shape.estimated_rows;
  out["path"] = shape.path;
  out["first_rises"] = shape.first_rises;
  return out;
}

template <class T>
T get(const nb::dict& from, const char* name) {
  return nb::cast<T>(from[name]);
}

char character(const nb::dict& from, const char* name) { return get<std::string>(from, name).at(0); }

FileShape shape_from_dict(const nb::dict& from) {
  return {.channels = get<std::vector<std::string>>(from, "channels"),
          .time_column = get<std::string>(from, "time_column"),
          .sample_rate = get<double>(from, "sample_rate"),
          .has_header = get<bool>(from, "has_header"),
          .delimiter = character(from, "delimiter"),
          .decimal = character(from, "decimal"),
          .estimated_rows = get<std::int64_t>(from, "estimated_rows"),
          .path = get<std::string>(from, "path"),
          .first_rises = get<bool>(from, "first_rises")};
}

}  // namespace

nb::dict found_to_dict(const Discovery& discovery) {
  nb::list paths;
  nb::list ids;
  nb::list bytes;
  nb::list named;
  for (const Recording& recording : discovery.recordings) {
    paths.append(recording.path);
    ids.append(recording.id);
    bytes.append(recording.bytes);
    named.append(recording.named);
  }
  nb::dict out;
  out["paths"] = paths;
  out["ids"] = ids;
  out["bytes"] = bytes;
  out["named"] = named;
  out["channels"] = discovery.channels;
  out["channels_are_chosen"] = discovery.channels_are_chosen;
  out["ids_are_integers"] = discovery.ids_are_integers;
  out["shape"] = shape_to_dict(discovery.shape);
  return out;
}

Discovery found_from_dict(const nb::dict& found) {
  const auto paths = get<std::vector<std::string>>(found, "paths");
  const auto ids = get<std::vector<std::string>>(found, "ids");
  const auto bytes = get<std::vector<std::int64_t>>(found, "bytes");
  const auto named = get<std::vector<bool>>(found, "named");
  if (ids.size() != paths.size() || bytes.size() != paths.size() || named.size() != paths.size()) {
    throw std::invalid_argument("paths, ids, bytes and named are one entry a file");
  }
  Discovery out;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    out.recordings.push_back({.path = paths[i], .id = ids[i], .bytes = bytes[i], .named = named[i]});
    out.total_bytes += bytes[i];
  }
  out.channels = get<std::vector<std::string>>(found, "channels");
  out.channels_are_chosen = get<bool>(found, "channels_are_chosen");
  out.ids_are_integers = get<bool>(found, "ids_are_integers");
  out.shape = shape_from_dict(nb::cast<nb::dict>(found["shape"]));
  return out;
}

}  // namespace pumice::python
