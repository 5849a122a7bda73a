/// The texts of a batch, on a device that is the host.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/csv_text.hpp"
#include "support/team_text.hpp"
#include "text_batch.hpp"

namespace pumice::test {

inline constexpr std::string_view kHeader = "a header, of some length\n";

inline Plan plan_of(std::size_t channels, MissingPolicy missing = MissingPolicy::kSkip) {
  Plan plan;
  for (std::size_t c = 0; c < channels; ++c) {
    plan.channels.push_back("c" + std::to_string(c));
  }
  plan.missing = missing;
  return plan;
}

/// Rows of integers, or of numbers whose last column holds decimals.
inline std::string random_rows(std::size_t rows, std::size_t columns, unsigned seed, char delimiter = ',',
                               bool decimals = false) {
  std::mt19937 random(seed);
  std::string text;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t c = 0; c < columns; ++c) {
      text += (c > 0 ? std::string(1, delimiter) : "") + std::to_string(static_cast<int>(random() % 4000) - 2000) +
              (decimals && c + 1 == columns ? ".0625" : ".0");
    }
    text += "\n";
  }
  return text;
}

class Texts {
 public:
  Texts(const Plan& plan, std::int64_t n, int segments, std::size_t pinned_bytes = std::size_t{1} << 30)
      : device_(0, 0, pinned_bytes, {}), batch_(device_, plan, n, segments) {}

  /// False where there is no room. The last line feed lies in the padding.
  bool add(const std::string& rows, const std::vector<int>& target, int place, char delimiter = ',') {
    const std::string text = std::string(kHeader) + rows;
    const std::span<char> room = batch_.room(static_cast<std::int64_t>(text.size()));
    if (room.empty()) {
      return false;
    }
    EXPECT_GE(room.size(), text.size());
    std::fill_n(room.data() - kTextRoomPadding, text.size() + 2 * kTextRoomPadding, '9');
    std::copy(text.begin(), text.end(), room.begin());
    batch_.add({.text = room.first(text.size() - 1),
                .first = static_cast<std::int64_t>(kHeader.size()),
                .last = static_cast<std::int64_t>(text.size()),
                .delimiter = delimiter,
                .target = target},
               place, stream_);
    return true;
  }

  /// Calls body(segment, place) for each text that was taken.
  template <class Body>
  void parse(Body body) {
    batch_.enqueue(stream_);
    batch_.for_each_taken(body);
    batch_.clear();
  }
  /// Of each text that was taken, by its place: its columns as they are held for features; empty where there is none.
  std::map<int, std::vector<std::vector<double>>> parse() {
    std::map<int, std::vector<std::vector<double>>> columns;
    types_.clear();
    parse([&](const PreparedSegment& segment, int place) {
      for (const PreparedChannel& channel : segment.channels) {
        EXPECT_EQ(channel.intake.n, segment.n);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(channel.valid.data) % kColumnAlignment, 0U);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(channel.time_axis.data) % kColumnAlignment, 0U);
        columns[place].push_back(values_of(channel.valid));
        types_[place].push_back(channel.valid.type);
      }
    });
    return columns;
  }

  [[nodiscard]] cuda::TextBatch& batch() { return batch_; }
  [[nodiscard]] cuda::DeviceState& device() { return device_; }
  /// Columns of doubles, of the device of this number.
  bool add(std::vector<std::vector<double>> columns, int place, int device = 0) {
    std::vector<SampleArray> arrays;
    for (const std::vector<double>& column : residents_.emplace_back(std::move(columns))) {
      arrays.push_back({reinterpret_cast<const std::byte*>(column.data()), SampleArray::Type::kFloat64,
                        static_cast<std::int64_t>(column.size()), sizeof(double)});
    }
    return batch_.add({arrays, arrays.front().n, device}, place);
  }
  /// Of the columns that were parsed last.
  [[nodiscard]] const std::vector<SampleType>& types(int place) const { return types_.at(place); }

 private:
  std::map<int, std::vector<SampleType>> types_;
  std::deque<std::vector<std::vector<double>>> residents_;
  cuda::DeviceState device_;
  cuda::Stream stream_;
  cuda::TextBatch batch_;
};

}  // namespace pumice::test
