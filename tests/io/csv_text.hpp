/// Texts and files for the tests of reading.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_decode.hpp"
#include "io/decompress.hpp"
#include "pumice/source.hpp"

namespace pumice {

/// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pumice-io-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string path() const { return path_; }
  /// Writes a file below the folder, making folders where needed; returns its path.
  std::string write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
    return path.string();
  }

 private:
  std::string path_;
};

/// The values of a column as doubles, NaN where missing.
inline std::vector<double> values_of(const ColumnView& column) {
  std::vector<double> values;
  visit_type(column.type, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < column.n; ++i) {
      const T value = column.as<T>()[i];
      values.push_back(is_missing(value) ? std::nan("") : static_cast<double>(value));
    }
  });
  return values;
}

/// Equal, NaN being equal to NaN.
inline bool same_values(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

struct Decoded {
  std::optional<InputProblem> problem;
  std::vector<std::vector<double>> columns;
  std::vector<SampleType> types;
  std::int64_t n = 0;
  bool has_infinities = false;
  io::CsvPath path = io::CsvPath::kGeneral;
};

inline Decoded decode_with(io::CsvDecoder& decoder, std::string_view text) {
  io::PaddedBuffer buffer;
  buffer.reserve(text.size());
  buffer.set_size(0);
  std::copy(text.begin(), text.end(), buffer.data());
  buffer.set_size(text.size());
  DecodedRecording out;
  Decoded result;
  result.problem = decoder.decode({buffer.data(), buffer.size()}, out);
  if (!result.problem) {
    for (const ColumnBuffer& column : out.channels) {
      result.columns.push_back(values_of(column.view()));
      result.types.push_back(column.view().type);
    }
    result.n = out.n;
    result.has_infinities = out.has_infinities;
    result.path = decoder.last_path();
  }
  return result;
}

/// Inspects a text as a file of its own, and decodes all its channels.
inline Decoded decode_text(std::string_view text, const TextFormat& format = {}) {
  const TemporaryFolder folder;
  FileShape shape;
  try {
    shape = inspect_file(folder.write("a.csv", text), format);
  } catch (const InputError& error) {
    Decoded result;
    result.problem = error.problem();
    return result;
  }
  io::CsvDecoder decoder(shape, shape.channels, format);
  return decode_with(decoder, text);
}

/// A shape of channels with a header and commas.
inline FileShape shape_of(std::vector<std::string> channels) {
  FileShape shape;
  shape.channels = std::move(channels);
  shape.has_header = true;
  return shape;
}

}  // namespace pumice
