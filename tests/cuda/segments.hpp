/// Segments for tests of the CUDA backend: columns of every type, with gaps and without.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "pumice/plan.hpp"
#include "pumice/prepare.hpp"
#include "pumice/samples.hpp"

namespace pumice::test {

/// How a channel's samples look.
struct ChannelShape {
  SampleType type = SampleType::kInt16;
  double amplitude = 300;
  double offset = 0;
  /// Samples in [gap_first, gap_first + gap_length) are missing.
  std::int64_t gap_first = 0;
  std::int64_t gap_length = 0;
  /// Decimals are multiples of this power of two, so that they can be written out; 0: of none.
  double step = 0;
};

/// Owns the columns of one segment.
class Columns {
 public:
  Columns(const std::vector<ChannelShape>& shapes, std::int64_t n, std::uint64_t seed) : n_(n) {
    std::mt19937_64 random(seed);
    buffers_.resize(shapes.size());
    for (std::size_t c = 0; c < shapes.size(); ++c) {
      buffers_[c].reset(shapes[c].type, n);
      visit_type(shapes[c].type, [&](auto zero) { fill<decltype(zero)>(buffers_[c], shapes[c], random); });
      views_.push_back(buffers_[c].view());
    }
  }
  [[nodiscard]] const std::vector<ColumnView>& views() const { return views_; }
  [[nodiscard]] std::int64_t n() const { return n_; }

 private:
  /// A tone, a slower one and noise, rounded where the type is an integer's.
  template <class T>
  void fill(ColumnBuffer& buffer, const ChannelShape& shape, std::mt19937_64& random) const {
    T* x = buffer.as<T>();
    for (std::int64_t i = 0; i < n_; ++i) {
      const double noise = static_cast<double>(random() >> 11) * 0x1p-53 - 0.5;
      const auto t = static_cast<double>(i);
      const double value =
          shape.offset + shape.amplitude * (std::sin(0.31 * t) + 0.4 * std::sin(0.017 * t) + 0.8 * noise);
      const double step = std::is_integral_v<T> ? 1 : shape.step;
      x[i] = static_cast<T>(step > 0 ? std::nearbyint(value / step) * step : value);
      if (i >= shape.gap_first && i < shape.gap_first + shape.gap_length) {
        x[i] = kMissing<T>;
      }
    }
  }

  std::int64_t n_;
  std::vector<ColumnBuffer> buffers_;
  std::vector<ColumnView> views_;
};

/// The samples as rows of a text without a header.
[[nodiscard]] inline std::string text_of(const Columns& columns) {
  std::string text;
  for (std::int64_t i = 0; i < columns.n(); ++i) {
    for (std::size_t c = 0; c < columns.views().size(); ++c) {
      const ColumnView& column = columns.views()[c];
      text += c > 0 ? "," : "";
      visit_type(column.type, [&](auto zero) {
        const auto sample = column.as<decltype(zero)>()[i];
        if (!is_missing(sample)) {
          std::array<char, 400> cell{};
          const auto end = std::to_chars(cell.data(), cell.data() + cell.size(), static_cast<double>(sample),
                                         std::chars_format::fixed);
          text.append(cell.data(), end.ptr);
          text += column.type == SampleType::kInt16 ? ".0" : "";
        }
      });
    }
    text += "\n";
  }
  return text;
}

[[nodiscard]] inline std::vector<std::string> channel_names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < count; ++c) {
    names.push_back("sensor_" + std::to_string(c + 1));
  }
  return names;
}

/// What stands between blanks.
[[nodiscard]] inline std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// A plan of `features` at 100 Hz.
[[nodiscard]] inline Plan plan_of(std::vector<std::string> features, std::size_t channels,
                                  MissingPolicy missing = MissingPolicy::kSkip,
                                  Precision precision = Precision::kFloat) {
  PlanRequest request;
  request.channels = channel_names(channels);
  request.features = std::move(features);
  request.missing = missing;
  request.precision = precision;
  request.sample_rate = 100;
  return make_plan(request);
}

}  // namespace pumice::test
